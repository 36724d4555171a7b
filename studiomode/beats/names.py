"""Names as they go out of the house: nothing in them commands who reads them."""

from __future__ import annotations

import re

# What XML 1.0 forbids, the other controls and line ends, halves of a character, and marks that are
# not seen or turn round the text about them. Joiners stay: Persian words and emoji need them.
COMMANDING = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069"
    "\ud800-\udfff\ufeff\ufffe\uffff]+"
)


def plain(name: str) -> str:
    """`name` without what commands; a space where that stood between words."""
    return " ".join(COMMANDING.sub(" ", name).split()) or "…"
