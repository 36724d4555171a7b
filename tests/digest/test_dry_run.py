"""--dry-run says what a run would do, and writes nothing."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.management import call_command

from history.archives import ARCHIVES
from studiomode.beats.models import Artist, Follow, Producer
from studiomode.digest.chores import DAILY
from studiomode.digest.models import DigestRun, Notice
from tests.conftest import AT

DAY = AT.date()


def tables() -> dict[str, list[dict]]:
    """Every row of every table."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values())
        for model in apps.get_models()
    }


def dry_run(**options) -> str:
    out = StringIO()
    call_command("daily_digest", date=DAY, dry_run=True, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def much_to_do(digest, steady_saves, publish) -> None:
    """Three days to keep, eight artists to tell, and something of everything to delete."""
    digest(DAY - timedelta(3))
    producer = Producer.objects.get(handle="dj-a")
    for number in range(8):
        fan = Artist.objects.create_user(f"listener{number}")
        Follow.objects.create(artist=fan, producer=producer, created_at=AT - timedelta(9))
    publish("fresh")
    publish("fresher")
    for key, days in (("old", -1), ("new", 1)):
        Session.objects.create(
            session_key=key, session_data="", expire_date=AT + timedelta(days=days)
        )
    Notice.objects.create(artist=fan, beat=steady_saves[0], date=DAY - timedelta(400))


def test_nothing_is_written(much_to_do):
    before = tables()
    assert sum(map(len, before.values())) > 100
    dry_run()
    assert tables() == before


def test_it_takes_no_lease(much_to_do):
    DigestRun.objects.claim(DAY, AT)  # by a run that is under way
    assert "Nothing was written." in dry_run()


def test_it_says_what_a_run_would_do(much_to_do, digest):
    said = dry_run()
    assert f"  {DAY - timedelta(2)}: 2 rows, #1 dj-b with 14 saves\n" in said
    assert "  16 notices to 8 artists\n  listener0\n" in said
    assert "  and 3 more\n" in said
    assert said.endswith(
        f"The daily run of {DAY} would do this as at 2026-05-06T14:00:00Z. Nothing was written.\n"
    )
    _, summary, _ = digest(DAY)
    assert summary["chores"]["snapshot producers"]["number"] == 6  # two rows of each of three days
    assert summary["chores"]["notices"]["number"] == 16
    for name in ("expired sessions", "old notices"):
        assert f"{name}:\n  1 would be deleted\n" in said
        assert summary["chores"][name]["number"] == 1


def test_every_chore_says_something(much_to_do):
    said = dry_run()
    assert [line[:-1] for line in said.splitlines() if line.endswith(":")] == [
        chore.name for chore in DAILY
    ]


def test_after_the_run_nothing_is_left_to_do(much_to_do, digest):
    digest(DAY)
    said = dry_run()
    for archive in ARCHIVES:
        assert f"snapshot {archive}:\n  nothing to do\n" in said
    assert "notices:\n  0 notices to 0 artists\n" in said
    assert "expired sessions:\n  0 would be deleted\n" in said


def test_if_due_holds_here_too(much_to_do, digest):
    digest(DAY)
    assert dry_run(if_due=True) == f"Nothing to do: the daily run of {DAY} is complete.\n"
