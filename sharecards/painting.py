"""The picture of a card, painted with CairoSVG the quicker way and packed as a PNG.

Imported only where it is used: `import cairosvg` fails without libcairo2.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterator
from struct import pack
from typing import Any

import cairosvg
from cairocffi import FONT_SLANT_NORMAL, FONT_WEIGHT_BOLD, FONT_WEIGHT_NORMAL, ImageSurface

WEIGHTS = {"normal": FONT_WEIGHT_NORMAL, "bold": FONT_WEIGHT_BOLD}
# A pixel of cairo's is a number of 32 bits, so its bytes stand in the machine's order.
RED, GREEN, BLUE = (2, 1, 0) if sys.byteorder == "little" else (1, 2, 3)
# Measured on cards: zlib's 5 takes twice as long for a sixth fewer bytes.
EFFORT = 3
BITS, RGB = 8, 2
NO_FILTER = b"\0"


class Painting(cairosvg.surface.PNGSurface):  # type: ignore[misc]
    """An SVG painted as CairoSVG does, but for texts as `card_text` makes them: a run at once.

    CairoSVG outlines and places every letter twice, for strokes and rotations that no card has:
    two thirds of its time.
    """

    def __init__(self, svg: str, size: tuple[int, int], fetch: Callable[[str, str], Any]) -> None:
        width, height = size
        tree = cairosvg.parser.Tree(bytestring=svg.encode(), url_fetcher=fetch)
        super().__init__(tree, None, 96, output_width=width, output_height=height)

    def draw(self, node: Any) -> None:
        if node.tag != "text":
            super().draw(node)
            return
        self.context.set_source_rgba(*self.map_color(node["fill"]))
        self.context.move_to(float(node["x"]), float(node["y"]))
        for run in node.children:
            self._write(run)

    def _write(self, run: Any) -> None:
        """The run where the one before it ended."""
        family = run["font-family"].partition(",")[0]
        self.context.select_font_face(family, FONT_SLANT_NORMAL, WEIGHTS[run["font-weight"]])
        self.context.set_font_size(float(run["font-size"]))
        self.context.show_text(run.text)

    def png(self) -> bytes:
        """The picture as a PNG, without its transparency."""
        header = pack(">2I5B", self.width, self.height, BITS, RGB, 0, 0, 0)
        pixels = zlib.compress(b"".join(_rows(self.cairo)), EFFORT)
        chunks = _chunk(b"IHDR", header), _chunk(b"IDAT", pixels), _chunk(b"IEND", b"")
        return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _rows(picture: ImageSurface) -> Iterator[bytes]:
    """Unfiltered: a card's row is mostly that above, shifted, which zlib finds better so.

    cairo filters every row and takes three times as long for as many bytes.
    """
    picture.flush()
    pixels = bytes(picture.get_data())
    colours = bytearray(len(pixels) // 4 * 3)
    colours[0::3], colours[1::3], colours[2::3] = pixels[RED::4], pixels[GREEN::4], pixels[BLUE::4]
    length = 3 * picture.get_width()
    for start in range(0, len(colours), length):
        yield NO_FILTER + colours[start : start + length]


def _chunk(kind: bytes, content: bytes) -> bytes:
    return pack(">I", len(content)) + kind + content + pack(">I", zlib.crc32(kind + content))
