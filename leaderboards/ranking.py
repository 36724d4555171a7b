"""Ranking the ledger in the ORM: a GROUP BY of one column, ranks by window functions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import (
    Case,
    Count,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    Q,
    QuerySet,
    RowRange,
    When,
)
from django.db.models import Window as WindowFunction
from django.db.models.expressions import BaseExpression
from django.db.models.functions import Lead, Rank, RowNumber

from studiomode.beats.models import SavedBeat
from studiomode.beats.querysets import SavedBeatQuerySet
from studiomode.beats.windows import Window

from .lenses import Lens
from .slices import Slice

Rows = QuerySet[Any, Any]  # of Row
LISTED = (F("saves").desc(), F("subject").asc())  # the order in which everyone is listed


class AfterRanking(ExpressionWrapper):
    """A column that may be asked about once the ranks are known.

    A plain `.filter(subject=…)` would narrow the ledger first and everyone would be #1. Claiming
    a window makes Django ask outside the ranking, where such a filter belongs.
    """

    contains_over_clause = True


class Over(WindowFunction):
    """A window function over the groups. Django would group by what it orders them by."""

    def get_group_by_cols(self) -> list[BaseExpression]:
        return []


class OverAll(Func):
    """An aggregate over all groups, beside each of them.

    `Window(Sum("saves"))` over a Count is a FieldError.
    """

    template = "%(function)s(%(expressions)s) OVER ()"
    output_field = IntegerField()

    def get_group_by_cols(self) -> list[BaseExpression]:
        return []


def ledger(window: Window, slice: Slice) -> SavedBeatQuerySet:
    """The rows that are ranked: all narrowing is done here, before anything is counted."""
    return SavedBeat.objects.within(window).filter(slice.condition)


def counted(lens: Lens, window: Window, slice: Slice) -> Rows:
    """`subject` and `saves` of all who were saved in `window`."""
    saves = ledger(window, slice)
    return saves.values(subject=F(lens.column)).annotate(saves=Count("*"))


def with_totals(rows: Rows) -> Rows:
    """With `total_saves` and `count` of the whole in every row: no second grouping."""
    return rows.annotate(
        total_saves=OverAll(F("saves"), function="SUM"),
        count=OverAll(F("saves"), function="COUNT"),
    )


def ranked(lens: Lens, window: Window, slice: Slice) -> Rows:
    """`counted` with the `rank` of each."""
    return counted(lens, window, slice).annotate(rank=rank_by("saves"))


def ranked_with_totals(lens: Lens, window: Window, slice: Slice) -> Rows:
    return with_totals(counted(lens, window, slice)).annotate(rank=rank_by("saves"))


def moved(lens: Lens, window: Window, slice: Slice) -> Rows:
    """Who was saved in `window` or the week before, with both ranks; no saves, no rank.

    Filters on the ranks are applied after ranking; one on `saves` would be applied before it and
    so change the ranks of the week before.
    """
    both = Window("both", window.previous.start, window.end)
    return (
        ledger(both, slice)
        .values(subject=F(lens.column))
        .annotate(
            # The outer bounds stand in `within`; a second condition here would cost a fifth.
            saves=Count(lens.column, filter=Q(created_at__gte=window.start)),
            saves_before=Count(lens.column, filter=Q(created_at__lt=window.previous.end)),
        )
        .annotate(rank=rank_if_any("saves"), previous_rank=rank_if_any("saves_before"))
    )


def rank_by(saves: str) -> Over:
    """Competition rank: 1, 2, 2, 4."""
    return Over(Rank(), order_by=F(saves).desc())


def rank_if_any(saves: str) -> Case:
    # Who has no saves comes last in the window and so changes nobody's rank.
    return Case(When(**{f"{saves}__gt": 0}, then=rank_by(saves)), output_field=IntegerField())


def previous_ranks(
    lens: Lens, window: Window, slice: Slice, subjects: Iterable[int]
) -> dict[int, int]:
    """The ranks of `subjects` one week earlier, of those who had one."""
    rows = of_subjects(ranked(lens, window.previous, slice), subjects)
    return dict(rows.values_list("subject", "rank"))


def of_subjects(rows: Rows, subjects: Iterable[int]) -> Rows:
    """The ranked `rows` that are about `subjects`: narrowed once everybody has their rank."""
    asked = AfterRanking(F("subject"), output_field=IntegerField())
    return rows.annotate(asked=asked).filter(asked__in=list(subjects))


def neighbourhood(lens: Lens, window: Window, slice: Slice, subject: int, reach: int) -> Rows:
    """`ranked_with_totals` with `position`, of `subject`, so many on each side, and one more.

    That one is the last of the next better rank, which may stand farther away; `near` tells them
    apart. All of it in one grouping: to count first and then to cut the page would take two.
    """
    rows = ranked_with_totals(lens, window, slice).annotate(**standing(subject, reach))
    return rows.filter(Q(near__gt=0) | IS_NEXT_BETTER).order_by("position")


def standing(subject: int, reach: int) -> dict[str, Any]:
    """What tells of each row how it stands to `subject`: see IS_NEXT_BETTER.

    `near`: whether `subject` is among the rows so many places around. `own_saves`: the saves of
    `subject`, in every row. All windows but that one are the same, which costs one pass.
    """
    places: dict[str, Any] = {"order_by": LISTED, "frame": RowRange(-reach, reach)}
    own = Q(subject=subject)
    return {
        "own_saves": OverAll(Case(When(own, then=F("saves"))), function="MAX"),
        "position": Over(RowNumber(), **places),
        "next_saves": Over(Lead("saves"), **places),
        "near": Over(Count("subject", filter=own), **places),
    }


IS_NEXT_BETTER = Q(saves__gt=F("own_saves"), next_saves=F("own_saves"))


def totals(lens: Lens, window: Window, slice: Slice) -> dict[str, Any]:
    """`total_saves` in the window and `count`, the subjects they went to."""
    return ledger(window, slice).aggregate(
        total_saves=Count("*"), count=Count(lens.column, distinct=True)
    )
