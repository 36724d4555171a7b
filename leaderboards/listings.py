"""Who is on a board, in which order: everyone, or those whom the lens selects."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from studiomode.beats.windows import Window

from .lenses import FIELDS, Lens, Row
from .ranking import (
    ledger,
    moved,
    neighbourhood,
    of_subjects,
    previous_ranks,
    ranked_with_totals,
    totals,
)
from .slices import Slice

TOTALS = ("total_saves", "count")


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

    def __init__(self, lens: Lens, window: Window, slice: Slice) -> None:
        self.lens, self.window, self.slice = lens, window, slice

    @cached_property
    def totals(self) -> dict[str, int]:
        """Of the window; asked for by themselves where no row has brought them along."""
        return totals(self.lens, self.window, self.slice)

    @property
    def count(self) -> int:
        return self.totals["count"]

    def page(self, offset: int, limit: int) -> list[Row]:
        rows = ranked_with_totals(self.lens, self.window, self.slice).order_by("-saves", "subject")
        return self.with_previous(list(rows[offset : offset + limit]))

    def stand(self, subject: int, reach: int) -> Stand:
        rows = list(neighbourhood(self.lens, self.window, self.slice, subject, reach))
        listed = self.with_previous([row for row in rows if row["near"]])
        own = next((row for row in listed if row["subject"] == subject), None)
        better = [row for row in rows if own and row["saves"] > own["saves"]]
        return Stand(own, better[-1] if better else None, listed, own["position"] if own else None)

    def of(self, subjects: list[int]) -> list[Row]:
        """Their rows, in their order; without saves they have no rank."""
        rows = ranked_with_totals(self.lens, self.window, self.slice)
        saved = {row["subject"]: row for row in of_subjects(rows, subjects)}
        unsaved = {"saves": 0, "rank": None}
        found = [saved.get(subject, {"subject": subject, **unsaved}) for subject in subjects]
        return self.with_previous(found)

    def with_previous(self, rows: list[Row]) -> list[Row]:
        self.remember_totals(rows)
        subjects = [row["subject"] for row in rows]
        before = previous_ranks(self.lens, self.window, self.slice, subjects)
        return [row | {"previous_rank": before.get(row["subject"])} for row in rows]

    def remember_totals(self, rows: list[Row]) -> None:
        told = next((row for row in rows if "count" in row), None)
        if told:  # PostgreSQL sums whole numbers to a Decimal
            self.totals = {name: int(told[name]) for name in TOTALS}


class Selected(Everyone):
    """Those whom the lens selects, in its order.

    They are read whole, which costs less than cutting and counting them in the database: their
    number and order can only be told once everybody is ranked.
    """

    @cached_property
    def totals(self) -> dict[str, int]:
        return {"total_saves": ledger(self.window, self.slice).count()}

    @property
    def count(self) -> int:
        return len(self.rows)

    def page(self, offset: int, limit: int) -> list[Row]:
        return [dict(zip(FIELDS, row, strict=True)) for row in self.rows[offset : offset + limit]]

    def stand(self, subject: int, reach: int) -> Stand:
        """By saves as everybody does; by position among those selected."""
        by_saves = super().stand(subject, reach=0)
        subjects = [row[0] for row in self.rows]
        if subject not in subjects:
            return replace(by_saves, listed=[], position=None)
        ahead = subjects.index(subject)
        first = max(0, ahead - reach)
        listed = self.page(first, ahead - first + 1 + reach)
        return replace(by_saves, listed=listed, position=ahead + 1)

    @cached_property
    def rows(self) -> list[tuple[int, ...]]:
        selected = moved(self.lens, self.window, self.slice).filter(self.lens.selects)
        rows = selected.order_by().values_list(*FIELDS)
        return sorted(rows, key=lambda row: self.lens.order(*row))


def listing(lens: Lens, window: Window, slice: Slice) -> Everyone:
    kind = Selected if lens.selects else Everyone
    return kind(lens, window, slice)
