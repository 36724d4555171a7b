"""The one door to a board: page, JSON, card, command and snapshot all come through here."""

from __future__ import annotations

from dataclasses import dataclass

from studiomode.beats.addresses import absolute
from studiomode.beats.models import Subject
from studiomode.beats.windows import Window

from .lenses import LENSES, Lens, Row
from .listings import Everyone, listing
from .ranking import counted, previous_ranks, standing

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
        return absolute(self.subject.get_absolute_url())

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
    found = listing(lens, window)
    return page_of(found, found.page(offset, limit))


def page_of(found: Everyone, rows: list[Row]) -> Board:
    total = found.totals["total_saves"]
    page = entries(found.lens, rows, total)
    return Board(found.lens, found.window, total, found.count, page)


def recap(window: Window, *, limit: int = PAGE) -> dict[str, Board]:
    """All boards of one window, by the name of their lens."""
    return {name: board(lens, window, limit=limit) for name, lens in LENSES.items()}


def place(lens: Lens, window: Window, subject: Subject) -> Place:
    found, stands = listing(lens, window), standing(lens, window, subject.pk)
    ahead = found.ahead(stands)
    neighbours = page_of(found, around(found, ahead))
    return Place(
        own_entry(neighbours, subject, stands),
        neighbours,
        position=None if ahead is None else ahead + 1,
        **next_better(neighbours, stands),
    )


def around(found: Everyone, ahead: int | None) -> list[Row]:
    """The rows of the subject that so many are listed before, and of its neighbours."""
    if ahead is None:
        return []
    first = max(0, ahead - NEIGHBOURS)
    return found.page(first, ahead - first + 1 + NEIGHBOURS)


def own_entry(board: Board, subject: Subject, stands: Row) -> Entry:
    for listed in board.entries:
        if listed.subject == subject:
            return listed
    before = previous_ranks(board.lens, board.window, [subject.pk]).get(subject.pk)
    rank = stands["better"] + 1 if stands["saves"] else None
    ranks = {"rank": rank, "previous_rank": before}
    return entry(stands | ranks, subject, board.total_saves)


def next_better(board: Board, stands: Row) -> dict[str, int]:
    """`next_rank` and the `gap` to it; neither at #1 and without a rank."""
    target = stands["next_saves"]
    if not stands["saves"] or target is None:
        return {}
    known = [entry.rank for entry in board.entries if entry.saves == target and entry.rank]
    more = counted(board.lens, board.window).filter(saves__gt=target)
    return {"next_rank": known[0] if known else more.count() + 1, "gap": target - stands["saves"]}


def entries(lens: Lens, rows: list[Row], total_saves: int) -> tuple[Entry, ...]:
    """The rows with their subjects, which are fetched for this page alone."""
    subjects = lens.subject.objects.for_board().in_bulk([row["subject"] for row in rows])
    # A subject deleted since the rows were read is left out; its saves went with it.
    return tuple(
        entry(row, subjects[row["subject"]], total_saves)
        for row in rows
        if row["subject"] in subjects
    )


def entry(row: Row, subject: Subject, total_saves: int) -> Entry:
    share = round(100 * row["saves"] / total_saves, 2) if total_saves else None
    return Entry(row["rank"], subject, row["saves"], share, row["previous_rank"])
