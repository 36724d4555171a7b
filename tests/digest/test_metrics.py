"""/metrics: what Prometheus scrapes, for whoever has the token."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from prometheus_client.parser import text_string_to_metric_families

from studiomode.digest import metrics
from studiomode.digest.chores import DAILY
from studiomode.digest.models import Delivery, DigestRun
from studiomode.settings import read_token
from tests.conftest import AT

DAY = AT.date()
TOKEN = "a-token-that-nobody-guesses"


@pytest.fixture(autouse=True)
def token(settings):
    settings.METRICS_TOKEN = TOKEN


def ask(client, authorization: str | None = f"Bearer {TOKEN}"):
    headers = {"Authorization": authorization} if authorization is not None else {}
    return client.get("/metrics", headers=headers)


def samples(client) -> dict[tuple[str, str], float]:
    """(name, label) → value."""
    answer = ask(client)
    assert answer.status_code == 200
    return {
        (sample.name.removeprefix("studiomode_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


class TestToken:
    def test_without_the_setting_there_is_no_such_page(self, client, db, settings):
        settings.METRICS_TOKEN = ""
        assert ask(client).status_code == 404
        assert ask(client, "Bearer ").status_code == 404

    @pytest.mark.parametrize(
        "authorization",
        [
            None,
            "",
            "Bearer",
            "Bearer wrong",
            TOKEN,
            f"Basic {TOKEN}",
            f"Bearer {TOKEN}x",
            "Bearer é",
        ],
    )
    def test_a_wrong_one_is_refused_and_asks_nothing(
        self, client, db, authorization, django_assert_num_queries
    ):
        with django_assert_num_queries(0):
            answer = ask(client, authorization)
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == 'Bearer realm="metrics"'
        assert b"studiomode_" not in answer.content

    def test_it_is_kept_by_nobody(self, client, db):
        assert "no-store" in ask(client)["Cache-Control"]

    def test_it_is_no_part_of_the_api(self, client, db):
        assert b"metrics" not in client.get("/api/v1/schema/").content


def test_it_is_the_text_format(client, db):
    answer = ask(client)
    assert answer["Content-Type"].startswith("text/plain; version=")
    assert b"# TYPE studiomode_digest_last_success_timestamp_seconds gauge" in answer.content


def test_nothing_of_the_process_that_answers(client, db):
    names = {name for name, *_ in samples(client)}
    assert names == {name for name in names if name.startswith(("digest_", "saves"))}


def test_before_the_first_run(client, db):
    found = samples(client)
    assert found[("saves",)] == 0
    assert ("digest_last_success_timestamp_seconds",) not in found
    assert ("digest_last_duration_seconds",) not in found


def test_after_a_run(client, digest, steady_saves):
    digest(DAY)
    DigestRun.objects.update(started_at=AT, ended_at=AT + timedelta(seconds=2.5), completed_at=AT)
    found = samples(client)
    assert found[("digest_last_success_timestamp_seconds",)] == AT.timestamp()
    assert found[("digest_last_duration_seconds",)] == 2.5
    rows = [found["digest_rows", name] for name in ("producers", "beats", "genres")]
    assert rows == [2, 1, 2]
    assert [found["digest_chore_failed", chore.name] for chore in DAILY] == [0] * len(DAILY)


def test_after_a_failed_run(client, digest, steady_saves, monkeypatch):
    digest(DAY - timedelta(1))
    success = samples(client)["digest_last_success_timestamp_seconds",]
    monkeypatch.setattr("studiomode.digest.chores.take", lambda archive, day: 1 / 0)
    digest(DAY)
    found = samples(client)
    assert found["digest_chore_failed", "snapshot producers"] == 1
    assert found["digest_chore_failed", "expired sessions"] == 0
    assert found["digest_last_success_timestamp_seconds",] == success


def test_a_run_under_way_hides_nothing_of_the_last(client, digest, steady_saves):
    digest(DAY)
    DigestRun.objects.claim(DAY + timedelta(1), AT + timedelta(1))
    assert samples(client)["digest_rows", "producers"] == 2


def test_what_waits_and_what_failed_by_channel(client, artist):
    states = ["waiting", "waiting", "sent", "refused", "given up", "declined"]
    for days, state in enumerate(states):
        Delivery.objects.create(
            artist=artist, date=DAY - timedelta(days), channel="email", state=state
        )
    found = samples(client)
    assert [found["digest_notices_pending", name] for name in ("email", "push")] == [2, 0]
    assert [found["digest_notices_failed", name] for name in ("email", "push")] == [2, 0]


def analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE saved_beats")


class TestSaves:
    def test_they_are_estimated(self, client, steady_saves):
        analyze()
        assert samples(client)["saves",] == 180

    @pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's own estimate")
    def test_postgresql_knows_what_is_left(self, client, steady_saves):
        steady_saves[0].saves.all().delete()
        analyze()
        assert samples(client)["saves",] == 120


def test_without_a_database(client, db, monkeypatch):
    def fail():
        raise DatabaseError

    monkeypatch.setattr(metrics, "SOURCES", (fail,))
    assert ask(client).status_code == 503


@pytest.mark.parametrize("value", ["short", "x" * 19, "unsäglich-lang-und-geheim", "a\tb" * 9])
def test_a_token_that_can_be_guessed_stops_the_start(value, monkeypatch):
    monkeypatch.setenv("METRICS_TOKEN", value)
    with pytest.raises(ImproperlyConfigured, match="METRICS_TOKEN can be guessed"):
        read_token("METRICS_TOKEN")
