"""Ranking the ledger in the ORM: one GROUP BY over two weeks, ranks by window functions."""

from __future__ import annotations

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
    When,
    Window,
)
from django.db.models.expressions import BaseExpression
from django.db.models.functions import Rank

from studiomode.beats.models import SavedBeat
from studiomode.beats.windows import Window as Span

from .lenses import Lens

RankedRows = QuerySet[Any, dict[str, Any]]


class AfterRanking(ExpressionWrapper):
    """A column that may be asked about once the ranks are known.

    A plain `.filter(producer=…)` would narrow the ledger first and everyone would be #1. Claiming
    a window makes Django ask outside the ranking, where such a filter belongs.
    """

    contains_over_clause = True


class Difference(Func):
    """`a - b` of two windows. Django would group by `F("a") - F("b")`, which no database can."""

    template = "(%(expressions)s)"
    arg_joiner = " - "
    output_field = IntegerField()

    def get_group_by_cols(self) -> list[BaseExpression]:
        return []


def ranked(lens: Lens, window: Span) -> RankedRows:
    """A row for each subject saved in `window` or the one before it.

    Columns: `subject` (its primary key), `saves`, `rank`, `previous_rank`, `climb`. No saves, no
    rank: None. Filters on these are applied after ranking, except on `saves`, which would be
    applied before it and so change the ranks.
    """
    return (
        SavedBeat.objects.within(Span("both", window.previous.start, window.end))
        .values(lens.column)
        .annotate(saves=saves_in(lens, window), saves_before=saves_in(lens, window.previous))
        .annotate(rank=rank_by("saves"), previous_rank=rank_by("saves_before"))
        .annotate(
            climb=Difference(F("previous_rank"), F("rank")),
            subject=AfterRanking(F(lens.column), output_field=IntegerField()),
        )
    )


def saves_in(lens: Lens, window: Span) -> Count:
    inside = Q(created_at__gte=window.start, created_at__lt=window.end)
    return Count(lens.column, filter=inside)


def rank_by(saves: str) -> Case:
    """Competition rank. Who has no saves is ranked last by the window and then not at all."""
    rank = Window(Rank(), order_by=F(saves).desc())
    return Case(When(**{f"{saves}__gt": 0}, then=rank), output_field=IntegerField())


def totals(lens: Lens, window: Span) -> dict[str, Any]:
    """`total_saves` in the window and `count`, the subjects they went to."""
    saves = SavedBeat.objects.within(window)
    return saves.aggregate(total_saves=Count("*"), count=Count(lens.column, distinct=True))
