"""Saves from a CSV file into the ledger: streamed, row by row accountable, idempotent."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models.functions import Lower

from .inputs import echo, parsed_instant
from .keys import ALLOWED, is_key
from .models import LONGEST_NAME, Artist, Beat, Genre, Producer, SavedBeat, Subject

COLUMNS = ("artist", "beat", "title", "producer", "genre", "published_at", "saved_at")
KEYS = ("artist", "beat", "producer", "genre")
INSTANTS = ("published_at", "saved_at")
csv.field_size_limit(10_000)  # characters; an unclosed quote is noticed there at the latest
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


class Lines:
    """The file line by line, with those of the row under way kept to be read again."""

    def __init__(self, file: Iterator[str]) -> None:
        self.file, self.row, self.again, self.number = file, deque[str](), deque[str](), 0

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        line = self.again.popleft() if self.again else next(self.file)
        self.row.append(line)
        self.number += 1
        return line

    def begin_row(self) -> int:
        """The number of its first line."""
        self.row.clear()
        return self.number + 1

    def give_back(self) -> None:
        """All lines of the row but the first: an unclosed quote has run away with them."""
        self.row.popleft()
        self.number -= len(self.row)
        self.again.extendleft(reversed(self.row))


def read(file: Iterator[str], now: datetime) -> Iterator[Row | RefusedRow]:
    """The rows of `file`. Raises Unreadable where it has not the columns."""
    lines = Lines(file)
    reader = csv.reader(lines, strict=True)
    columns = header(reader)
    while True:
        line = lines.begin_row()
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines.give_back()
            yield RefusedRow(line, f"it is not CSV: {error}")
            continue
        except (EOFError, OSError, zlib.error) as error:
            yield RefusedRow(lines.number + 1, f"the file breaks off here ({error})")
            return
        if values:
            yield parsed(line, values, columns, now)


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
    if instants["published_at"] > now:
        raise Refusal(f"published_at {texts['published_at']} is in the future")
    return Row(line=line, **texts | instants)  # type: ignore[arg-type]


def check_text(name: str, text: str) -> None:
    if not text.strip():
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
    known_artists, known_beats = artists(rows), catalogue(rows)
    saves = []
    for item in rows:
        try:
            saves.append(save(item, known_artists, known_beats))
        except Refusal as reason:
            refused.append(RefusedRow(item.line, str(reason)))
    SavedBeat.objects.bulk_create(saves, ignore_conflicts=True)
    return sorted(refused)


def save(row: Row, artists: dict[str, Artist], beats: dict[str, Beat]) -> SavedBeat:
    artist, beat = artists[row.artist.lower()], beats[row.beat]
    if artist.username != row.artist:
        raise Refusal(f"artist {row.artist} is known as {artist.username}")
    label = (beat.producer.handle, beat.genre.slug)
    if label != (row.producer, row.genre):
        raise Refusal(
            f"beat {row.beat} is known as by {label[0]} in {label[1]}, "
            f"and comes again as by {row.producer} in {row.genre}"
        )
    if beat.producer.artist_id == artist.pk:
        raise Refusal(f"artist {row.artist} is the producer of beat {row.beat}")
    found = beat.saved_by(artist)
    found.created_at = row.saved_at
    return found


def artists(rows: list[Row]) -> dict[str, Artist]:
    """The artists of the rows, by name in lower case; those not known yet are created."""
    wanted = {row.artist.lower(): row.artist for row in reversed(rows)}
    known = Artist.objects.alias(lower=Lower("username")).filter(lower__in=wanted)
    found: dict[str, Artist] = {artist.username.lower(): artist for artist in known}
    missing = [wanted[name] for name in sorted(wanted) if name not in found]
    if not missing:
        return found
    Artist.objects.bulk_create(
        [Artist(username=name, password=NO_PASSWORD) for name in missing], ignore_conflicts=True
    )
    return artists(rows)


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
            for _, row in sorted(new.items())  # in order, as in ids()
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


def ids(model: type[Subject], wanted: dict[str, Any]) -> dict[str, int]:
    """Primary keys by key, of all that are `wanted`; those that are missing are created."""
    known = model.objects.filter(**{f"{model.KEY}__in": wanted})
    found = dict(known.values_list(model.KEY, "pk"))
    # In order, so that two imports at once wait for each other rather than cross.
    missing = [wanted[name] for name in sorted(wanted) if name not in found]
    if not missing:
        return found
    model.objects.bulk_create(missing, ignore_conflicts=True)
    return ids(model, wanted)
