"""A batch of an import's rows into catalogue and ledger, in one transaction: staged, then landed.

The rows go into a temporary table, where the database itself looks up what they mean and passes
them on to the ledger. The ORM knows neither temporary tables nor INSERT … SELECT, and took three
times as long with an object for each row: hence SQL by hand, the same on both databases but for
the way into the temporary table. Who is new to the catalogue comes in by the ORM, for its defaults.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.db.models.expressions import RawSQL

from .models import Artist, Beat, Genre, Producer, Subject

Values = tuple[Any, ...]
NO_PASSWORD = make_password(None)  # signs nobody in

STAGED = """
CREATE TEMPORARY TABLE staged (
    line integer, artist text, beat text, producer text, genre text,
    saved_at timestamp with time zone
)"""
# What the rows mean now that all they name is known, and whether the catalogue agrees with them.
RESOLVED = """
CREATE TEMPORARY TABLE resolved AS
SELECT staged.*, artist.id AS artist_id, artist.username, beat.id AS beat_id,
    producer.id AS producer_id, producer.handle, genre.id AS genre_id, genre.slug,
    staged.artist = artist.username
        AND staged.producer = producer.handle AND staged.genre = genre.slug
        AND (producer.artist_id IS NULL OR producer.artist_id <> artist.id) AS fits
FROM staged
JOIN beats_artist AS artist ON LOWER(artist.username) = LOWER(staged.artist)
JOIN beats_beat AS beat ON beat.slug = staged.beat
JOIN beats_producer AS producer ON producer.id = beat.producer_id
JOIN beats_genre AS genre ON genre.id = beat.genre_id
"""
UNFIT = """
SELECT line, artist, username, beat, producer, handle, genre, slug
FROM resolved WHERE NOT fits
"""
SAVED = """
INSERT INTO saved_beats (artist_id, beat_id, producer_id, genre_id, created_at)
SELECT artist_id, beat_id, producer_id, genre_id, saved_at
FROM resolved WHERE fits ORDER BY line
ON CONFLICT DO NOTHING
"""
# In order, so that two imports at once wait for each other rather than cross.
NEW_ARTISTS = """
SELECT artist FROM staged
WHERE NOT EXISTS (SELECT 1 FROM beats_artist WHERE LOWER(username) = LOWER(staged.artist))
GROUP BY artist ORDER BY LOWER(artist), min(line)
"""
NEW_BEATS = """
SELECT min(line) FROM staged
WHERE NOT EXISTS (SELECT 1 FROM beats_beat WHERE slug = staged.beat)
GROUP BY beat ORDER BY beat
"""


class Row(NamedTuple):
    line: int
    artist: str
    beat: str
    title: str
    producer: str
    genre: str
    published_at: datetime
    saved_at: datetime


class RefusedRow(NamedTuple):
    line: int
    reason: str


class Landed(NamedTuple):
    rows: int
    new: int  # saves that were not there already
    refused: list[RefusedRow]  # by line


@transaction.atomic
def land(batch: list[Row | RefusedRow]) -> Landed:
    """Put the batch into catalogue and ledger: whole, or not at all."""
    rows = [item for item in batch if isinstance(item, Row)]
    refused = [item for item in batch if isinstance(item, RefusedRow)]
    stage(rows)
    create_artists()
    create_beats(rows)
    hold()
    execute(RESOLVED)
    refused += [RefusedRow(line, reason(*names)) for line, *names in ask(UNFIT)]
    new = execute(SAVED)
    for table in ("staged", "resolved"):
        execute(f"DROP TABLE {table}")
    return Landed(len(batch), new, sorted(refused))


def execute(statement: str) -> int:
    """How many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.rowcount


def ask(question: str) -> list[Values]:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchall()


def stage(rows: list[Row]) -> None:
    execute(STAGED)
    adapted = connection.ops.adapt_datetimefield_value
    values = (
        (row.line, row.artist, row.beat, row.producer, row.genre, adapted(row.saved_at))
        for row in rows
    )
    with connection.cursor() as cursor:
        WRITE[connection.vendor](cursor, values)


def copy(cursor: Any, rows: Iterator[Values]) -> None:
    with cursor.copy("COPY staged FROM STDIN") as stream:
        for row in rows:
            stream.write_row(row)


def insert(cursor: Any, rows: Iterator[Values]) -> None:
    cursor.executemany("INSERT INTO staged VALUES (%s, %s, %s, %s, %s, %s)", rows)


WRITE = {"postgresql": copy, "sqlite": insert}


def create_artists() -> None:
    """Under the first of their spellings."""
    new = [Artist(username=name, password=NO_PASSWORD) for (name,) in ask(NEW_ARTISTS)]
    Artist.objects.bulk_create(new, ignore_conflicts=True)


def create_beats(rows: list[Row]) -> None:
    """As the first row of each has them, with their producers and genres."""
    by_line = {row.line: row for row in rows}
    new = [by_line[line] for (line,) in ask(NEW_BEATS)]
    producers = ids(Producer, {row.producer: new_producer(row.producer) for row in new})
    genres = ids(Genre, {row.genre: new_genre(row.genre) for row in new})
    beats = [new_beat(row, producers[row.producer], genres[row.genre]) for row in new]
    Beat.objects.bulk_create(beats, ignore_conflicts=True)


def new_beat(row: Row, producer: int, genre: int) -> Beat:
    return Beat(
        slug=row.beat,
        title=row.title,
        producer_id=producer,
        genre_id=genre,
        published_at=row.published_at,
    )


def new_producer(handle: str) -> Producer:
    return Producer(handle=handle, name=handle)


def new_genre(slug: str) -> Genre:
    return Genre(slug=slug, name=slug.replace("-", " ").title())


def ids(model: type[Subject], wanted: dict[str, Subject]) -> dict[str, int]:
    """Primary keys by key, of all that are `wanted`; those that are missing are created."""
    known = model.objects.in_bulk(list(wanted), field_name=model.KEY)
    missing = [wanted[key] for key in sorted(wanted) if key not in known]
    if not missing:
        return {key: subject.pk for key, subject in known.items()}
    model.objects.bulk_create(missing, ignore_conflicts=True)
    return ids(model, wanted)


def hold() -> None:
    """Beats and producers stay as they are, and who owns them, until the commit."""
    beats = Beat.objects.filter(slug__in=RawSQL("SELECT beat FROM staged", ()))
    producers = Producer.objects.filter(pk__in=beats.values("producer"))
    for subjects in (beats, producers):  # one after the other, as in Beat.held
        list(subjects.held().values_list("pk"))


def reason(
    artist: str, username: str, beat: str, producer: str, handle: str, genre: str, slug: str
) -> str:
    """Why the catalogue does not agree with a row."""
    if artist != username:
        return f"artist {artist} is known as {username}"
    if (producer, genre) != (handle, slug):
        return (
            f"beat {beat} is known as by {handle} in {slug}, "
            f"and comes again as by {producer} in {genre}"
        )
    return f"artist {artist} is the producer of beat {beat}"
