"""The one door to a board: page, JSON, card, command and snapshot all come through here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from studiomode.beats.keyset import comes_before
from studiomode.beats.models import Subject
from studiomode.beats.windows import Window

from .lenses import LENSES, Lens
from .ranking import RankedRows, ranked, totals

PAGE = 10  # entries of a board where nobody asked for another number
MOST = 100  # the longest page
NEIGHBOURS = 2  # on each side of a place


@dataclass(frozen=True)
class Entry:
    """One subject's line. `rank` is None without saves, `previous_rank` when absent then."""

    rank: int | None
    subject: Subject
    saves: int
    share: float | None  # percent of the saves in the window, two decimals
    previous_rank: int | None

    @property
    def key(self) -> str:
        return self.subject.key

    @property
    def name(self) -> str:
        return self.subject.name

    @property
    def url(self) -> str:
        return settings.SITE_URL + self.subject.get_absolute_url()

    @property
    def change(self) -> int | None:
        """Places climbed since the week before; negative for places lost."""
        if self.rank is None or self.previous_rank is None:
            return None
        return self.previous_rank - self.rank

    @property
    def is_new(self) -> bool:
        return self.rank is not None and self.previous_rank is None


@dataclass(frozen=True)
class Board:
    """A lens applied to a window: a page of its entries, in listing order, and the whole's sums."""

    lens: Lens
    window: Window
    total_saves: int
    count: int  # entries of the whole board
    entries: tuple[Entry, ...]

    @property
    def first(self) -> Entry | None:
        return self.entries[0] if self.entries else None


@dataclass(frozen=True)
class Place:
    """Where one subject stands; `position` is None where the board does not list it."""

    entry: Entry
    board: Board  # its entries are the subject and its neighbours
    position: int | None = None  # from 1, in listing order
    next_rank: int | None = None  # the next better one; None at #1
    gap: int | None = None  # saves to draw level with it

    @property
    def above(self) -> tuple[Entry, ...]:
        return self.board.entries[: self.own]

    @property
    def below(self) -> tuple[Entry, ...]:
        return self.board.entries[self.own + 1 :]

    @property
    def own(self) -> int:
        """Where among its neighbours the subject stands."""
        return min(NEIGHBOURS, self.position - 1) if self.position else 0


def board(lens: Lens, window: Window, *, limit: int = PAGE, offset: int = 0) -> Board:
    sums = totals(lens, window)
    rows = listed(lens, window)
    count = sums["count"] if lens.lists_everyone else rows.count()
    page = entries(lens, rows[offset : offset + limit], sums["total_saves"])
    return Board(lens, window, sums["total_saves"], count, page)


def recap(window: Window, *, limit: int = PAGE) -> dict[str, Board]:
    """All boards of one window, by the name of their lens."""
    return {name: board(lens, window, limit=limit) for name, lens in LENSES.items()}


def place(lens: Lens, window: Window, subject: Subject) -> Place:
    row = ranked(lens, window).filter(subject=subject.pk).order_by("subject").first() or NO_SAVES
    ahead = places_ahead(lens, window, row)
    neighbours = board(lens, window, **neighbourhood(ahead))
    better = next_better(lens, window, row)
    return Place(
        entry(row, subject, neighbours.total_saves),
        neighbours,
        position=None if ahead is None else ahead + 1,
        next_rank=better["rank"] if better else None,
        gap=better["saves"] - row["saves"] if better else None,
    )


NO_SAVES: dict[str, Any] = {
    "subject": None,
    "saves": 0,
    "rank": None,
    "previous_rank": None,
    "climb": None,
}


def neighbourhood(ahead: int | None) -> dict[str, int]:
    """The page of the board around whom `ahead` are listed before; of nobody, an empty one."""
    if ahead is None:
        return {"limit": 0}
    first = max(0, ahead - NEIGHBOURS)
    return {"offset": first, "limit": ahead + NEIGHBOURS + 1 - first}


def listed(lens: Lens, window: Window) -> RankedRows:
    return ranked(lens, window).filter(lens.entries).order_by(*lens.order)


def places_ahead(lens: Lens, window: Window, row: dict[str, Any]) -> int | None:
    """How many are listed ahead of `row`; None when it is not listed itself."""
    rows = listed(lens, window)
    if not rows.filter(subject=row["subject"]).exists():
        return None
    values = [row[column.removeprefix("-")] for column in lens.order]
    return rows.filter(comes_before(lens.order, values)).count()


def next_better(lens: Lens, window: Window, row: dict[str, Any]) -> dict[str, int] | None:
    """`rank` and `saves` of the next better rank; None at #1 and without a rank."""
    if row["rank"] is None:
        return None
    better = ranked(lens, window).filter(rank__lt=row["rank"]).order_by("-rank")
    return better.values("rank", "saves").first()


def entries(lens: Lens, rows: Iterable[dict[str, Any]], total_saves: int) -> tuple[Entry, ...]:
    """The rows with their subjects, which are fetched for this page alone."""
    rows = list(rows)
    subjects = lens.subject.objects.for_board().in_bulk([row["subject"] for row in rows])
    # A subject deleted since the rows were read is left out; its saves went with it.
    return tuple(
        entry(row, subjects[row["subject"]], total_saves)
        for row in rows
        if row["subject"] in subjects
    )


def entry(row: dict[str, Any], subject: Subject, total_saves: int) -> Entry:
    share = round(100 * row["saves"] / total_saves, 2) if total_saves else None
    return Entry(row["rank"], subject, row["saves"], share, row["previous_rank"])
