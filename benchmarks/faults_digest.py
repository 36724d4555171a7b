"""Kill the daily run at random moments, run it again, and count what was lost, doubled or halved.

    python benchmarks/faults_digest.py --kills 50
    python tests/postgres.py python benchmarks/faults_digest.py --kills 50

It works in the database of DATABASE_URL, which must be empty, or in a SQLite file of its own.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
FOLDER = tempfile.TemporaryDirectory(prefix="faults-")
os.environ.setdefault("DATABASE_URL", f"sqlite:///{FOLDER.name}/faults.sqlite3")
os.environ["DEBUG"] = "on"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studiomode.settings")

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, connections  # noqa: E402

from history.archives import ARCHIVES  # noqa: E402
from studiomode.beats.models import (  # noqa: E402
    Artist,
    Beat,
    Follow,
    Genre,
    Producer,
    SavedBeat,
)
from studiomode.digest.models import DigestRun, Notice  # noqa: E402

LAST = date(2026, 5, 6)
AT = datetime(2026, 5, 6, 14, tzinfo=UTC)
DAYS = 30  # a run has so many days to catch up on
WRITTEN = [*(archive.model for archive in ARCHIVES.values()), Notice, DigestRun]

Rows = Counter[tuple[Any, ...]]


def fill(chance: random.Random) -> None:
    """A small catalogue with seven weeks of saves, follows, and beats that are news."""
    artists = Artist.objects.bulk_create(Artist(username=f"artist{n}") for n in range(200))
    producers = Producer.objects.bulk_create(
        Producer(handle=f"dj{n}", name=f"DJ {n}") for n in range(60)
    )
    genres = Genre.objects.bulk_create(Genre(slug=f"genre{n}", name=f"Genre {n}") for n in range(9))
    beats = Beat.objects.bulk_create(
        Beat(
            slug=f"beat{n}",
            title=f"Beat {n}",
            producer=chance.choice(producers),
            genre=chance.choice(genres),
            published_at=AT - timedelta(hours=n * 2 + 1),
        )
        for n in range(300)
    )
    pairs = {(chance.choice(artists), chance.choice(beats)) for _ in range(8000)}
    saves = [
        beat.saved_by(artist) for artist, beat in sorted(pairs, key=lambda p: (p[0].pk, p[1].pk))
    ]
    for save in saves:
        save.created_at = AT - timedelta(hours=chance.uniform(0, 49 * 24))
    SavedBeat.objects.bulk_create(saves)
    follows = {(chance.choice(artists), chance.choice(producers)) for _ in range(1500)}
    began = AT - timedelta(400)
    Follow.objects.bulk_create(
        Follow(artist=artist, producer=producer, created_at=began) for artist, producer in follows
    )


def forget_what_runs_wrote() -> None:
    with connection.cursor() as cursor:
        for model in WRITTEN:
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")


def begin_again() -> None:
    """As after a run long ago: the days since are due and absent."""
    forget_what_runs_wrote()
    call_command("daily_digest", date=LAST - timedelta(DAYS), stdout=StringIO())


def started(work: Callable[[], None]) -> int:
    """The pid of a process of its own that does `work`."""
    connections.close_all()
    pid = os.fork()
    if pid:
        return pid
    try:
        sys.stdout = sys.stderr = StringIO()
        work()
        os._exit(0)
    except BaseException:
        os._exit(1)


def run_digest() -> None:
    call_command("daily_digest", date=LAST)


def succeeded(pid: int) -> bool:
    return os.waitpid(pid, 0)[1] == 0


def written() -> dict[str, Rows]:
    """What the runs wrote, without keys and instants of writing."""
    fields = ("snapshot_date", "window_end", "position", "rank", "saves", "name")
    rows = {
        name: Counter(archive.model.objects.values_list(*fields, archive.lens.column))
        for name, archive in ARCHIVES.items()
    }
    return rows | {"notices": Counter(Notice.objects.values_list("artist", "beat"))}


def half_days(found: dict[str, Rows], expected: dict[str, Rows]) -> int:
    """Days of an archive that hold some of their rows and not all."""

    def per_day(rows: Rows) -> Counter[date]:
        return Counter(row[0] for row in rows.elements())

    return sum(
        1
        for name in ARCHIVES
        for day, count in per_day(found[name]).items()
        if count != per_day(expected[name])[day]
    )


def kill_once(after: float) -> bool:
    """Whether the kill came in time."""
    pid = started(run_digest)
    sleep(after)
    os.kill(pid, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


def campaign(kills: int, seed: int) -> Counter[str]:
    call_command("migrate", verbosity=0)
    fill(random.Random(seed))
    begin_again()
    began = perf_counter()
    assert succeeded(started(run_digest))
    duration = perf_counter() - began
    expected, chance, counts = written(), random.Random(seed), Counter[str]()
    while counts["kills"] < kills:
        one_kill(chance.uniform(0, duration), expected, counts)
        progress(counts["kills"], kills)
    return counts


def one_kill(after: float, expected: dict[str, Rows], counts: Counter[str]) -> None:
    begin_again()
    if not kill_once(after):
        return
    counts["kills"] += 1
    counts["half days seen after the kill"] += half_days(written(), expected)
    counts["failed second runs"] += not succeeded(started(run_digest))
    found = written()
    for name, rows in expected.items():
        counts[f"{name} lost"] += (rows - found[name]).total()
        counts[f"{name} doubled or wrong"] += (found[name] - rows).total()


def progress(done: int, of: int) -> None:
    if sys.stderr.isatty() or done % 10 == 0:
        print(f"{done} of {of} kills", end="\r" if sys.stderr.isatty() else "\n", file=sys.stderr)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=20260506)
    options = parser.parse_args()
    counts = campaign(options.kills, options.seed)
    print(f"| {connection.vendor} | count |\n|---|---|")
    for what, count in counts.items():
        print(f"| {what} | {count} |")
    return 1 if any(count for what, count in counts.items() if what != "kills") else 0


if __name__ == "__main__":
    sys.exit(main())
