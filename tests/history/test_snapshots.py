from __future__ import annotations

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection

from history.archives import ARCHIVES, Archive
from history.models import AppendOnly, BeatOfTheWeek, ProducerRank, TopGenre
from history.snapshots import absent, expected_days, take
from leaderboards.boards import board
from studiomode.beats.models import Beat, Producer, SavedBeat
from studiomode.beats.windows import snapshot_instant, window
from tests.conftest import AT

DAY = AT.date()
PRODUCERS = ARCHIVES["producers"]


@pytest.fixture
def three_producers(make_beat, make_saves):
    for producer, saves in (("dj-a", 3), ("dj-b", 2), ("dj-c", 2)):
        make_saves(make_beat(f"beat-of-{producer}", producer), saves)


@pytest.mark.parametrize("archive", ARCHIVES.values(), ids=ARCHIVES)
def test_a_snapshot_is_the_board_of_its_instant(archive: Archive, three_producers):
    rows = take(archive, DAY)
    expected = board(archive.lens, window(None, snapshot_instant(DAY)), limit=archive.keep)
    kept = archive.rows.newest_first()
    assert rows == len(kept) == min(archive.keep, expected.count)
    assert [(row.rank, row.saves, row.name, archive.subject_of(row)) for row in kept] == [
        (entry.rank, entry.saves, entry.name, entry.subject) for entry in expected.entries
    ]
    assert {row.window_end for row in kept} == {snapshot_instant(DAY)}


def test_a_second_call_changes_nothing(three_producers, make_beat, make_saves):
    take(PRODUCERS, DAY)
    before = list(ProducerRank.objects.order_by("pk").values())
    make_saves(make_beat("late-hit", "dj-d"), 9)
    assert take(PRODUCERS, DAY) == 0
    assert list(ProducerRank.objects.order_by("pk").values()) == before


def test_a_day_without_saves_is_not_kept(db):
    assert take(PRODUCERS, DAY) == 0
    assert not ProducerRank.objects.exists()


def test_at_most_a_hundred_rows_cut_in_listing_order(make_beat, make_saves):
    for number in range(103):
        make_saves(make_beat(f"beat{number}", producer=f"dj{number}"))
    assert take(PRODUCERS, DAY) == 100
    last = ProducerRank.objects.newest_first().last()
    assert (last.position, last.rank, last.producer.handle) == (100, 1, "dj99")


def test_a_failure_leaves_the_day_absent_not_half(three_producers, monkeypatch):
    def fail(rows):
        raise OSError("no space left")

    monkeypatch.setattr(ProducerRank.objects, "bulk_create", fail)
    monkeypatch.setattr(type(ProducerRank.objects), "bulk_create", lambda self, rows: fail(rows))
    with pytest.raises(OSError, match="no space"):
        take(PRODUCERS, DAY)
    assert not ProducerRank.objects.exists()


def test_a_deleted_subject_leaves_its_name(three_producers):
    take(PRODUCERS, DAY)
    Producer.objects.get(handle="dj-a").delete()
    winner = ProducerRank.objects.get(position=1)
    assert (winner.producer, winner.name, winner.saves) == (None, "dj-a", 3)


@pytest.mark.parametrize("model", [ProducerRank, BeatOfTheWeek, TopGenre])
class TestAppendOnly:
    def test_the_queryset_refuses(self, model, db):
        for change in (
            lambda rows: rows.update(rank=1),
            lambda rows: rows.delete(),
            lambda rows: rows.bulk_update([], ["rank"]),
            lambda rows: rows.update_or_create(rank=1),
        ):
            with pytest.raises(AppendOnly):
                change(model.objects.all())

    def test_a_row_refuses(self, model, three_producers):
        archive = next(archive for archive in ARCHIVES.values() if archive.model is model)
        take(archive, DAY)
        row = model.objects.first()
        with pytest.raises(AppendOnly):
            row.save()
        with pytest.raises(AppendOnly):
            row.delete()


class TestWhatIsDue:
    @pytest.fixture
    def saves_every_day(self, make_beat, make_saves):
        beat = make_beat("steady")
        for days in range(60):
            make_saves(beat, days_ago=days + 0.5)

    def test_with_no_snapshot_only_the_newest_day(self, saves_every_day):
        assert expected_days(AT) == [DAY]

    def test_with_no_saves_none(self, db):
        assert expected_days(AT) == []

    def test_before_two_in_the_afternoon_the_day_is_not_over(self, saves_every_day):
        assert expected_days(AT - timedelta(microseconds=1)) == [DAY - timedelta(1)]

    def test_from_the_earliest_snapshot_on(self, saves_every_day):
        take(PRODUCERS, DAY - timedelta(3))
        assert expected_days(AT) == [DAY - timedelta(back) for back in (3, 2, 1, 0)]

    def test_thirty_five_days_at_most(self, saves_every_day):
        take(PRODUCERS, DAY - timedelta(50))
        assert expected_days(AT) == [DAY - timedelta(back) for back in range(34, -1, -1)]

    def test_absent_is_asked_of_each_archive(self, saves_every_day):
        take(PRODUCERS, DAY - timedelta(1))
        assert absent(PRODUCERS, expected_days(AT)) == [DAY]
        assert absent(ARCHIVES["beats"], expected_days(AT)) == [DAY - timedelta(1), DAY]


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_write_one_day(make_beat, make_saves):
    for number in range(20):
        make_saves(make_beat(f"beat{number}", producer=f"dj{number}"), number + 1)
    threads = 50
    barrier, written = Barrier(threads), []

    def race() -> None:
        try:
            barrier.wait()
            written.append(take(PRODUCERS, DAY))
        finally:
            connection.close()

    runners = [Thread(target=race) for _ in range(threads)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    assert sorted(written) == [0] * (threads - 1) + [20]
    assert ProducerRank.objects.count() == 20


def test_reigns_count_kept_days_and_a_missing_day_neither_breaks_nor_lengthens(
    make_beat, make_saves
):
    beats = {slug: make_beat(slug) for slug in "xy"}
    first = date(2026, 1, 1)
    for offset, slug in ((0, "x"), (1, "x"), (3, "x"), (4, "y"), (5, "x")):
        BeatOfTheWeek.objects.create(
            snapshot_date=first + timedelta(offset),
            window_end=snapshot_instant(first + timedelta(offset)),
            position=1,
            rank=1,
            saves=1,
            name=slug,
            beat=beats[slug],
        )
    for limit in (1, 2, 3, 9):
        winners = ARCHIVES["beats"].winners(until=date.max, limit=limit)
        assert [winner.reign for winner in winners] == [1, 1, 3, 2, 1][:limit]
    until = first + timedelta(3)
    assert [winner.reign for winner in ARCHIVES["beats"].winners(until=until, limit=1)] == [3]


def test_unsaving_leaves_frozen_history(three_producers):
    take(PRODUCERS, DAY)
    SavedBeat.objects.all().delete()
    Beat.objects.all().delete()
    assert ProducerRank.objects.count() == 3
