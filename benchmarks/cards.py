"""A card drawn cold, beside satori and resvg-js drawing an equal one, in the same run.

    python benchmarks/cards.py
    python benchmarks/cards.py --pictures /some/folder

From words to PNG in a warm process: fonts are loaded and modules imported, but names change with
every card and nothing measured for one is remembered for the next. The reference needs node and
npm; its packages are installed into benchmarks/satori on first use, and nothing else of StudioMode
needs them. The table is printed and takes its section's place in docs/PERFORMANCE.md.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from subprocess import PIPE
from types import SimpleNamespace
from typing import Any

from django.template.loader import render_to_string
from fontTools.ttLib import TTFont
from setup import FOLDER, Table, timed

from leaderboards.lenses import LENSES, Lens
from sharecards import fonts, text
from sharecards.drawing import png

WARM_UP = 10  # cards of each kind before those that count: node compiles what it runs often
SATORI = Path(__file__).resolve().parent / "satori"
FRAME = {
    "site": "studiomode.example",
    "window_label": "Last 7 days",
    "window_start": "29 Apr 2026 14:00 UTC",
    "window_end": "6 May 2026 14:00 UTC",
}
EMOJI = ["🔥", "👻", "🎧"]
# Names are put together from these, anew for every card: both sides remember words.
LATIN = ["no", "va", "lu", "na", "ju", "el", "ve", "st", "at", "ic", "ec", "ho", "am", "be"]
MIXED = [*"夜的節拍東京ビートナイト서울의밤거리음악", *EMOJI]
# The reference gets what cairo draws with: Inter Medium, the display cut for bold text.
REFERENCE_FONTS = (
    ("Inter", "Inter", False),
    ("Inter Display", "Inter Display", True),
    ("CJK", "Noto Sans CJK JP", False),
    ("CJK", "Noto Sans CJK JP", True),
)

Words = dict[str, Any]


def board(pieces: list[str]) -> Words:
    return FRAME | {"title": "Top producers", "entries": entries(pieces, 5)}


def recap(pieces: list[str]) -> Words:
    boards = [quarter(lens, pieces) for lens in LENSES.values()]
    return FRAME | {"title": "Weekly recap", "boards": boards}


def quarter(lens: Lens, pieces: list[str]) -> Words:
    shown = SimpleNamespace(title=lens.title, tells_movement=lens.tells_movement)
    return {"lens": shown, "entries": entries(pieces, 3)}


def entries(pieces: list[str], count: int) -> list[SimpleNamespace]:
    return [entry(pieces, place) for place in range(1, count + 1)]


def entry(pieces: list[str], place: int) -> SimpleNamespace:
    return SimpleNamespace(
        rank=place,
        name=f"{word(pieces)} {word(pieces)}",
        saves=random.randint(5000, 6000) // place,
        share=random.random() * 100,
        change=random.choice([None, 0, 1, 14, -3]),
    )


def word(pieces: list[str]) -> str:
    return "".join(random.sample(pieces, 3)).title()


@dataclass(frozen=True)
class Drawn:
    """One of the cards that are compared; every call of `words` gives other names."""

    template: str
    words: Callable[[], Words]

    def draw(self, words: Words) -> bytes:
        return png(render_to_string(f"cards/{self.template}.svg", words))


CARDS = {
    "board": Drawn("board", partial(board, LATIN)),
    "board, CJK and emoji": Drawn("board", partial(board, MIXED)),
    "weekly recap": Drawn("weekly-recap", partial(recap, LATIN)),
    "weekly recap, CJK and emoji": Drawn("weekly-recap", partial(recap, MIXED)),
}


class Satori:
    """The reference: one node process that draws a card whenever it is told to."""

    command = ("node", str(SATORI / "draw.mjs"))

    def __init__(self) -> None:
        install()
        self.fonts = [reference_font(*font) for font in REFERENCE_FONTS]
        self.node = subprocess.Popen(self.command, stdin=PIPE, stdout=PIPE, text=True)
        self.tell({"fonts": self.fonts, "emoji": emoji()})

    def tell(self, what: dict[str, Any]) -> None:
        assert self.node.stdin
        print(as_json(what), file=self.node.stdin, flush=True)

    def draw(self, card: Drawn, words: Words, picture: Path | None = None) -> dict[str, float]:
        """Its own `milliseconds` from words to PNG, and the `length` of that in bytes."""
        assert self.node.stdout
        self.tell({"card": card.template, "words": words, "picture": picture and str(picture)})
        return json.loads(self.node.stdout.readline())

    def start(self, card: Drawn) -> None:
        """Another process, for one card that needs no other font than Inter."""
        setup = as_json({"fonts": self.fonts[:2], "emoji": {}})
        asked = as_json({"card": card.template, "words": card.words()})
        told = f"{setup}\n{asked}\n"
        subprocess.run(self.command, input=told, stdout=PIPE, text=True, check=True)

    def close(self) -> None:
        self.node.communicate()


def as_json(what: dict[str, Any]) -> str:
    return json.dumps(what, default=vars)


def install() -> None:
    missing = [tool for tool in ("node", "npm") if not shutil.which(tool)]
    if missing:
        sys.exit(f"The reference needs {' and '.join(missing)}: apt-get install nodejs npm")
    if not (SATORI / "node_modules").exists():
        subprocess.run(["npm", "ci", "--ignore-scripts"], cwd=SATORI, check=True)


def reference_font(name: str, family: str, bold: bool) -> dict[str, Any]:
    """Taken out of its collection, which satori cannot read, if it is in one."""
    path = Path(FOLDER.name) / f"{family}-{bold}.otf"
    with opened(family, bold=bold) as font:
        font.save(path)
    return {"name": name, "path": str(path), "weight": 700 if bold else 400}


def emoji() -> dict[str, str]:
    """The same little pictures that cairo draws, as satori wants them."""
    with opened("Noto Color Emoji", bold=False) as font:
        names, pictures = font.getBestCmap(), font["CBDT"].strikeData[0]
        data = {sign: pictures[names[ord(sign)]].imageData for sign in EMOJI}
    return {sign: f"data:image/png;base64,{b64encode(png).decode()}" for sign, png in data.items()}


def opened(family: str, *, bold: bool) -> TTFont:
    found = fonts._font_file(family, fonts.FONTCONFIG_WEIGHT[bold])
    if found is None:
        sys.exit(f"Both sides need the font {family}, which is not installed: make setup")
    return TTFont(found.path, fontNumber=found.index)


def measure(table: Table, satori: Satori, runs: int) -> None:
    for name, card in CARDS.items():
        pairs = [in_turn(card, satori) for _ in range(WARM_UP + runs)][WARM_UP:]
        ours, theirs = (median(times) for times in zip(*pairs, strict=True))
        table.add(f"{name}, drawn cold / satori + resvg-js", ours, theirs, "ms", 1.0)


def in_turn(card: Drawn, satori: Satori) -> tuple[float, float]:
    words = card.words()
    forget()
    return timed(lambda: card.draw(words)), satori.draw(card, words)["milliseconds"]


def forget() -> None:
    """What was measured for an earlier card, its labels too."""
    for remembered in (text._runs, text._glyphs):
        remembered.cache_clear()


def measure_start(table: Table, satori: Satori) -> None:
    """For information: a process is started once, cards are drawn all day."""
    command = [sys.executable, __file__, "--once"]
    table.compare(
        "process start to first card / satori + resvg-js",
        lambda: subprocess.run(command, check=True),
        lambda: satori.start(CARDS["board"]),
        runs=5,
    )


def compare_pictures(table: Table, satori: Satori, folder: Path) -> None:
    """Draw one of each on both sides into `folder`; the table's note says how large they are."""
    for name, card in CARDS.items():
        words = card.words()
        ours = folder / f"{name}, StudioMode.png"
        ours.write_bytes(card.draw(words))
        theirs = satori.draw(card, words, folder / f"{name}, satori.png")["length"]
        sizes = f"{ours.stat().st_size / 1000:.0f} kB, by satori + resvg-js {theirs / 1000:.0f} kB"
        table.notes += f"- {name}: a PNG of {sizes}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--pictures", type=Path, help="a folder to keep one of each picture in")
    parser.add_argument("--once", action="store_true", help="draw a single card, tell nothing")
    options = parser.parse_args()
    if options.once:
        CARDS["board"].draw(CARDS["board"].words())
        return
    folder = options.pictures or Path(FOLDER.name)
    folder.mkdir(parents=True, exist_ok=True)
    table = Table("Cards")
    with closing(Satori()) as satori:
        measure(table, satori, options.runs)
        measure_start(table, satori)
        compare_pictures(table, satori, folder)
    table.write()


if __name__ == "__main__":
    main()
