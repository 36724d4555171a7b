"""Who is on a board, in which order: everyone, or those whom the lens selects."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Case, Q, When

from studiomode.beats.windows import Window

from .lenses import FIELDS, Lens, Row
from .ranking import (
    IS_NEXT_BETTER,
    Rows,
    moved,
    neighbourhood,
    previous_ranks,
    ranked_with_totals,
    standing,
    totals,
)

TOTALS = ("total_saves", "count")
Line = Any  # a named tuple of FIELDS, position, selected and TOTALS


@dataclass(frozen=True)
class Stand:
    """Where a subject stands: its row and one of the next better rank, where there are such.

    `listed` are the rows of the subject and its neighbours, in listing order; none without a
    `position`, which counts from 1.
    """

    own: Row | None
    better: Row | None
    listed: list[Row]
    position: int | None


class Everyone:
    """All who were saved, by saves, then by primary key. The database cuts the pages."""

    def __init__(self, lens: Lens, window: Window) -> None:
        self.lens, self.window = lens, window

    @cached_property
    def totals(self) -> dict[str, int]:
        """Of the window; asked for by themselves where no row has brought them along."""
        return totals(self.lens, self.window)

    @property
    def count(self) -> int:
        return self.totals["count"]

    def page(self, offset: int, limit: int) -> list[Row]:
        rows = ranked_with_totals(self.lens, self.window).order_by("-saves", "subject")
        return self.with_previous(list(rows[offset : offset + limit]))

    def stand(self, subject: int, reach: int) -> Stand:
        rows = list(neighbourhood(self.lens, self.window, subject, reach))
        listed = self.with_previous([row for row in rows if row["near"]])
        own = next((row for row in listed if row["subject"] == subject), None)
        better = [row for row in rows if own and row["saves"] > own["saves"]]
        return Stand(own, better[-1] if better else None, listed, own["position"] if own else None)

    def with_previous(self, rows: list[Row]) -> list[Row]:
        self.remember_totals(rows)
        before = previous_ranks(self.lens, self.window, [row["subject"] for row in rows])
        return [row | {"previous_rank": before.get(row["subject"])} for row in rows]

    def remember_totals(self, rows: Iterable[Row]) -> None:
        for row in rows:  # PostgreSQL sums whole numbers to a Decimal
            self.totals = {name: int(row[name]) for name in TOTALS}
            return


class Selected(Everyone):
    """Those whom the lens selects, in its order.

    They are read whole, which costs less than cutting and counting them in the database: their
    number and order can only be told once everybody is ranked. Beside them the `first` so many of
    everyone are read along, for a lens on the same column.
    """

    def __init__(self, lens: Lens, window: Window, first: int = 0) -> None:
        super().__init__(lens, window)
        self.first = first

    @property
    def count(self) -> int:
        return len(self.selected)

    def page(self, offset: int, limit: int) -> list[Row]:
        return [line._asdict() for line in self.selected[offset : offset + limit]]

    def stand(self, subject: int, reach: int) -> Stand:
        rows = moved(self.lens, self.window).annotate(**standing(subject, reach=0))
        self.lines = self.read(rows, Q(near__gt=0) | IS_NEXT_BETTER)
        own = next((line for line in self.lines if line.subject == subject), None)
        better = [line for line in self.lines if own and line.saves > own.saves > 0]
        return Stand(
            own and own._asdict(),
            max(better, key=lambda line: line.position)._asdict() if better else None,
            *self.around(own, reach),
        )

    def around(self, own: Line | None, reach: int) -> tuple[list[Row], int | None]:
        """The rows listed around `own`, and its position on the board."""
        if own is None or not own.selected:
            return [], None
        ahead = self.selected.index(own)
        first = max(0, ahead - reach)
        return self.page(first, ahead - first + 1 + reach), ahead + 1

    @cached_property
    def lines(self) -> list[Line]:
        return self.read(moved(self.lens, self.window), Q(position__lte=self.first))

    @cached_property
    def selected(self) -> list[Line]:
        selected = (line for line in self.lines if line.selected)
        return sorted(selected, key=lambda line: self.lens.order(*line[: len(FIELDS)]))

    def read(self, rows: Rows, others: Q) -> list[Line]:
        """Those selected and the others, in no order."""
        selects = self.lens.selects or Q()
        selected = Case(When(selects, then=True), default=False)
        asked = rows.annotate(selected=selected).filter(selects | others).order_by()
        lines = list(asked.values_list(*FIELDS, "position", "selected", *TOTALS, named=True))
        self.remember_totals(line._asdict() for line in lines[:1])
        return lines


class First(Everyone):
    """The first of everyone, out of the query that `beside` makes of the same column anyway."""

    def __init__(self, lens: Lens, beside: Selected) -> None:
        super().__init__(lens, beside.window)
        self.beside = beside

    def page(self, offset: int, limit: int) -> list[Row]:
        shown = range(offset + 1, offset + limit + 1)
        first = [line for line in self.beside.lines if line.rank and line.position in shown]
        self.totals = self.beside.totals
        return [line._asdict() for line in sorted(first, key=lambda line: line.position)]


def listing(lens: Lens, window: Window) -> Everyone:
    return listings([lens], window)[lens.name]


def listings(lenses: list[Lens], window: Window, first: int = 0) -> dict[str, Everyone]:
    """One a lens, to be read as far as `first`.

    Where a lens ranks both weeks of a column, another on that column takes its own from there.
    """
    selected = {lens: Selected(lens, window, first) for lens in lenses if lens.selects}
    beside = {lens.column: listed for lens, listed in selected.items()}
    return {
        lens.name: selected.get(lens) or everyone(lens, window, beside.get(lens.column))
        for lens in lenses
    }


def everyone(lens: Lens, window: Window, beside: Selected | None) -> Everyone:
    return First(lens, beside) if beside else Everyone(lens, window)
