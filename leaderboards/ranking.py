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
    Min,
    Q,
    QuerySet,
    When,
)
from django.db.models import Window as Over
from django.db.models.expressions import BaseExpression
from django.db.models.functions import Rank

from studiomode.beats.models import SavedBeat
from studiomode.beats.windows import Window

from .lenses import Lens

Rows = QuerySet[Any, Any]  # of Row


class AfterRanking(ExpressionWrapper):
    """A column that may be asked about once the ranks are known.

    A plain `.filter(subject=…)` would narrow the ledger first and everyone would be #1. Claiming
    a window makes Django ask outside the ranking, where such a filter belongs.
    """

    contains_over_clause = True


class OverAll(Func):
    """An aggregate over all groups, beside each of them.

    `Window(Sum("saves"))` over a Count is a FieldError. Annotate it before any window function:
    Django would then group by those.
    """

    template = "%(function)s(%(expressions)s) OVER ()"
    output_field = IntegerField()

    def get_group_by_cols(self) -> list[BaseExpression]:
        return []


def counted(lens: Lens, window: Window) -> Rows:
    """`subject` and `saves` of all who were saved in `window`."""
    saves = SavedBeat.objects.within(window)
    return saves.values(subject=F(lens.column)).annotate(saves=Count("*"))


def ranked(lens: Lens, window: Window) -> Rows:
    """The same with their `rank`."""
    return counted(lens, window).annotate(rank=rank_by("saves"))


def ranked_with_totals(lens: Lens, window: Window) -> Rows:
    """The same with `total_saves` and `count` of the whole in every row: no second grouping."""
    whole = {
        "total_saves": OverAll(F("saves"), function="SUM"),
        "count": OverAll(F("saves"), function="COUNT"),
    }
    return counted(lens, window).annotate(**whole).annotate(rank=rank_by("saves"))


def rank_by(saves: str) -> Over:
    """Competition rank: 1, 2, 2, 4."""
    return Over(Rank(), order_by=F(saves).desc())


def previous_ranks(lens: Lens, window: Window, subjects: Iterable[int]) -> dict[int, int]:
    """The ranks of `subjects` one week earlier, of those who had one."""
    asked = AfterRanking(F("subject"), output_field=IntegerField())
    rows = ranked(lens, window.previous).annotate(asked=asked).filter(asked__in=list(subjects))
    return dict(rows.values_list("subject", "rank"))


def moved(lens: Lens, window: Window) -> Rows:
    """Who was saved in `window` or the week before, with both ranks; no saves, no rank.

    Filters on the ranks are applied after ranking; one on `saves` would be applied before it and
    so change the ranks of the week before.
    """
    both = Window("both", window.previous.start, window.end)
    return (
        SavedBeat.objects.within(both)
        .values(subject=F(lens.column))
        .annotate(
            # The outer bounds stand in `within`; a second condition here would cost a fifth.
            saves=Count(lens.column, filter=Q(created_at__gte=window.start)),
            saves_before=Count(lens.column, filter=Q(created_at__lt=window.previous.end)),
        )
        .annotate(rank=rank_if_any("saves"), previous_rank=rank_if_any("saves_before"))
    )


def rank_if_any(saves: str) -> Case:
    # Who has no saves comes last in the window and so changes nobody's rank.
    return Case(When(**{f"{saves}__gt": 0}, then=rank_by(saves)), output_field=IntegerField())


def totals(lens: Lens, window: Window) -> dict[str, Any]:
    """`total_saves` in the window and `count`, the subjects they went to."""
    saves = SavedBeat.objects.within(window)
    return saves.aggregate(total_saves=Count("*"), count=Count(lens.column, distinct=True))


def standing(lens: Lens, window: Window, subject: int) -> dict[str, Any]:
    """Where `subject` stands by saves: counts, without ranking anybody.

    `subject`, `saves`, `better` (how many have more), `ahead` (how many are listed before, by
    saves) and `next_saves` (of the next better rank, None at #1).
    """
    saves = SavedBeat.objects.within(window).filter(**{lens.column: subject}).count()
    more = Q(saves__gt=saves)
    return {"subject": subject, "saves": saves} | counted(lens, window).aggregate(
        better=Count("subject", filter=more),
        ahead=Count("subject", filter=more | Q(saves=saves, subject__lt=subject)),
        next_saves=Min("saves", filter=more),
    )
