from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection

from history.models import BeatOfTheWeek, ProducerRank, TopGenre
from studiomode.digest.chores import DAILY
from studiomode.digest.models import DigestRun
from tests.conftest import AT

DAY = AT.date()
COMMANDS = "studiomode.digest.management.commands"


def status() -> tuple[str, str | None]:
    out = StringIO()
    try:
        call_command("digest_status", date=DAY, stdout=out)
    except CommandError as error:
        return out.getvalue(), str(error)
    return out.getvalue(), None


def lose(model, **rows) -> None:
    """As a disaster would: the project's own code can delete no history."""
    query = model.objects.filter(**rows).values_list("pk", flat=True)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE id IN ({','.join(map(str, query))})")


def explode(run: DigestRun) -> int:
    raise ValueError("a poison row")


@pytest.fixture
def ten_days(digest, steady_saves):
    for back in range(9, -1, -1):
        digest(DAY - timedelta(back))


def test_every_day_is_there(ten_days):
    printed, error = status()
    assert error is None
    assert len([line for line in printed.splitlines() if line.startswith("2026-")]) == 10
    assert "missing" not in printed


def test_days_lost_in_the_middle_are_named(ten_days):
    lost = [DAY - timedelta(back) for back in (3, 5)]
    for model in (ProducerRank, BeatOfTheWeek):
        lose(model, snapshot_date__in=lost)
    printed, error = status()
    assert error is not None
    assert "2 missing" in error
    missing = [line.split()[0] for line in printed.splitlines() if " missing " in line]
    assert missing == [day.isoformat() for day in sorted(lost)]


def test_a_thin_day_is_named(ten_days):
    lose(ProducerRank, snapshot_date=DAY - timedelta(4), position=2)
    printed, error = status()
    assert "1 thin" in error
    assert "look for its rows in a backup" in error
    assert "takes what is missing" not in error
    assert f"{DAY - timedelta(4)}  thin      producers: 1 rows of 2" in printed


def test_one_run_refills_what_is_missing_and_it_shows_as_late(ten_days, digest):
    for model in (ProducerRank, BeatOfTheWeek):
        lose(model, snapshot_date=DAY - timedelta(4))
    digest(DAY)
    printed, error = status()
    assert error is None
    assert f"{DAY - timedelta(4)}  late " in printed


def test_without_saves_no_day_is_due(db):
    assert status() == ("\nNo day is due: there are no saves in reach.\n", None)


class TestHealth:
    def ask(self, client, moment):
        with time_machine.travel(moment, tick=False):
            return client.get("/healthz")

    def test_a_complete_run_is_healthy(self, ten_days, client):
        answer = self.ask(client, AT + timedelta(hours=1))
        assert (answer.status_code, answer.json()) == (200, {"status": "ok", "complaints": []})

    def test_half_an_hour_of_grace(self, ten_days, client):
        tomorrow = AT + timedelta(1)
        assert self.ask(client, tomorrow + timedelta(minutes=29)).status_code == 200
        assert self.ask(client, tomorrow + timedelta(minutes=31)).status_code == 503

    @pytest.mark.parametrize(
        ("time", "status"),
        [((14, 0, 1), 200), ((14, 29, 59), 200), ((14, 30, 1), 503), ((23, 59, 59), 503)],
    )
    def test_red_at_half_past(self, ten_days, client, time, status):
        hour, minute, second = time
        moment = (AT + timedelta(1)).replace(hour=hour, minute=minute, second=second)
        answer = self.ask(client, moment)
        assert answer.status_code == status
        if status == 503:
            missing = DAY + timedelta(1)
            assert answer.json()["complaints"] == [
                f"no complete daily run since {missing} 14:00 UTC",
                f"{missing} is missing (producers: no rows; beats: no rows; genres: no rows)",
            ]

    def test_day_one(self, steady_saves, digest, client):
        """A new house is red until its first run, whatever the hour, and green after it."""
        morning = AT.replace(hour=9)
        assert self.ask(client, morning).status_code == 503
        with time_machine.travel(morning, tick=False):
            digest(None)
        assert self.ask(client, morning).status_code == 200
        assert self.ask(client, AT.replace(hour=14, minute=29, second=59)).status_code == 200
        assert self.ask(client, AT.replace(hour=14, minute=30, second=1)).status_code == 503

    def test_day_one_without_a_save(self, digest, client):
        digest(DAY)
        assert self.ask(client, AT + timedelta(hours=1)).status_code == 200

    def test_a_failed_run_is_none(self, ten_days, digest, publish, client, monkeypatch):
        failing = [replace(c, work=explode) if c.name == "notices" else c for c in DAILY]
        monkeypatch.setattr(f"{COMMANDS}.daily_digest.DAILY", failing)
        tomorrow = AT + timedelta(1)
        with time_machine.travel(tomorrow, tick=False):
            digest(None)
        assert self.ask(client, tomorrow + timedelta(minutes=29)).status_code == 200
        answer = self.ask(client, tomorrow + timedelta(minutes=31))
        assert answer.status_code == 503
        assert answer.json()["complaints"] == [
            f"no complete daily run since {tomorrow.date()} 14:00 UTC; "
            f"that of {tomorrow.date()} failed in notices"
        ]

    def test_a_thin_day_in_the_middle_is_unhealthy(self, ten_days, client):
        lose(ProducerRank, snapshot_date=DAY - timedelta(4), position=2)
        answer = self.ask(client, AT + timedelta(hours=1))
        assert answer.status_code == 503
        (complaint,) = answer.json()["complaints"]
        assert complaint.startswith(f"{DAY - timedelta(4)} is thin (producers: 1 rows of 2")

    def test_a_gap_in_the_middle_is_unhealthy(self, ten_days, client):
        lost = DAY - timedelta(4)
        for model in (ProducerRank, BeatOfTheWeek, TopGenre):
            lose(model, snapshot_date=lost)
        answer = self.ask(client, AT + timedelta(hours=1))
        assert answer.status_code == 503
        assert answer.json()["complaints"] == [
            f"{lost} is missing (producers: no rows; beats: no rows; genres: no rows)"
        ]

    def test_no_run_at_all_is_unhealthy(self, client, db):
        answer = self.ask(client, AT)
        assert answer.status_code == 503
        assert "no complete daily run" in answer.json()["complaints"][0]

    @pytest.mark.parametrize("path", ["/livez", "/readyz"])
    def test_the_process_is_well_all_the_same(self, client, db, path):
        assert client.get(path).json() == {"status": "ok"}
