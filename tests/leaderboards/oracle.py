"""The boards counted by brute force in plain Python. Shares no code with the project."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

WEEK = timedelta(days=7)
COLUMNS = {"producers": "producer", "movers": "producer", "beats": "beat", "genres": "genre"}


class Save(NamedTuple):
    """A row of the ledger; all but `at` are primary keys."""

    artist: int
    beat: int
    producer: int
    genre: int
    at: datetime


class Line(NamedTuple):
    rank: int | None
    subject: int
    saves: int
    previous_rank: int | None


def bounds(window: str, at: datetime) -> tuple[datetime, datetime]:
    if window == "7d":
        return at - WEEK, at
    monday = datetime.strptime(f"{window}-1", "%G-W%V-%u").replace(tzinfo=UTC)
    return monday, min(monday + WEEK, at)


def counted(saves: Iterable[Save], lens: str, start: datetime, end: datetime) -> Counter[int]:
    return Counter(getattr(save, COLUMNS[lens]) for save in saves if start <= save.at < end)


def ranks(counts: Counter[int]) -> dict[int, int]:
    return {subject: 1 + sum(n > own for n in counts.values()) for subject, own in counts.items()}


def line(saves: list[Save], lens: str, window: str, at: datetime, subject: int) -> Line:
    start, end = bounds(window, at)
    now, then = (
        counted(saves, lens, start, end),
        counted(saves, lens, start - WEEK, end - WEEK),
    )
    return Line(ranks(now).get(subject), subject, now[subject], ranks(then).get(subject))


def board(saves: list[Save], lens: str, window: str, at: datetime) -> list[Line]:
    """Every line of the board, in listing order."""
    subjects = counted(saves, lens, *bounds(window, at))
    lines = [line(saves, lens, window, at, subject) for subject in subjects]
    if lens != "movers":
        return sorted(lines, key=lambda one: (one.rank, one.subject))
    movers = [one for one in lines if one.previous_rank and one.previous_rank > one.rank]
    return sorted(movers, key=lambda one: (one.rank - one.previous_rank, one.rank, one.subject))


def gap(saves: list[Save], lens: str, window: str, at: datetime, subject: int) -> int | None:
    counts = counted(saves, lens, *bounds(window, at))
    better = [n for n in counts.values() if n > counts[subject]]
    return min(better) - counts[subject] if better and counts[subject] else None
