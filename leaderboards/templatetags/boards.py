"""What the templates of boards need beyond words."""

from __future__ import annotations

from collections.abc import Iterable

from django import template

from leaderboards.boards import Entry

register = template.Library()


@register.simple_tag
def most_saves(entries: Iterable[Entry]) -> int:
    """The saves that a full bar stands for on this page of a board."""
    return max((entry.saves for entry in entries), default=1)
