"""Saves from a CSV file into the ledger: streamed, row by row accountable, idempotent."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from django.contrib.auth.hashers import make_password
from django.db import models, transaction

from .inputs import echo, parsed_instant
from .keys import ALLOWED, is_key
from .models import LONGEST_NAME, Artist, Beat, Genre, Producer, SavedBeat

COLUMNS = ("artist", "beat", "title", "producer", "genre", "published_at", "saved_at")
KEYS = ("artist", "beat", "producer", "genre")
INSTANTS = ("published_at", "saved_at")
NO_PASSWORD = make_password(None)  # signs nobody in
BATCH = 5_000  # rows a transaction; nothing is remembered from one to the next


class Unreadable(Exception):
    """The file as a whole cannot be imported."""


class Refusal(Exception):
    """One row cannot be imported; the message is the reason."""


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


def open_csv(path: Path) -> TextIOWrapper:
    # Bytes that are not UTF-8 come through as surrogates, so that their row can be named.
    file = gzip.open(path) if path.suffix == ".gz" else path.open("rb")  # noqa: SIM115  closed with
    return TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")


def read(file: TextIOWrapper, now: datetime) -> Iterator[Row | RefusedRow]:
    """The rows of `file`. Raises Unreadable where it has not the columns or breaks off."""
    reader = csv.reader(file)
    columns = header(reader)
    while True:
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield RefusedRow(reader.line_num, str(error))
            continue
        except (EOFError, OSError, zlib.error) as error:
            yield RefusedRow(reader.line_num + 1, f"the file breaks off here ({error})")
            return
        if values:
            yield parsed(reader.line_num, values, columns, now)


def header(reader: Iterator[list[str]]) -> dict[str, int]:
    """Where each column stands. Raises Unreadable unless all are there."""
    try:
        names = next(reader, [])
    except (csv.Error, EOFError, OSError, zlib.error) as error:
        raise Unreadable(f"It cannot be read: {error}.") from error
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise Unreadable(
            f"Its first line lacks {', '.join(missing)}. Needed: {','.join(COLUMNS)} (UTF-8)."
        )
    return {name: names.index(name) for name in COLUMNS}


def parsed(
    line: int, values: list[str], columns: dict[str, int], now: datetime
) -> Row | RefusedRow:
    try:
        return row(line, values, columns, now)
    except Refusal as reason:
        return RefusedRow(line, str(reason))


def row(line: int, values: list[str], columns: dict[str, int], now: datetime) -> Row:
    if len(values) <= max(columns.values()):
        raise Refusal(f"{len(values)} columns where {len(columns)} are needed")
    texts = {name: values[at] for name, at in columns.items()}
    for name, text in texts.items():
        check_text(name, text)
    for name in KEYS:
        check_key(name, texts[name])
    instants = {name: instant(name, texts[name]) for name in INSTANTS}
    if instants["saved_at"] > now:
        raise Refusal(f"saved_at {texts['saved_at']} is in the future")
    return Row(line=line, **texts | instants)  # type: ignore[arg-type]


def check_text(name: str, text: str) -> None:
    if not text:
        raise Refusal(f"{name} is empty")
    if "\0" in text:
        raise Refusal(f"{name} holds a NUL byte")
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        raise Refusal(f"{name} is not UTF-8")
    if len(text) > LONGEST_NAME:
        raise Refusal(f"{name} has {len(text):,} characters, at most {LONGEST_NAME} are allowed")


@lru_cache(maxsize=100_000)
def check_key(name: str, text: str) -> None:
    if not is_key(text):
        raise Refusal(f"{name} {echo(text)} is not a key. Allowed: {ALLOWED}")


def instant(name: str, text: str) -> datetime:
    moment = parsed_instant(text)
    if moment is None:
        raise Refusal(
            f"{name} {echo(text)} is not an instant with a zone, such as 2026-05-04T14:00:00Z"
        )
    return moment


def batches(rows: Iterable[Row | RefusedRow]) -> Iterator[list[Row | RefusedRow]]:
    rows = iter(rows)
    return iter(lambda: list(islice(rows, BATCH)), [])


@transaction.atomic
def land(batch: list[Row | RefusedRow]) -> list[RefusedRow]:
    """Put the batch into catalogue and ledger; the rows refused, by line."""
    refused = [item for item in batch if isinstance(item, RefusedRow)]
    rows = [item for item in batch if isinstance(item, Row)]
    artists = ids(
        Artist, {row.artist: Artist(username=row.artist, password=NO_PASSWORD) for row in rows}
    )
    beats = catalogue(rows)
    saves = []
    for item in rows:
        try:
            saves.append(save(item, artists[item.artist], beats[item.beat]))
        except Refusal as reason:
            refused.append(RefusedRow(item.line, str(reason)))
    SavedBeat.objects.bulk_create(saves, ignore_conflicts=True)
    return sorted(refused)


def save(row: Row, artist: int, beat: Beat) -> SavedBeat:
    label = (beat.producer.handle, beat.genre.slug)
    if label != (row.producer, row.genre):
        raise Refusal(
            f"beat {row.beat} is known as by {label[0]} in {label[1]}, "
            f"and comes again as by {row.producer} in {row.genre}"
        )
    if beat.producer.artist_id == artist:
        raise Refusal(f"artist {row.artist} is the producer of beat {row.beat}")
    return SavedBeat(
        artist_id=artist,
        beat=beat,
        producer_id=beat.producer_id,
        genre_id=beat.genre_id,
        created_at=row.saved_at,
    )


def catalogue(rows: list[Row]) -> dict[str, Beat]:
    """The beats of the rows by slug, with their labels; what is not known yet is created."""
    known = beats(rows)
    new: dict[str, Row] = {}
    for row in rows:
        if row.beat not in known:
            new.setdefault(row.beat, row)
    if not new:
        return known
    producers = ids(Producer, {row.producer: new_producer(row.producer) for row in new.values()})
    genres = ids(Genre, {row.genre: new_genre(row.genre) for row in new.values()})
    Beat.objects.bulk_create(
        [
            Beat(
                slug=row.beat,
                title=row.title,
                producer_id=producers[row.producer],
                genre_id=genres[row.genre],
                published_at=row.published_at,
            )
            for row in new.values()
        ],
        ignore_conflicts=True,
    )
    return beats(rows)


def beats(rows: list[Row]) -> dict[str, Beat]:
    """Those that are known, by slug, held as they are with their producers until the commit."""
    slugs = {row.beat for row in rows}
    found = {beat.slug: beat for beat in Beat.objects.held().filter(slug__in=slugs)}
    producers = Producer.objects.held().in_bulk({beat.producer_id for beat in found.values()})
    genres = Genre.objects.in_bulk({beat.genre_id for beat in found.values()})
    for beat in found.values():
        beat.producer, beat.genre = producers[beat.producer_id], genres[beat.genre_id]
    return found


def new_producer(handle: str) -> Producer:
    return Producer(handle=handle, name=handle)


def new_genre(slug: str) -> Genre:
    return Genre(slug=slug, name=slug.replace("-", " ").title())


def ids(model: type[Any], wanted: dict[str, models.Model]) -> dict[str, int]:
    """Primary keys by key, of all that are `wanted`; those that are missing are created."""
    key = "username" if model is Artist else model.KEY
    found = dict(model._default_manager.filter(**{f"{key}__in": wanted}).values_list(key, "pk"))
    # In order, so that two imports at once wait for each other rather than cross.
    missing = [wanted[name] for name in sorted(wanted) if name not in found]
    if not missing:
        return found
    model._default_manager.bulk_create(missing, ignore_conflicts=True)
    return ids(model, wanted)
