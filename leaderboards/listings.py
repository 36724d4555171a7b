"""Who is on a board, in which order: everyone, or those whom the lens selects."""

from __future__ import annotations

from functools import cached_property

from studiomode.beats.windows import Window

from .lenses import FIELDS, Lens, Row
from .ranking import moved, previous_ranks, ranked_with_totals, totals


class Everyone:
    """All who were saved, by saves, then by primary key. The database cuts the pages."""

    def __init__(self, lens: Lens, window: Window) -> None:
        self.lens, self.window = lens, window

    @cached_property
    def totals(self) -> dict[str, int]:
        """Of the whole board; asked for by itself where no page has brought it along."""
        return totals(self.lens, self.window)

    @property
    def count(self) -> int:
        return self.totals["count"]

    def page(self, offset: int, limit: int) -> list[Row]:
        rows = ranked_with_totals(self.lens, self.window).order_by("-saves", "subject")
        page = list(rows[offset : offset + limit])
        if page:  # PostgreSQL sums whole numbers to a Decimal
            self.totals = {name: int(page[0][name]) for name in ("total_saves", "count")}
        before = previous_ranks(self.lens, self.window, [row["subject"] for row in page])
        return [row | {"previous_rank": before.get(row["subject"])} for row in page]

    def ahead(self, stands: Row) -> int | None:
        """How many are listed before the subject that `stands` so; None when it is not listed."""
        return stands["ahead"] if stands["saves"] else None


class Selected(Everyone):
    """Those whom the lens selects, in its order.

    They are read whole, which costs less than cutting and counting them in the database: their
    number and order can only be told once everybody is ranked.
    """

    @property
    def count(self) -> int:
        return len(self.rows)

    def page(self, offset: int, limit: int) -> list[Row]:
        return [dict(zip(FIELDS, row, strict=True)) for row in self.rows[offset : offset + limit]]

    def ahead(self, stands: Row) -> int | None:
        subjects = [subject for subject, *_ in self.rows]
        return subjects.index(stands["subject"]) if stands["subject"] in subjects else None

    @cached_property
    def rows(self) -> list[tuple[int, ...]]:
        selected = moved(self.lens, self.window).filter(self.lens.selects)
        rows = selected.order_by().values_list(*FIELDS)
        return sorted(rows, key=lambda row: self.lens.order(*row))


def listing(lens: Lens, window: Window) -> Everyone:
    return Selected(lens, window) if lens.selects else Everyone(lens, window)
