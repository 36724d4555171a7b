"""Where a row stands in a total order, as a condition the database can answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q


def comes_after(order: Sequence[str], values: Sequence[Any]) -> Q:
    """Rows listed behind the one with `values`, where `order` is as in order_by: `("-a", "b")`."""
    return _beyond(order, values, ascending="gt", descending="lt")


def comes_before(order: Sequence[str], values: Sequence[Any]) -> Q:
    """Rows listed ahead of the one with `values`."""
    return _beyond(order, values, ascending="lt", descending="gt")


def _beyond(order: Sequence[str], values: Sequence[Any], *, ascending: str, descending: str) -> Q:
    condition, level = Q(), Q()
    for name, value in zip(order, values, strict=True):
        column = name.removeprefix("-")
        lookup = descending if name.startswith("-") else ascending
        condition |= level & Q(**{f"{column}__{lookup}": value})
        level &= Q(**{column: value})
    return condition
