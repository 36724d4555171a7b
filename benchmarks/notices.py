"""Time and memory of telling a million followers, beside the one INSERT … SELECT for the same rows.

    python tests/postgres.py --durable python benchmarks/notices.py
    python benchmarks/notices.py

In the empty database of DATABASE_URL, or in a SQLite file of its own. One producer has a hundred
thousand followers; each of the 2,000 new beats is by another producer.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from threading import Event, Thread
from time import perf_counter
from typing import Any

import psutil
from setup import Table, call_command, connection, progress  # first: it sets Django up

from studiomode.beats.models import Artist, Beat, Genre, Producer
from studiomode.digest.models import DigestRun
from studiomode.digest.notices import write_notices

AT = datetime(2026, 5, 6, 14, tzinfo=UTC)
FOLLOWERS = 450  # of an ordinary producer
DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}

FOLLOW = """
INSERT INTO beats_follow (artist_id, producer_id, is_muted, created_at)
SELECT artist.id, producer.id, {false}, '2025-01-01 00:00:00'
FROM beats_producer AS producer
JOIN beats_artist AS artist ON artist.id %% {step} = producer.id %% {step}
ON CONFLICT DO NOTHING
"""
FOLLOW_FIRST = """
INSERT INTO beats_follow (artist_id, producer_id, is_muted, created_at)
SELECT artist.id, (SELECT MIN(id) FROM beats_producer), {false}, '2025-01-01 00:00:00'
FROM beats_artist AS artist WHERE {all} ON CONFLICT DO NOTHING
"""
# What the database itself needs for the same rows, none of them told before.
AT_ONCE = """
INSERT INTO digest_notice (artist_id, beat_id, date)
SELECT follow.artist_id, beat.id, %s
FROM beats_beat AS beat JOIN beats_follow AS follow ON follow.producer_id = beat.producer_id
WHERE beat.published_at > %s AND beat.published_at <= %s
    AND follow.created_at <= beat.published_at AND NOT follow.is_muted
ON CONFLICT DO NOTHING
"""


def fill(artists: int, producers: int) -> None:
    call_command("migrate", verbosity=0)
    genre = Genre.objects.create(slug="house", name="House")
    people = (Artist(username=f"a{n}", password="!") for n in range(artists))
    Artist.objects.bulk_create(progress("artists", people, artists), batch_size=5000)
    made = Producer.objects.bulk_create(
        Producer(handle=f"dj{n}", name=f"DJ {n}") for n in range(producers)
    )
    Beat.objects.bulk_create(
        Beat(
            slug=f"beat{n}", title=f"Beat {n}", producer=producer, genre=genre,
            published_at=AT - timedelta(hours=3),
        )
        for n, producer in enumerate(made)
    )  # fmt: skip
    with connection.cursor() as cursor:
        words = {"false": "FALSE", "all": "TRUE", "step": artists // FOLLOWERS}
        cursor.execute(FOLLOW_FIRST.format(**words), [])
        cursor.execute(FOLLOW.format(**words), [])
        cursor.execute("ANALYZE")


def forget() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("TRUNCATE digest_notice")
            cursor.execute("CHECKPOINT")
        else:
            cursor.execute("DELETE FROM digest_notice")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def at_once() -> int:
    bounds = [connection.ops.adapt_datetimefield_value(at) for at in (AT - timedelta(35), AT)]
    with connection.cursor() as cursor:
        cursor.execute(AT_ONCE, [AT.date().isoformat(), *bounds])
        return int(cursor.rowcount)


def timed(work: Callable[[], int]) -> tuple[float, int]:
    forget()
    began = perf_counter()
    rows = work()
    return (perf_counter() - began) * 1000, rows


def growth() -> float:
    """Megabytes that a process of its own grows by at most while it tells them."""
    forget()
    command = [sys.executable, __file__, "--tell"]
    return float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def tell() -> None:
    run = DigestRun.objects.claim(AT.date(), AT)
    print(grown(lambda: write_notices(run)))
    run.end()


def grown(work: Callable[[], Any]) -> float:
    """Megabytes that this process grew by at most while it worked."""
    process, over, most = psutil.Process(), Event(), [0]
    before = process.memory_info().rss

    def watch() -> None:
        while not over.wait(0.01):
            most[0] = max(most[0], process.memory_info().rss)

    thread = Thread(target=watch)
    thread.start()
    work()
    over.set()
    thread.join()
    return max(0, most[0] - before) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--artists", type=int, default=100_000)
    parser.add_argument("--producers", type=int, default=2_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--tell", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.tell:
        return tell()
    fill(options.artists, options.producers)
    return compare(options.runs)


def compare(runs: int) -> None:
    grew = growth()
    run = DigestRun.objects.claim(AT.date(), AT)
    table = Table(f"The digest's notices, on {DATABASES[connection.vendor]}")
    pairs = [(timed(lambda: write_notices(run)), timed(at_once)) for _ in range(runs)]
    (count,) = {rows for pair in pairs for _, rows in pair}  # the same for both
    mine, theirs = (median(ms for ms, _ in side) for side in zip(*pairs, strict=True))
    table.add(f"{count:,} notices / one INSERT … SELECT", mine, theirs, "ms", 4)
    table.notes = f"Our process grew by {grew:.1f} MB at most while it told them."
    table.write()


if __name__ == "__main__":
    main()
