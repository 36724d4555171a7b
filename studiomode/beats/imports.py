"""A CSV file of saves: read row by row, each one checked, and the reason told where it is refused.

What is good goes on to `landing`, a batch at a time.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from io import TextIOWrapper
from itertools import islice
from operator import itemgetter
from pathlib import Path

from .inputs import echo, parsed_instant
from .keys import ALLOWED, is_key
from .landing import Landed, RefusedRow, Row, land
from .models import LONGEST_NAME

COLUMNS = ("artist", "beat", "title", "producer", "genre", "published_at", "saved_at")
csv.field_size_limit(10_000)  # characters; an unclosed quote is noticed there at the latest
BATCH = 20_000  # rows a transaction; nothing is remembered from one to the next

Pick = Callable[[list[str]], tuple[str, ...]]  # the texts of COLUMNS, in their order


class Unreadable(Exception):
    """The file as a whole cannot be imported."""


class Refusal(Exception):
    """One row cannot be imported; the message is the reason."""


def import_saves(path: Path, now: datetime) -> Iterator[Landed]:
    """Batch by batch, as each has landed. Raises Unreadable, or OSError where there is no file."""
    with open_csv(path) as file:
        for batch in batches(read(file, now)):
            yield land(batch)


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
    pick = header(reader)
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
            yield checked(line, values, pick, now)


def header(reader: Iterator[list[str]]) -> Pick:
    """What picks our columns out of a row. Raises Unreadable unless all are there."""
    try:
        names = next(reader, [])
    except (csv.Error, EOFError, OSError, zlib.error) as error:
        raise Unreadable(f"It cannot be read: {error}.") from error
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise Unreadable(
            f"Its first line lacks {', '.join(missing)}. Needed: {','.join(COLUMNS)} (UTF-8)."
        )
    return itemgetter(*map(names.index, COLUMNS))


def checked(line: int, values: list[str], pick: Pick, now: datetime) -> Row | RefusedRow:
    try:
        return row(line, pick(values), now)
    except IndexError:
        return RefusedRow(line, f"{len(values)} columns where {len(COLUMNS)} are needed")
    except Refusal as reason:
        return RefusedRow(line, str(reason))


def row(line: int, texts: tuple[str, ...], now: datetime) -> Row:
    artist, beat, title, producer, genre, published_at, saved_at = texts
    return Row(
        line,
        key("artist", artist),
        key("beat", beat),
        name("title", title),
        key("producer", producer),
        key("genre", genre),
        instant("published_at", published_at, now),
        instant("saved_at", saved_at, now),
    )


def key(column: str, text: str) -> str:
    if is_key(text):
        return text
    name(column, text)  # which may have more to say
    raise Refusal(f"{column} {echo(text)} is not a key. Allowed: {ALLOWED}")


def name(column: str, text: str) -> str:
    if not text.strip():
        raise Refusal(f"{column} is empty")
    if "\0" in text:
        raise Refusal(f"{column} holds a NUL byte")
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        raise Refusal(f"{column} is not UTF-8")
    if len(text) > LONGEST_NAME:
        raise Refusal(f"{column} has {len(text):,} characters, at most {LONGEST_NAME} are allowed")
    return text


def instant(column: str, text: str, now: datetime) -> datetime:
    moment = parsed_instant(text)
    if moment is None:
        name(column, text)  # which may have more to say
        raise Refusal(
            f"{column} {echo(text)} is not an instant with a zone, such as 2026-05-04T14:00:00Z"
        )
    if moment > now:
        raise Refusal(f"{column} {text} is in the future")
    return moment


def batches(rows: Iterable[Row | RefusedRow]) -> Iterator[list[Row | RefusedRow]]:
    rows = iter(rows)
    return iter(lambda: list(islice(rows, BATCH)), [])
