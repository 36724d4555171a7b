"""The run's row is written as it happens: of a run that went wrong it says where."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError

from studiomode.digest import chores, models
from studiomode.digest.models import DigestRun
from tests.conftest import AT

DAY = AT.date()


class Killed(BaseException):
    """As a kill: nothing is written any more."""


@pytest.fixture
def died(digest, steady_saves, monkeypatch):
    """A run that was killed while it kept the beats."""
    take = chores.take

    def kill_for_beats(archive, day):
        if archive.name == "beats":
            raise Killed
        return take(archive, day)

    monkeypatch.setattr(chores, "take", kill_for_beats)
    with pytest.raises(Killed):
        digest(DAY)
    monkeypatch.undo()
    DigestRun.objects.update(pid_started=1.0)  # another process by now


def status() -> str:
    out = StringIO()
    call_command("digest_status", date=DAY, stdout=out)
    return out.getvalue()


def test_each_chore_is_recorded_with_its_beginning_and_end(digest, steady_saves):
    digest(DAY)
    run = DigestRun.objects.get()
    assert [name for name, _ in run.outcomes] == [chore.name for chore in chores.DAILY]
    for _, outcome in run.outcomes:
        assert outcome["started_at"] <= outcome["ended_at"]
        assert outcome["error"] is None
    assert run.chores["snapshot producers"]["number"] == 2
    assert run.state == "complete"


def test_a_chore_is_recorded_before_it_works(died):
    run = DigestRun.objects.get()
    assert list(dict(run.outcomes)) == ["snapshot producers", "snapshot beats"]
    assert run.chores["snapshot beats"]["ended_at"] is None
    assert run.story == f"The daily run of {DAY} died in snapshot beats."


def test_status_and_the_next_run_say_where_it_died(died, digest):
    with pytest.raises(Exception, match="1 missing"):
        status()
    printed, summary, error = digest(DAY)
    assert printed.startswith(f"Before: The daily run of {DAY} died in snapshot beats.\n")
    assert (summary["complete"], error) == (True, None)
    told = status()
    assert f"The daily run of {DAY} is complete." in told
    assert "Attempt 2, " in told
    assert f"Before: The daily run of {DAY} died in snapshot beats." in told


def test_a_run_of_the_next_day_says_so_too(died, digest):
    printed, _, _ = digest(DAY + timedelta(1))
    assert f"Before: The daily run of {DAY} died in snapshot beats." in printed


def test_after_a_good_run_nothing_is_said_of_it(digest, steady_saves):
    digest(DAY)
    printed, _, _ = digest(DAY)
    assert "Before" not in printed
    assert DigestRun.objects.get().attempts == 2


def test_between_two_chores_it_died_after_one(digest, steady_saves):
    digest(DAY)
    DigestRun.objects.update(ended_at=None, pid_started=1.0)
    assert DigestRun.objects.get().told == f"died after {chores.DAILY[-1].name}"


def test_before_its_first_chore(db):
    DigestRun.objects.claim(DAY, AT)
    DigestRun.objects.update(pid_started=1.0)
    assert DigestRun.objects.get().told == "died before its first chore"


def test_a_failed_run_names_its_chores(digest, steady_saves, monkeypatch):
    monkeypatch.setattr("studiomode.digest.chores.take", lambda archive, day: 1 / 0)
    digest(DAY)
    assert DigestRun.objects.get().told == (
        "failed in snapshot producers, snapshot beats, snapshot genres"
    )


def test_a_database_that_fails_ends_the_run_in_one_sentence(digest, steady_saves, monkeypatch):
    def full(run, name):
        raise DatabaseError("database or disk is full")

    monkeypatch.setattr(DigestRun, "begin_chore", full)
    _, _, error = digest(DAY)
    assert error == (
        f"The daily run of {DAY} could not go on: database or disk is full. What was done stays; "
        "the next run goes on where it stopped."
    )


def test_the_days_expected_are_asked_for_once_a_run(digest, steady_saves, monkeypatch):
    asked = []
    known = models.expected_days
    monkeypatch.setattr(models, "expected_days", lambda at: asked.append(at) or known(at))
    digest(DAY)
    assert asked == [AT]


class TestJSON:
    def test_it_says_what_the_words_say(self, digest, steady_saves):
        digest(DAY)
        out = StringIO()
        call_command("digest_status", date=DAY, json=True, stdout=out)
        said = json.loads(out.getvalue())
        assert said["ok"] is True
        assert said["days"] == [
            {"date": DAY.isoformat(), "state": "late", "details": said["days"][0]["details"]}
        ]
        run = said["last_run"]
        assert (run["date"], run["state"], run["attempts"]) == (DAY.isoformat(), "complete", 1)
        assert [chore["chore"] for chore in run["chores"]] == [c.name for c in chores.DAILY]

    def test_a_bad_day_is_said_and_is_exit_1(self, died):
        out = StringIO()
        with pytest.raises(Exception, match="missing") as raised:
            call_command("digest_status", date=DAY, json=True, stdout=out)
        assert raised.value.returncode == 1
        said = json.loads(out.getvalue())
        assert said["ok"] is False
        assert said["last_run"]["story"] == f"The daily run of {DAY} died in snapshot beats."

    def test_without_a_run(self, db):
        out = StringIO()
        call_command("digest_status", date=DAY, json=True, stdout=out)
        assert json.loads(out.getvalue()) == {
            "at": "2026-05-06T14:00:00Z",
            "ok": True,
            "days": [],
            "last_run": None,
        }
