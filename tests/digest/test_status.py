from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection

from history.models import BeatOfTheWeek, ProducerRank, TopGenre
from tests.conftest import AT

DAY = AT.date()


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


@pytest.fixture
def ten_days(digest, steady_saves):
    for back in range(9, -1, -1):
        digest(DAY - timedelta(back))


def test_every_day_is_there(ten_days):
    printed, error = status()
    assert error is None
    assert len(printed.splitlines()) == 11
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
    assert f"{DAY - timedelta(4)}  thin      producers: 1 rows of 2" in printed


def test_one_run_refills_what_is_missing_and_it_shows_as_late(ten_days, digest):
    for model in (ProducerRank, BeatOfTheWeek):
        lose(model, snapshot_date=DAY - timedelta(4))
    digest(DAY)
    printed, error = status()
    assert error is None
    assert f"{DAY - timedelta(4)}  late " in printed


def test_without_saves_no_day_is_due(db):
    assert status() == ("No day is due: there are no saves in reach.\n", None)


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
