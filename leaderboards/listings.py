"""Who is on a board, in which order: everyone, or those whom the lens selects."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from studiomode.beats.models import SavedBeat
from studiomode.beats.windows import Window

from .lenses import FIELDS, Lens, Row
from .ranking import (
    moved,
    neighbourhood,
    previous_ranks,
    ranked_with_totals,
    totals,
)

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

    def remember_totals(self, rows: list[Row]) -> None:
        if rows:  # PostgreSQL sums whole numbers to a Decimal
            self.totals = {name: int(rows[0][name]) for name in TOTALS}


class Selected(Everyone):
    """Those whom the lens selects, in its order.

    They are read whole, which costs less than cutting and counting them in the database: their
    number and order can only be told once everybody is ranked.
    """

    @cached_property
    def totals(self) -> dict[str, int]:
        return {"total_saves": SavedBeat.objects.within(self.window).count()}

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
        selected = moved(self.lens, self.window).filter(self.lens.selects)
        rows = selected.order_by().values_list(*FIELDS)
        return sorted(rows, key=lambda row: self.lens.order(*row))


def listing(lens: Lens, window: Window) -> Everyone:
    return Selected(lens, window) if lens.selects else Everyone(lens, window)
