"""Upkeep throws away what it says, in batches, and never touches the ledger or history."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection

from history.archives import ARCHIVES
from leaderboards.models import StoredRecap
from studiomode.beats.leases import claimed
from studiomode.beats.models import Artist, Beat, Follow, Genre, Producer, SavedBeat
from studiomode.digest import upkeep
from studiomode.digest.chores import DAILY
from studiomode.digest.models import Delivery, DigestRun, Notice
from studiomode.digest.upkeep import clear
from tests.conftest import AT

DAY = AT.date()
LONG_AGO = timedelta(days=3000)
# What is never thrown away: the ledger, history, what they are about.
FOREVER = (
    SavedBeat, Artist, Beat, Producer, Genre, Follow,
    *(archive.model for archive in ARCHIVES.values()),
)  # fmt: skip
UPKEEP = [chore for chore in DAILY if getattr(chore.work, "func", None) is clear]


def rows(models) -> dict[str, list[dict]]:
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values()) for model in models
    }


def age(model, column: str, by: timedelta) -> None:
    """As years would: the project's own code can change no history."""
    with connection.cursor() as cursor:
        for pk, value in model._default_manager.values_list("pk", column):
            older = connection.ops.adapt_datetimefield_value(value - by)
            cursor.execute(
                f"UPDATE {model._meta.db_table} SET {column} = %s WHERE id = %s", [older, pk]
            )


@pytest.fixture
def old_everywhere(digest, steady_saves, publish):
    """A row of every kind, recent and from years ago."""
    fan = Artist.objects.create_user("fan", date_joined=AT - LONG_AGO)
    follow = Follow.objects.create(artist=fan, producer=Producer.objects.get(handle="dj-a"))
    Follow.objects.filter(pk=follow.pk).update(created_at=AT - LONG_AGO)
    publish("fresh")
    digest(DAY - timedelta(2))
    digest(DAY)
    for archive in ARCHIVES.values():
        age(archive.model, "created_at", LONG_AGO)
    for model in (SavedBeat, DigestRun):
        oldest = model.objects.order_by("pk").first()
        column = {"created_at": AT - LONG_AGO} if model is SavedBeat else {}
        model.objects.filter(pk=oldest.pk).update(**column or {"started_at": AT - LONG_AGO})
    DigestRun.objects.create(date=DAY - LONG_AGO, at=AT - LONG_AGO, **claimed())
    DigestRun.objects.update(ended_at=AT)
    for days, beat in ((367, steady_saves[0]), (365, steady_saves[1])):
        Notice.objects.create(artist=fan, beat=beat, date=DAY - timedelta(days=days))
    for days, state in ((91, "sent"), (91, "waiting"), (89, "refused")):
        ended = None if state == "waiting" else AT - timedelta(days=days)
        Delivery.objects.create(
            artist=fan, date=DAY - timedelta(days), channel=state, state=state, ended_at=ended
        )
    StoredRecap.objects.create(window="7d", at=AT - LONG_AGO, **claimed())
    Session.objects.create(session_key="old", session_data="", expire_date=AT - LONG_AGO)


def test_upkeep_never_touches_the_ledger_or_history(old_everywhere):
    before, runs = rows(FOREVER), set(DigestRun.objects.values_list("date", flat=True))
    assert all(before.values())
    run = DigestRun.objects.get(date=DAY)
    deleted = {chore.name: chore.work(run) for chore in UPKEEP}
    assert deleted["expired sessions"] == 1
    assert deleted["stored recaps"] == 1
    assert deleted["old notices"] == 1
    assert deleted["ended deliveries"] == 1
    assert set(Delivery.objects.values_list("state", flat=True)) == {"waiting", "refused"}
    assert rows(FOREVER) == before
    assert set(DigestRun.objects.values_list("date", flat=True)) == runs


def test_all_that_is_doomed_is_a_chore():
    declared = {
        function
        for name, function in vars(upkeep).items()
        if getattr(function, "__module__", "") == upkeep.__name__
        and "QuerySet" in str(function.__annotations__.get("return"))
    }
    assert declared == {chore.work.args[0] for chore in UPKEEP}


def test_notices_are_kept_for_twelve_months(old_everywhere, digest):
    digest(DAY)
    dates = sorted(Notice.objects.values_list("date", flat=True))
    assert dates == [DAY - timedelta(365), DAY]


def test_there_is_a_number_in_the_summary(old_everywhere, digest):
    _, summary, _ = digest(DAY)
    assert summary["chores"]["old notices"]["number"] == 1


def test_more_than_a_batch(digest, monkeypatch):
    monkeypatch.setattr("studiomode.digest.upkeep.BATCH", 3)
    for number in range(10):
        Session.objects.create(
            session_key=f"s{number}", session_data="", expire_date=AT - timedelta(1)
        )
    _, summary, _ = digest(DAY)
    assert summary["chores"]["expired sessions"]["number"] == 10


def test_a_date_older_than_what_is_kept_takes_snapshots_only(digest, steady_saves, publish):
    """Its notices would be thrown away at once, or told a second time."""
    artist = Artist.objects.create_user("listener")
    producer = Producer.objects.get(handle="dj-a")
    Follow.objects.create(artist=artist, producer=producer, created_at=AT - timedelta(9))
    publish("fresh")
    run = DigestRun.objects.claim(DAY, AT)
    DigestRun.objects.update(started_at=AT + timedelta(days=367))
    run.refresh_from_db()
    notices = next(chore for chore in DAILY if chore.name == "notices")
    assert notices.work(run) == 0
    assert list(notices.preview(run)) == ["nobody: notices of 2026-05-06 would no longer be kept"]
    DigestRun.objects.update(started_at=AT + timedelta(days=366))
    run.refresh_from_db()
    assert notices.work(run) == 1
