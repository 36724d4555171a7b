"""A realistic ledger of any size, streamed into the database of DATABASE_URL.

    python benchmarks/ledger.py --saves 1000000 --week 30000

Popularity is Zipf's, over 20,000 producers and 300,000 beats; the last two weeks hold `--week`
saves each, what came before grows towards them over a year.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Model
from setup import connection, progress

from studiomode.beats.models import SavedBeat

# The ledger ends here; whoever measures what is live sets it to about now.
AT = datetime.fromisoformat(os.environ.get("LEDGER_AT", "2026-05-06T14:00:00+00:00"))
WEEK = timedelta(days=7)
PRODUCERS, BEATS, GENRES, ARTISTS = 20_000, 300_000, 30, 200_000
COLUMNS = ("artist_id", "beat_id", "producer_id", "genre_id", "created_at")
BATCH = 20_000

Row = tuple[Any, ...]


def fill(saves: int, week: int, seed: int = 1) -> None:
    """An empty, migrated database gets a catalogue and `saves` rows of the ledger."""
    for table, columns, rows in catalogue():
        write(table, columns, rows)
    with without_indexes(SavedBeat):
        write("saved_beats", COLUMNS, progress("saves", ledger(saves, week, seed), saves))
    settle()


@contextmanager
def without_indexes(model: type[Model]) -> Iterator[None]:
    """Rows go in several times faster before the indexes are built than after."""
    if connection.vendor != "postgresql":  # SQLite would write the table anew for each
        yield
        return
    meta = model._meta
    with connection.schema_editor() as editor:
        for index in meta.indexes:
            editor.remove_index(model, index)
        for constraint in meta.constraints:
            editor.remove_constraint(model, constraint)
    yield
    with connection.schema_editor() as editor:
        for index in meta.indexes:
            editor.add_index(model, index)
        for constraint in meta.constraints:
            editor.add_constraint(model, constraint)


def catalogue() -> Iterator[tuple[str, tuple[str, ...], Iterable[Row]]]:
    published = AT - timedelta(days=400)
    person = ("!", False, "", "", "", False, True, published)
    yield (
        "beats_artist",
        (
            "id", "username", "password", "is_superuser", "first_name", "last_name", "email",
            "is_staff", "is_active", "date_joined",
        ),
        ((n, f"artist{n}", *person) for n in range(1, ARTISTS + 1)),
    )  # fmt: skip
    yield "beats_genre", ("id", "slug", "name"), named("genre", GENRES)
    yield "beats_producer", ("id", "handle", "name"), named("dj", PRODUCERS)
    yield (
        "beats_beat",
        ("id", "slug", "title", "producer_id", "genre_id", "published_at", "created_at"),
        (
            (n, f"beat{n}", f"Beat {n}", producer_of(n), genre_of(n), published, published)
            for n in range(1, BEATS + 1)
        ),
    )


def named(word: str, number: int) -> Iterator[Row]:
    return ((n, f"{word}{n}", f"{word.title()} {n}") for n in range(1, number + 1))


def producer_of(beat: int) -> int:
    return beat % PRODUCERS + 1


def genre_of(beat: int) -> int:
    return beat % GENRES + 1


def ledger(saves: int, week: int, seed: int) -> Iterator[Row]:
    """The rows in the order of their instants; the k-th save of a beat is by its k-th artist."""
    chance = random.Random(seed)
    times = [0] * (BEATS + 1)
    beats = zipf(chance)
    for moment in moments(saves, week):
        beat = next(beats)
        while times[beat] >= ARTISTS:  # everybody has it
            beat = next(beats)
        times[beat] += 1
        artist = (times[beat] * 7919 + beat) % ARTISTS + 1
        yield artist, beat, producer_of(beat), genre_of(beat), moment


def zipf(chance: random.Random) -> Iterator[int]:
    ranks = range(1, BEATS + 1)
    weights = list(itertools.accumulate(1 / (rank + 20) ** 0.9 for rank in ranks))
    order = list(ranks)
    chance.shuffle(order)
    while True:
        yield from chance.choices(order, cum_weights=weights, k=BATCH)


def moments(saves: int, week: int) -> Iterator[datetime]:
    """Growing over a year up to two weeks before AT, then evenly."""
    past, year = saves - 2 * week, timedelta(days=365) - 2 * WEEK
    begin = AT - timedelta(days=365)
    for n in range(past):
        yield begin + year * (n / past) ** 0.7
    for n in range(2 * week):
        yield AT - 2 * WEEK + 2 * WEEK * (n / (2 * week))


def write(table: str, columns: tuple[str, ...], rows: Iterable[Row]) -> None:
    if connection.vendor == "postgresql":
        copy(table, columns, rows)
    else:
        insert(table, columns, rows)


def copy(table: str, columns: tuple[str, ...], rows: Iterable[Row]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # the foreign keys are known good
        with cursor.copy(f"COPY {table} ({','.join(columns)}) FROM STDIN") as stream:
            for row in rows:
                stream.write_row(row)


def insert(table: str, columns: tuple[str, ...], rows: Iterable[Row]) -> None:
    marks = ",".join("?" * len(columns))
    statement = f"INSERT INTO {table} ({','.join(columns)}) VALUES ({marks})"
    connection.ensure_connection()
    with connection.connection:  # one transaction
        connection.connection.executemany(statement, map(as_text, rows))


def as_text(row: Row) -> Row:
    """Instants as Django writes them."""
    return tuple(
        value.replace(tzinfo=None).isoformat(" ") if isinstance(value, datetime) else value
        for value in row
    )


def settle() -> None:
    """Statistics and visibility as autovacuum leaves them; sequences behind the keys."""
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.execute("ANALYZE")
            return
        for table in ("beats_artist", "beats_genre", "beats_producer", "beats_beat"):
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
            )
        cursor.execute("VACUUM ANALYZE")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--saves", type=int, default=1_000_000)
    parser.add_argument("--week", type=int, default=30_000)
    options = parser.parse_args()
    fill(options.saves, options.week)


if __name__ == "__main__":
    main()
