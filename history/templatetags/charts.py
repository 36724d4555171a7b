"""Drawing charts in templates."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def hundredths(part: float) -> float:
    """A length from 0 to 1 in hundredths, as an SVG of 100 by 100 wants it."""
    return round(100 * part, 2)
