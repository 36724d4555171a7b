"""Template tags and filters of the SVG cards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from leaderboards.boards import Entry
from leaderboards.lenses import Lens
from sharecards import text
from sharecards.fonts import GENERIC_FAMILY

register = template.Library()

ANCHORS = {"start": 0.0, "middle": 0.5, "end": 1.0}
LINE_HEIGHT = 1.06
CAPITAL_HEIGHT = 0.73
"""Of Inter, in em."""
LAMP = 0.68
"""Of a lamp and the dark beside it."""
MOST_LAMPS = 36
"""More of them would not be told apart."""


@register.simple_tag
def fitted(
    x: float,
    y: float,
    words: object,
    *,
    width: float,
    size: float,
    smallest: float,
    weight: str = "normal",
    anchor: str = "start",
    fill: str = "#fff",
) -> SafeString:
    """One line of text in a box `width` px wide, its baseline at `y`, `x` as `anchor` says."""
    bold = weight == "bold"
    line = text.fit(str(words), width=width, size=size, smallest=smallest, bold=bold)
    return _element(line, x - ANCHORS[anchor] * line.width, y, weight, fill)


@register.simple_tag
def headline(
    x: float,
    y: float,
    words: object,
    *,
    width: float,
    size: float,
    smallest: float,
    fill: str = "#fff",
) -> SafeString:
    """Bold text on one or two lines in a box `width` px wide; `y` is its middle."""
    lines = text.wrap(str(words), width=width, size=size, smallest=smallest, bold=True)
    step = lines[0].size * LINE_HEIGHT
    top = y + CAPITAL_HEIGHT * lines[0].size / 2 - step * (len(lines) - 1) / 2
    elements = [_element(line, x, top + step * i, "bold", fill) for i, line in enumerate(lines)]
    return format_html_join("", "{}", ((element,) for element in elements))


def _element(line: text.Line, x: float, y: float, weight: str, fill: str) -> SafeString:
    """The text element of a line.

    CairoSVG gives every run the first family it names; a browser may lack it and goes on to the
    next, keeps the box by `textLength`, and must not turn the drawing order round once more.
    """
    return format_html(
        '<text x="{}" y="{}" font-size="{}" font-weight="{}" fill="{}" '
        'textLength="{}" lengthAdjust="spacingAndGlyphs" direction="ltr" '
        'unicode-bidi="bidi-override">{}</text>',
        *(round(x, 1), round(y, 1), line.size, weight, fill, line.width, _tspans(line)),
    )


def _tspans(line: text.Line) -> SafeString:
    families = ((f"{run.font_family}, {GENERIC_FAMILY}", run.text) for run in line.runs)
    return format_html_join("", '<tspan font-family="{}">{}</tspan>', families)


@register.simple_tag
def meter(
    x: float,
    y: float,
    *,
    width: float,
    height: float,
    segments: int,
    value: float,
    most: float,
    lit: str,
    unlit: str,
) -> SafeString:
    """A level meter of at most `MOST_LAMPS` lamps, lit as far as `value` goes towards `most`."""
    count = min(segments, MOST_LAMPS)
    burning = max(round(count * value / most), 1) if value else 0
    lamps = _lamps(x, y, width / count, height, count)
    paths = ((lit, "".join(lamps[:burning])), (unlit, "".join(lamps[burning:])))
    return format_html_join("", '<path fill="{}" d="{}"/>', ((f, d) for f, d in paths if d))


def _lamps(x: float, y: float, pitch: float, height: float, count: int) -> list[str]:
    lamp = f"h{pitch * LAMP:.1f}v{height}h-{pitch * LAMP:.1f}z"
    return [f"M{x + i * pitch:.1f} {y}{lamp}" for i in range(count)]


@register.filter
def times(part: float, length: int) -> float:
    """A part from 0 to 1 of a length in px."""
    return round(part * length, 1)


register.filter("clean", lambda words: text.clean(str(words)))


@register.filter
def counted(number: int, noun: str) -> str:
    """`1284|counted:"save"` is "1,284 saves"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


@register.filter
def percent(share: float) -> str:
    return f"{share:.1f} %"


@register.filter
def movement(change: int | None) -> str:
    """An entry's `change` in words: places up or down, or that it was not there before."""
    if change is None:
        return "new"
    if change == 0:
        return "no change"
    return f"▲ {change:,}" if change > 0 else f"▼ {-change:,}"


@register.filter
def amount(entry: Entry, lens: Lens) -> str:
    """What counts for an entry on the lens's board, in words."""
    return movement(entry.change) if lens.tells_movement else counted(entry.saves, "save")


@register.filter
def at(items: Sequence[Any], index: int) -> Any:
    """The item at `index`, `None` past the end."""
    return items[index] if index < len(items) else None
