"""Ranking the ledger in the ORM: a GROUP BY of one column, ranks by window functions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, ExpressionWrapper, F, IntegerField, QuerySet
from django.db.models import Window as WindowFunction
from django.db.models.expressions import BaseExpression
from django.db.models.functions import Rank, RowNumber

from studiomode.beats.models import SavedBeat
from studiomode.beats.querysets import SavedBeatQuerySet
from studiomode.beats.windows import Window

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


def ledger(window: Window, slice: Slice) -> SavedBeatQuerySet:
    """The rows that are ranked: all narrowing is done here, before anything is counted."""
    return SavedBeat.objects.within(window).filter(slice.condition)


def counted(column: str, window: Window, slice: Slice) -> Rows:
    """`subject` and `saves` of all who were saved in `window`."""
    saves = ledger(window, slice)
    return saves.values(subject=F(column)).annotate(saves=Count("*"))


def ranked(column: str, window: Window, slice: Slice) -> Rows:
    """`counted` with the competition `rank` of each: 1, 2, 2, 4."""
    rank = Over(Rank(), order_by=F("saves").desc())
    return counted(column, window, slice).annotate(rank=rank)


def listed(column: str, window: Window, slice: Slice) -> Rows:
    """`ranked` with the `position` of each, from 1."""
    position = Over(RowNumber(), order_by=LISTED)
    return ranked(column, window, slice).annotate(position=position)


def previous_ranks(
    column: str, window: Window, slice: Slice, subjects: Iterable[int]
) -> dict[int, int]:
    """The ranks of `subjects` one week earlier, of those who had one."""
    asked = AfterRanking(F("subject"), output_field=IntegerField())
    rows = ranked(column, window.previous, slice).annotate(asked=asked)
    return dict(rows.filter(asked__in=list(subjects)).values_list("subject", "rank"))
