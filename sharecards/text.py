"""Words for a card: cleaned, put into drawing order, measured, and fitted into their box."""

from __future__ import annotations

import itertools
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter

import arabic_reshaper
from bidi import get_display

from sharecards.fonts import Glyph, glyph

LONGEST = 80
"""Characters of a text that may reach a card."""

# Room for what cleaning removes, small enough that a title of a million characters costs nothing.
LONGEST_READ = 4 * LONGEST
MOST_MARKS = 2
ELLIPSIS = "…"
ZERO_WIDTH_NON_JOINER = "\u200c"

BRACKETS = "()[]{}<>«»‹›"
MIRRORED = str.maketrans(BRACKETS, "".join(BRACKETS[i ^ 1] for i in range(len(BRACKETS))))
# A zero-width mark that cleaning removes, so it can only come from here.
TAG = "\u034f"
TAGGED = str.maketrans({bracket: bracket + TAG for bracket in BRACKETS})
TAGGED_BRACKET = re.compile(f"([{re.escape(BRACKETS)}]){TAG}|{TAG}([{re.escape(BRACKETS)}])")

# A line may end at white space and before a kana or a Chinese character.
BREAK = re.compile(r"(?<=\s)|(?=[\u3041-\u30fa\u3400-\u9fff])")


@dataclass(frozen=True)
class Run:
    """Neighbouring characters drawn with one font."""

    text: str
    font_family: str


@dataclass(frozen=True)
class Line:
    """What fits a box: runs from left to right, the font size and the measured width in px."""

    runs: tuple[Run, ...]
    size: float
    width: float


def clean(text: str) -> str:
    """`text` without what cannot or must not be drawn, at most `LONGEST` characters of it.

    Gone are the characters that XML 1.0 forbids, controls, surrogates, private characters, bidi
    overrides, joiners, variation selectors and skin tones, which cairo would draw as boxes or
    beside their emoji. White space is collapsed and marks are not piled higher than `MOST_MARKS`.
    """
    words = " ".join(text[:LONGEST_READ].split())
    drawable = "".join(filter(_is_drawable, unicodedata.normalize("NFC", words)))
    return "".join(_without_piles(" ".join(drawable.split())))[:LONGEST].rstrip()


def fit(text: str, *, width: float, size: float, smallest: float, bold: bool) -> Line:
    """`text` on one line of at most `width` px: shrunk as far as `smallest`, then cut."""
    words = clean(text)
    for smaller in _sizes(size, smallest):
        line = _line(words, smaller, bold)
        if line.width <= width:
            return line
    return _cut(words, width, smallest, bold)


def wrap(text: str, *, width: float, size: float, smallest: float, bold: bool) -> tuple[Line, ...]:
    """`text` on one or two lines of one size, as large as they fit; the second cut if it must."""
    words = clean(text)
    for smaller in _sizes(size, smallest):
        lines = tuple(_line(half, smaller, bold) for half in _halves(words, width, smaller, bold))
        if all(line.width <= width for line in lines):
            return lines
    halves = _halves(words, width, smallest, bold)
    return tuple(fit(h, width=width, size=smallest, smallest=smallest, bold=bold) for h in halves)


def _is_drawable(character: str) -> bool:
    if character == ZERO_WIDTH_NON_JOINER:  # Persian needs it until its letters are joined
        return True
    if unicodedata.category(character) in {"Cc", "Cf", "Co", "Cs", "Me"}:
        return False
    return not _is_selector(ord(character))


def _is_selector(code: int) -> bool:
    """Characters that change their neighbour when shaped and are boxes when drawn alone."""
    noncharacter = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    variation = 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF
    skin_tone = 0x1F3FB <= code <= 0x1F3FF
    return noncharacter or variation or skin_tone or code == ord(TAG)


def _without_piles(text: str) -> Iterator[str]:
    for is_mark, group in itertools.groupby(text, key=lambda c: unicodedata.category(c) == "Mn"):
        yield from itertools.islice(group, MOST_MARKS if is_mark else None)


def _sizes(size: float, smallest: float) -> Iterator[float]:
    """From `size` down to `smallest`, a pixel at a time."""
    while size > smallest:
        yield size
        size -= 1
    yield smallest


def _line(text: str, size: float, bold: bool) -> Line:
    glyphs = _glyphs(text, bold)
    return Line(_runs(text, bold), size, sum(_pixels(g.advance * size) for g in glyphs))


def _pixels(advance: float) -> int:
    """cairo moves on by whole pixels, rounded from FreeType's 64ths of one."""
    return (round(advance * 64) + 32) // 64


@lru_cache(maxsize=2048)
def _runs(text: str, bold: bool) -> tuple[Run, ...]:
    families = itertools.groupby(_glyphs(text, bold), key=attrgetter("family"))
    return tuple(Run("".join(g.text for g in group), family) for family, group in families)


@lru_cache(maxsize=2048)
def _glyphs(text: str, bold: bool) -> tuple[Glyph, ...]:
    return tuple(glyph(character, bold=bold) for character in _visual(text))


def _visual(text: str) -> str:
    """`text` in drawing order: Arabic letters joined, right-to-left parts turned round.

    `get_display` orders brackets rightly but does not mirror them. Each is tagged with a mark
    that follows it: where the mark comes out in front, the bracket was turned round.
    """
    joined = arabic_reshaper.reshape(text).replace(ZERO_WIDTH_NON_JOINER, "")
    return TAGGED_BRACKET.sub(_mirror, get_display(joined.translate(TAGGED)))


def _mirror(tagged: re.Match[str]) -> str:
    return tagged[1] or tagged[2].translate(MIRRORED)


def _cut(words: str, width: float, size: float, bold: bool) -> Line:
    """The longest beginning of `words` that fits with an ellipsis; nothing where not even that."""

    def shortened(length: int) -> Line:
        return _line(words[:length].rstrip() + ELLIPSIS, size, bold)

    fitting = bisect_right(range(len(words)), width, key=lambda length: shortened(length).width)
    return shortened(fitting - 1) if fitting else Line((), size, 0)


def _halves(words: str, width: float, size: float, bold: bool) -> tuple[str, ...]:
    """As many words as fit into the first line, and the rest."""
    pieces = BREAK.split(words)

    def beginning(count: int) -> str:
        return "".join(pieces[:count]).rstrip()

    counts = range(1, len(pieces) + 1)
    fitting = bisect_right(counts, width, key=lambda n: _line(beginning(n), size, bold).width)
    count = max(fitting, 1)
    rest = "".join(pieces[count:])
    return (beginning(count), rest) if rest else (beginning(count),)
