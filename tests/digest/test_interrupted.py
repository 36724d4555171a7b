"""SIGTERM and Ctrl-C end a run soon, and the next one goes on where it stopped.

What hinders a run here lasts ten minutes: that the run is waited for in vain shows that it ended
because it was asked to.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from time import sleep

import pytest
from django.db import connection

from .processes import FILL, done, empty_database, started

pytestmark = pytest.mark.xdist_group("interrupted")

RUN = """
from django.core.management import execute_from_command_line
from studiomode.digest import chores
from studiomode.digest.models import DigestRunQuerySet
claim = DigestRunQuerySet.claim
def told(*args):
    print("claims", flush=True)
    return claim(*args)
DigestRunQuerySet.claim = told
real = chores.take
def hindered(archive, day):
    rows = real(archive, day)
    if archive.name == "beats":
        print("hindered", flush=True)
        {hindrance}
    return rows
chores.take = hindered
execute_from_command_line(["manage.py", "daily_digest", "--date", "2026-05-06"])
"""
BEGIN_AGAIN = """
from django.core.management import call_command
from django.db import connection
with connection.cursor() as cursor:
    for table in ("producer_rank_history", "beat_of_the_week_history", "top_genre_history",
                  "digest_digestrun"):
        cursor.execute(f"DELETE FROM {table}")
call_command("daily_digest", "--date", "2026-05-01", verbosity=0)
"""
LEFT = """
import json
from history.models import BeatOfTheWeek
from studiomode.digest.models import DigestRun
run = DigestRun.objects.newest()
print(json.dumps({"state": run.state, "story": run.story, "held": run.ended_at is None,
    "before": run.before, "beats": BeatOfTheWeek.objects.count()}))
"""
GO_ON = """
from django.core.management import call_command
call_command("daily_digest", "--date", "2026-05-06")
"""
ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT MAX(i) FROM n",
    "postgresql": "SELECT pg_sleep(600)",
}[connection.vendor]
HOLD = {
    "sqlite": ["BEGIN IMMEDIATE"],
    "postgresql": ["BEGIN", "LOCK TABLE top_genre_history"],
}[connection.vendor]
HOLDER = f"""
from time import sleep
from django.db import connection
for statement in {HOLD!r}:
    connection.cursor().execute(statement)
print("held", flush=True)
sleep(99)
"""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with empty_database(tmp_path_factory.mktemp("interrupted")) as url:
        done(url, FILL)
        yield url


@pytest.fixture
def url(filled: str) -> str:
    """Five days are due and absent."""
    done(filled, BEGIN_AGAIN)
    return filled


def interrupted(url: str, hindrance: str, by: signal.Signals) -> tuple[int, str]:
    """Exit code, and what it said on standard error."""
    process = started(url, RUN.format(hindrance=hindrance))
    assert process.stdout is not None
    while "hindered" not in process.stdout.readline():
        assert process.poll() is None, process.communicate()
    process.send_signal(by)
    _, error = process.communicate(timeout=60)
    return process.returncode, error


def left(url: str) -> dict:
    return json.loads(done(url, LEFT))


@pytest.mark.parametrize(("by", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_the_day_under_way_is_finished(url, by, code):
    exit_code, error = interrupted(url, "import time; time.sleep(1)", by)
    story = f"The daily run of 2026-05-06 was interrupted by {by.name} in snapshot beats."
    assert exit_code == code
    assert (
        error
        == f"CommandError: {story} What was done stays; the next run goes on where it stopped.\n"
    )
    assert left(url) == {
        "state": "interrupted",
        "story": story,
        "held": False,
        "before": "",
        "beats": 2,
    }


def test_the_next_run_goes_on_where_it_stopped(url):
    interrupted(url, "import time; time.sleep(1)", signal.SIGTERM)
    said = done(url, GO_ON)
    before = "The daily run of 2026-05-06 was interrupted by SIGTERM in snapshot beats."
    assert said.startswith(f"Before: {before}\n")
    assert left(url) | {"before": ""} == {
        "state": "complete",
        "story": "The daily run of 2026-05-06 is complete.",
        "held": False,
        "before": "",
        "beats": 6,
    }


@pytest.mark.parametrize(
    "hindrance",
    [
        "import time; time.sleep(600)",
        "import socket; a, b = socket.socketpair(); a.recv(1)",
        f"from django.db import connection; connection.cursor().execute({ENDLESS!r})",
    ],
    ids=["sleep", "socket", "statement"],
)
def test_what_takes_too_long_is_rolled_back(url, hindrance):
    exit_code, _ = interrupted(url, hindrance, signal.SIGTERM)
    assert exit_code == 143
    found = left(url)
    assert (found["state"], found["held"], found["beats"]) == ("interrupted", False, 1)


def test_what_hears_nothing_is_ended(url):
    """As one who swallows every exception, or waits for SQLite's lock."""
    deaf = "\n".join(
        [
            "import time",
            "        while True:",
            "            try: time.sleep(600)",
            "            except BaseException: pass",
        ]
    )
    exit_code, error = interrupted(url, deaf, signal.SIGTERM)
    assert exit_code == 143
    assert "did not end by itself" in error
    assert left(url) == {
        "state": "died",
        "story": "The daily run of 2026-05-06 died in snapshot beats.",
        "held": True,
        "before": "",
        "beats": 1,
    }
    assert "is complete" in done(url, GO_ON)  # which need not wait for the lease


def test_a_run_that_waits_for_another_writer_is_ended(url):
    """On SQLite a write waits for twenty seconds, deaf; on PostgreSQL it is cancelled."""
    holder = started(url, HOLDER)
    run = None
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        run = started(url, RUN.format(hindrance="pass"))
        assert run.stdout is not None
        assert run.stdout.readline() == "claims\n"
        sleep(1)  # until it waits
        run.send_signal(signal.SIGTERM)
        assert run.wait(60) == 143
    finally:
        holder.kill()
        holder.communicate()
        if run:
            run.kill()
            run.communicate()
    assert "is complete" in done(url, GO_ON)
