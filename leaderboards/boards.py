"""The one door to a board: page, JSON, card, command and snapshot all come through here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass, replace

from studiomode.beats.addresses import absolute
from studiomode.beats.models import Subject
from studiomode.beats.reading import one_reading
from studiomode.beats.windows import Window

from .lenses import LENSES, Lens, Row
from .listings import Listed, chosen, pages, stand
from .slices import WHOLE, Slice

PAGE = 10  # entries of a board where nobody asked for another number
MOST = 100  # the longest page
NEIGHBOURS = 2  # on each side of a place

Named = dict[type[Subject], dict[int, Subject]]


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
    slice: Slice = WHOLE

    @property
    def shown(self) -> list[int]:
        """The primary keys of the subjects on this page."""
        return [entry.subject.pk for entry in self.entries]


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


def boards(
    lenses: Iterable[Lens],
    window: Window,
    *,
    limit: int = PAGE,
    offset: int = 0,
    slice: Slice = WHOLE,
) -> dict[str, Board]:
    """The same page of each board, by the name of its lens."""
    lenses = list(lenses)
    groups = by_column(lenses)
    found: dict[str, Listed] = {}
    with one_reading() if len(groups) > 1 else nullcontext():  # one statement is one by itself
        for group in groups:
            listed = pages(group, window, slice, offset=offset, limit=limit)
            found |= {lens.name: page for lens, page in zip(group, listed, strict=True)}
        named = subjects_of((lens, found[lens.name].rows) for lens in lenses)
    return {lens.name: page_of(lens, window, slice, found[lens.name], named) for lens in lenses}


def by_column(lenses: list[Lens]) -> list[list[Lens]]:
    """Those of one column share its groupings."""
    columns = dict.fromkeys(lens.column for lens in lenses)
    return [[lens for lens in lenses if lens.column == column] for column in columns]


def board(lens: Lens, window: Window, *, limit: int = PAGE, offset: int = 0) -> Board:
    return boards([lens], window, limit=limit, offset=offset)[lens.name]


def places(lens: Lens, window: Window, subjects: list[Subject], slice: Slice = WHOLE) -> Board:
    """The board with the entries of `subjects` alone, in their order, whether it lists them or not.

    Ranks are those on the whole board.
    """
    found = chosen(lens, window, slice, [subject.pk for subject in subjects])
    rows = {row["subject"]: row for row in found.rows}
    in_order = replace(found, rows=[rows[subject.pk] for subject in subjects])
    return page_of(lens, window, slice, in_order, subjects_of([(lens, in_order.rows)]))


def recap(window: Window, *, limit: int = PAGE) -> dict[str, Board]:
    """All boards of one window."""
    return boards(LENSES.values(), window, limit=limit)


def page_of(lens: Lens, window: Window, slice: Slice, found: Listed, named: Named) -> Board:
    page = entries(found.rows, found.total_saves, named[lens.subject])
    return Board(lens, window, found.total_saves, found.count, page, slice)


def place(lens: Lens, window: Window, subject: Subject, slice: Slice = WHOLE) -> Place:
    found = stand(lens, window, slice, subject.pk, NEIGHBOURS)
    named = subjects_of([(lens, found.around.rows)])
    around = page_of(lens, window, slice, found.around, named)
    own = entry(found.own, subject, around.total_saves)
    return Place(own, around, found.own["place"], *next_better(found.own))


def next_better(own: Row) -> tuple[int | None, int | None]:
    """The next better rank and the saves to draw level with it; neither at #1 and unranked."""
    if own["rank"] is None or own["better_rank"] is None:
        return None, None
    return own["better_rank"], own["better_saves"] - own["saves"]


def subjects_of(found: Iterable[tuple[Lens, list[Row]]]) -> Named:
    """Whoever is in the rows by model and primary key, each fetched once for all the pages."""
    wanted: dict[type[Subject], set[int]] = defaultdict(set)
    for lens, rows in found:
        wanted[lens.subject].update(row["subject"] for row in rows)
    return {model: model.objects.for_board().in_bulk(keys) for model, keys in wanted.items()}


def entries(rows: list[Row], total_saves: int, subjects: dict[int, Subject]) -> tuple[Entry, ...]:
    # A subject deleted since the rows were read is left out; its saves went with it.
    return tuple(
        entry(row, subjects[row["subject"]], total_saves)
        for row in rows
        if row["subject"] in subjects
    )


def entry(row: Row, subject: Subject, total_saves: int) -> Entry:
    share = round(100 * row["saves"] / total_saves, 2) if total_saves else None
    return Entry(row["rank"], subject, row["saves"], share, row["previous_rank"])
