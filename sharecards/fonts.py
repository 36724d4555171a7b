"""Which glyphs the installed fonts have, and how wide each is.

cairo finds a font by asking fontconfig for a family and a weight. The same library is asked the
same question here, so the glyphs that are measured are the glyphs that will be drawn.
"""

from __future__ import annotations

import ctypes
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from fontTools.ttLib import TTFont

HEADLINE_FAMILY = "Inter Display"
"""Inter's cut for big sizes; bold text is the big text of a card."""

FAMILIES = (
    "Inter",
    "Noto Sans Arabic",
    "Noto Sans Hebrew",
    "Noto Color Emoji",
    "Noto Sans CJK JP",
    "Noto Sans Thai",
    "Noto Sans Devanagari",
    "DejaVu Sans",
)
"""The first that has a glyph draws it; a family that is not installed is passed over."""

GENERIC_FAMILY = "sans-serif"
LAST_RESORT = "□"

# cairo's NORMAL asks fontconfig for "medium", so Inter Medium is drawn and not Inter Regular.
FONTCONFIG_WEIGHT = {False: 100, True: 200}
FONTCONFIG_LIBRARIES = ("libfontconfig.so.1", "libfontconfig.1.dylib", "libfontconfig-1.dll")
FONTCONFIG_SIGNATURES = {
    "FcNameParse": (ctypes.c_void_p, [ctypes.c_char_p]),
    "FcConfigSubstitute": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int]),
    "FcDefaultSubstitute": (None, [ctypes.c_void_p]),
    "FcFontMatch": (ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]),
    "FcPatternFormat": (ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_char_p]),
    "FcPatternDestroy": (None, [ctypes.c_void_p]),
    "FcStrFree": (None, [ctypes.c_void_p]),
}

# cairo makes bitmap glyphs up to 1 % wider than the font says, and bold ones wider still.
BITMAP_STRETCH = 1.03
# For a machine without fonts: wider than most glyphs, so a guess never overflows.
GUESSED_ADVANCE = 0.7


@dataclass(frozen=True)
class Glyph:
    """A character as it will be drawn: the family that has it and its advance in em."""

    text: str
    family: str
    advance: float


@lru_cache(maxsize=4096)
def glyph(character: str, *, bold: bool) -> Glyph:
    """The glyph of one character, or of the last resort where no font has the character."""
    for candidate in (character, LAST_RESORT):
        for family in families(bold=bold):
            advance = advances(family, bold=bold).get(ord(candidate))
            if advance is not None:
                return Glyph(candidate, family, advance)
    return Glyph(character, GENERIC_FAMILY, _guess(character))


def families(*, bold: bool) -> tuple[str, ...]:
    return (HEADLINE_FAMILY, *FAMILIES) if bold else FAMILIES


@cache
def advances(family: str, *, bold: bool) -> Mapping[int, float]:
    """Advances in em by code point; empty when the family is not installed."""
    found = _font_file(family, FONTCONFIG_WEIGHT[bold])
    if found is None:
        return {}
    with TTFont(found.path, fontNumber=found.index, lazy=True) as font:
        em = font["head"].unitsPerEm / (BITMAP_STRETCH if "CBDT" in font else 1)
        widths = font["hmtx"].metrics
        return {code: widths[name][0] / em for code, name in font.getBestCmap().items()}


def _guess(character: str) -> float:
    return 1.0 if unicodedata.east_asian_width(character) in "WF" else GUESSED_ADVANCE


@dataclass(frozen=True)
class _FontFile:
    path: Path
    index: int


def _font_file(family: str, weight: int) -> _FontFile | None:
    """The file that cairo would draw with, `None` where fontconfig has only a substitute."""
    answer = _fontconfig_match(f"{family}:slant=0:weight={weight}")
    if answer is None:
        return None
    names, path, index = answer.split("|")
    return _FontFile(Path(path), int(index)) if family in names.split(",") else None


def _fontconfig_match(pattern: str) -> str | None:
    library = _fontconfig()
    if library is None:
        return None
    wanted = library.FcNameParse(pattern.encode())
    library.FcConfigSubstitute(None, wanted, 0)
    library.FcDefaultSubstitute(wanted)
    matched = library.FcFontMatch(None, wanted, ctypes.byref(ctypes.c_int()))
    library.FcPatternDestroy(wanted)
    return _described(library, matched) if matched else None


def _described(library: ctypes.CDLL, matched: int) -> str:
    address = library.FcPatternFormat(matched, b"%{family}|%{file}|%{index}")
    answer = ctypes.string_at(address).decode()
    library.FcStrFree(address)
    library.FcPatternDestroy(matched)
    return answer


@cache
def _fontconfig() -> ctypes.CDLL | None:
    """fontconfig itself, which cairo brings along: its commands are a package of their own."""
    for name in FONTCONFIG_LIBRARIES:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        for function, (result, arguments) in FONTCONFIG_SIGNATURES.items():
            getattr(library, function).restype = result
            getattr(library, function).argtypes = arguments
        return library
    return None
