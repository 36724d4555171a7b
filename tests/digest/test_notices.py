from __future__ import annotations

from datetime import timedelta

import pytest

from studiomode.beats.models import Artist, Follow, Producer
from studiomode.digest.models import DigestRun, Notice
from tests.conftest import AT

DAY = AT.date()


@pytest.fixture
def fan(db) -> Artist:
    """Follows dj-a since a year."""
    fan = Artist.objects.create_user("fan")
    producer = Producer.objects.create(handle="dj-a", name="DJ A")
    Follow.objects.create(artist=fan, producer=producer, created_at=AT - timedelta(365))
    return fan


def told(artist: Artist) -> list[tuple[str, object]]:
    return list(artist.notices.order_by("pk").values_list("beat__slug", "date"))


def test_followers_are_told_of_new_beats_once(digest, fan, publish):
    publish("fresh")
    for _ in range(3):
        digest(DAY)
    assert told(fan) == [("fresh", DAY)]


def test_who_does_not_follow_is_not_told(digest, fan, publish):
    publish("fresh", producer="dj-b")
    digest(DAY)
    assert told(fan) == []


def test_what_came_out_before_the_follow_is_no_news(digest, fan, publish):
    publish("fresh", moment=AT - timedelta(hours=5))
    Follow.objects.update(created_at=AT - timedelta(hours=4))
    digest(DAY)
    assert told(fan) == []


def test_what_is_not_out_yet_is_no_news_until_it_is(digest, fan, publish):
    publish("tomorrow", moment=AT + timedelta(hours=1))
    digest(DAY)
    assert told(fan) == []
    digest(DAY + timedelta(1))
    assert told(fan) == [("tomorrow", DAY + timedelta(1))]


def test_each_follow_is_judged_by_its_own_beginning(digest, fan, publish):
    publish("fresh", moment=AT - timedelta(hours=5))
    late = Artist.objects.create_user("late")
    producer = Producer.objects.get(handle="dj-a")
    Follow.objects.create(artist=late, producer=producer, created_at=AT - timedelta(hours=4))
    digest(DAY)
    assert (told(fan), told(late)) == ([("fresh", DAY)], [])


def test_a_late_commit_is_found_by_looking_back(digest, fan, publish):
    digest(DAY - timedelta(1))
    publish("late-commit", moment=AT - timedelta(1) - timedelta(hours=47))
    digest(DAY)
    assert told(fan) == [("late-commit", DAY)]


def test_the_look_back_reaches_48_hours_before_the_last_complete_run(digest, fan, publish):
    digest(DAY - timedelta(1))
    publish("too-old", moment=AT - timedelta(1) - timedelta(hours=49))
    digest(DAY)
    assert told(fan) == []


def test_a_run_that_failed_does_not_shorten_the_look_back(digest, fan, publish):
    digest(DAY - timedelta(10))
    digest(DAY - timedelta(1))
    DigestRun.objects.filter(date=DAY - timedelta(1)).update(completed_at=None)
    publish("week-old", moment=AT - timedelta(7))
    digest(DAY)
    assert told(fan) == [("week-old", DAY)]


def test_the_look_back_ends_at_35_days(digest, fan, publish):
    publish("ancient", moment=AT - timedelta(36))
    publish("old", moment=AT - timedelta(34))
    digest(DAY)
    assert told(fan) == [("old", DAY)]


def test_more_than_a_batch(digest, fan, publish, monkeypatch):
    monkeypatch.setattr("studiomode.digest.notices.BATCH", 3)
    for number in range(10):
        publish(f"fresh{number}")
    _, summary, _ = digest(DAY)
    assert summary["chores"]["notices"]["number"] == Notice.objects.count() == 10


def test_every_follower_is_told_of_every_new_beat(digest, fan, publish):
    producer = Producer.objects.get(handle="dj-a")
    fans = [Artist.objects.create_user(f"fan{number}") for number in range(4)]
    for follower in fans:
        Follow.objects.create(artist=follower, producer=producer, created_at=AT - timedelta(9))
    beats = [publish(f"fresh{number}") for number in range(3)]
    _, summary, _ = digest(DAY)
    # The number too: a join too many would write the same pairs over and over, unseen.
    assert summary["chores"]["notices"]["number"] == 15
    assert set(Notice.objects.values_list("artist", "beat")) == {
        (follower.pk, beat.pk) for follower in [fan, *fans] for beat in beats
    }


def test_an_artist_with_nothing_new_has_no_digest(digest, fan):
    digest(DAY)
    assert not fan.notices.exists()
