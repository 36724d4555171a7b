"""The pattern that stands for a beat, which has no picture."""

from __future__ import annotations

from typing import Any
from zlib import crc32

from django import template

register = template.Library()

PALETTES = 6  # .sleeve-0 to .sleeve-5 in studiomode.css
TILES = ((1, 1), (3, 1), (1, 3), (3, 3))  # middles of the four tiles of a sleeve, 4 by 4


@register.simple_tag
def sleeve(key: str) -> dict[str, Any]:
    """The pattern on a beat's sleeve, the same for the same key: a palette and turned tiles."""
    number = crc32(key.encode())
    turns = [90 * (number >> shift & 3) for shift in (0, 2, 4, 6)]
    tiles = [(x, y, turn) for (x, y), turn in zip(TILES, turns, strict=True)]
    return {"palette": (number >> 8) % PALETTES, "tiles": tiles}
