from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session

from history.archives import ARCHIVES
from history.models import BeatOfTheWeek, ProducerRank, TopGenre
from studiomode.digest import chores
from studiomode.digest.models import DigestRun
from tests.conftest import AT

DAY = AT.date()
MODELS = (ProducerRank, BeatOfTheWeek, TopGenre)


def rows() -> list[list[dict]]:
    return [list(model.objects.order_by("pk").values()) for model in MODELS]


def test_a_run_takes_the_three_snapshots_and_says_so(digest, steady_saves):
    printed, summary, error = digest(DAY)
    assert error is None
    assert summary["complete"] is True
    assert {name: summary["chores"][f"snapshot {name}"]["number"] for name in ARCHIVES} == {
        "producers": 2,
        "beats": 1,
        "genres": 2,
    }
    lines = printed.splitlines()
    assert [line.split("  ")[0] for line in lines[: len(chores.DAILY)]] == [
        chore.name for chore in chores.DAILY
    ]
    assert all(line.endswith(" ms") for line in lines[: len(chores.DAILY)])
    assert lines[-1] == f"The daily run of {DAY} is complete."


def test_a_second_run_and_twenty_more_add_nothing(digest, steady_saves):
    digest(DAY)
    before = rows()
    for _ in range(21):
        _, summary, error = digest(DAY)
        assert error is None
        assert not any(chore["number"] for chore in summary["chores"].values())
    assert rows() == before


def test_days_that_were_missed_are_taken_in_order(digest, steady_saves):
    digest(DAY - timedelta(4))
    digest(DAY)
    dates = list(BeatOfTheWeek.objects.order_by("pk").values_list("snapshot_date", flat=True))
    assert dates == [DAY - timedelta(back) for back in (4, 3, 2, 1, 0)]


def test_an_empty_ledger_is_a_complete_run_of_nothing(digest):
    _, summary, error = digest(DAY)
    assert (summary["complete"], error) == (True, None)


def test_if_due_does_nothing_after_a_complete_run(digest, steady_saves):
    digest(DAY)
    printed, summary, error = digest(DAY, if_due=True)
    assert (printed.strip(), summary, error) == (
        f"Nothing to do: the daily run of {DAY} is complete.",
        {},
        None,
    )


def test_if_due_runs_again_after_a_failed_run(digest, steady_saves, monkeypatch):
    monkeypatch.setattr("studiomode.digest.chores.take", lambda archive, day: 1 / 0)
    digest(DAY)
    monkeypatch.undo()
    _, summary, _ = digest(DAY, if_due=True)
    assert summary["complete"] is True
    assert BeatOfTheWeek.objects.filter(snapshot_date=DAY).exists()


class TestIsolation:
    @pytest.fixture
    def broken_producers(self, monkeypatch):
        take = chores.take

        def fail_for_producers(archive, day):
            if archive.name == "producers":
                raise ValueError("a poison row")
            return take(archive, day)

        monkeypatch.setattr(chores, "take", fail_for_producers)

    def test_a_failing_chore_is_named_and_the_rest_is_done(
        self, digest, steady_saves, broken_producers
    ):
        printed, summary, error = digest(DAY)
        assert error == (f"The daily run of {DAY} failed: snapshot producers. The rest was done.")
        assert "a poison row" in summary["chores"]["snapshot producers"]["error"]
        assert "FAILED: " in printed
        assert summary["complete"] is False
        assert [model.objects.exists() for model in MODELS] == [False, True, True]

    def test_a_failing_day_does_not_hold_up_the_next(self, digest, steady_saves, monkeypatch):
        digest(DAY - timedelta(2))
        take = chores.take

        def fail_for_yesterday(archive, day):
            if day == DAY - timedelta(1):
                raise ValueError("a poison row")
            return take(archive, day)

        monkeypatch.setattr(chores, "take", fail_for_yesterday)
        _, _, error = digest(DAY)
        assert error is not None
        assert ProducerRank.objects.filter(snapshot_date=DAY).exists()
        assert not ProducerRank.objects.filter(snapshot_date=DAY - timedelta(1)).exists()


def test_the_run_records_what_each_day_holds(digest, steady_saves):
    digest(DAY - timedelta(1))
    digest(DAY)
    assert DigestRun.objects.get(date=DAY).snapshots == {
        "producers": {DAY.isoformat(): 2},
        "beats": {DAY.isoformat(): 1},
        "genres": {DAY.isoformat(): 2},
    }


def test_expired_sessions_go_and_living_ones_stay(digest):
    for key, days in (("old", -1), ("new", 1)):
        Session.objects.create(
            session_key=key, session_data="", expire_date=AT + timedelta(days=days)
        )
    _, summary, _ = digest(DAY)
    assert summary["chores"]["expired sessions"]["number"] == 1
    assert list(Session.objects.values_list("session_key", flat=True)) == ["new"]


@pytest.mark.parametrize("raw", ["2026-02-30", "tomorrow", "2999-01-01", "20260506", "0" * 5000])
def test_a_date_that_cannot_be_is_refused_with_what_is_allowed(raw, db):
    from django.core.management import CommandError, call_command

    with pytest.raises(CommandError, match="Allowed"):
        call_command("daily_digest", "--date", raw)
