from __future__ import annotations

import io
import operator
import re
import socket
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest
from django.template import Context, Template
from django.template.loader import render_to_string

from history.archives import Winner
from history.charts import chart
from history.models import TopGenre
from leaderboards.lenses import LENSES
from sharecards import drawing
from tests.sharecards.cairo import cairocffi, cairosvg

SVG = "{http://www.w3.org/2000/svg}"
MARGIN = 64
INK = "#120c14"
DAY = date(2026, 5, 14)


def frame(title: str) -> dict[str, Any]:
    return {
        "title": title,
        "window_label": "Week 18, 2026",
        "window_start": "27 Apr 2026 00:00",
        "window_end": "4 May 2026 00:00 UTC",
        "site": "studiomode.example",
    }


def entry(name: str, place: int) -> SimpleNamespace:
    change = (2, -1, 0, None, 14)[place - 1]
    saves = 1600 // place**2
    return SimpleNamespace(rank=place, name=name, saves=saves, share=31.2, change=change)


def board(name: str, count: int) -> dict[str, Any]:
    return frame("Top producers") | {"entries": [entry(name, i + 1) for i in range(min(count, 5))]}


def recap(name: str, count: int) -> dict[str, Any]:
    entries = [entry(name, i + 1) for i in range(min(count, 3))]
    return frame("Weekly recap") | {
        "boards": [{"lens": lens, "entries": entries} for lens in LENSES.values()]
    }


def archive(name: str, count: int) -> dict[str, Any]:
    winners = [
        Winner(TopGenre(snapshot_date=DAY - timedelta(i), name=name, saves=1200 - i), None, reign)
        for i, reign in enumerate(300 // (i + 1) for i in range(count))
    ]
    return frame("Beat of the week") | {"winners": winners}


def producer(name: str, count: int) -> dict[str, Any]:
    kept = [(DAY - timedelta(i), i * 7 % 100 + 1, 9) for i in reversed(range(count))]
    return frame("Rank over time") | {"name": name, "chart": chart(kept, DAY)}


CARDS: dict[str, Callable[[str, int], dict[str, Any]]] = {
    "board": board,
    "weekly-recap": recap,
    "archive": archive,
    "producer-history": producer,
}


@pytest.fixture(params=CARDS)
def card(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def svg_of(card: str, name: str, count: int = 35) -> str:
    return render_to_string(f"cards/{card}.svg", CARDS[card](name, count))


def surface(png: bytes) -> cairocffi.ImageSurface:
    return cairocffi.ImageSurface.create_from_png(io.BytesIO(png))


def columns(png: bytes, left: int, right: int) -> list[bytes]:
    """The pixels between two columns, row by row."""
    picture = surface(png)
    stride, data = picture.get_stride(), bytes(picture.get_data())
    return [data[y * stride + 4 * left : y * stride + 4 * right] for y in range(drawing.HEIGHT)]


def unlike(one: bytes, other: bytes) -> float:
    """The part of the pixels that differ, 0 to 1."""
    pixels, others = (memoryview(surface(png).get_data()).cast("I") for png in (one, other))
    return sum(map(operator.ne, pixels, others)) / len(pixels)


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg.encode())  # noqa: S314 - our own


def texts(svg: str) -> Iterator[tuple[ElementTree.Element, float, float]]:
    """Every text element with its left end and its baseline on the card."""
    yield from _texts(parsed(svg), 0, 0)


def _texts(
    parent: ElementTree.Element, x: float, y: float
) -> Iterator[tuple[ElementTree.Element, float, float]]:
    moved = re.match(r"translate\((\S+) (\S+)\)", parent.get("transform", "translate(0 0)"))
    assert moved, parent.get("transform")
    x, y = x + float(moved[1]), y + float(moved[2])
    for child in parent:
        if child.tag == f"{SVG}text":
            yield child, x + number(child, "x"), y + number(child, "y")
        yield from _texts(child, x, y)


def number(element: ElementTree.Element, attribute: str) -> float:
    return float(element.get(attribute, "nan"))


class TestEveryCard:
    def test_is_a_picture_of_1200_by_630(self, card: str, name: str) -> None:
        picture = surface(drawing.png(svg_of(card, name)))
        assert (picture.get_width(), picture.get_height()) == (1200, 630)

    def test_is_painted_as_cairosvg_paints_it(self, card: str, name: str) -> None:
        svg = svg_of(card, name)
        theirs = cairosvg.svg2png(svg.encode(), output_width=1200, output_height=630)
        # Where letters touch, one pixel in a thousand at most: CairoSVG lays them over each other.
        assert unlike(drawing.png(svg), theirs) < 0.001

    @pytest.mark.parametrize("count", [0, 1, 2, 3])
    def test_few_or_no_entries(self, card: str, count: int) -> None:
        svg = svg_of(card, "Midnight Wave", count)
        picture = surface(drawing.png(svg))
        assert (picture.get_width(), picture.get_height()) == (1200, 630)
        assert_in_place(svg)

    def test_every_text_has_its_own_place(self, card: str, name: str) -> None:
        assert_in_place(svg_of(card, name))

    def test_nothing_is_drawn_in_the_right_margin(self, card: str, name: str) -> None:
        drawn, silent = (drawing.png(svg_of(card, n)) for n in (name, ""))
        edge = drawing.WIDTH - MARGIN + 4
        assert columns(drawn, edge, drawing.WIDTH) == columns(silent, edge, drawing.WIDTH)

    def test_names_draw(self, card: str) -> None:
        assert drawing.png(svg_of(card, "Luna")) != drawing.png(svg_of(card, "Vega"))

    def test_names_nothing_outside(self, card: str, name: str) -> None:
        for element in parsed(svg_of(card, name)).iter():
            assert element.tag.removeprefix(SVG) not in {"image", "use", "style", "script"}
            assert not [attribute for attribute in element.attrib if "href" in attribute]

    @pytest.mark.parametrize("count", [0, 35])
    def test_text_has_contrast(self, card: str, count: int) -> None:
        svg = svg_of(card, "Midnight Wave", count)
        plate = re.findall(r'stop-color="(#\w{6})"', svg)
        for element, *_ in texts(svg):
            fill = element.get("fill", "")
            grounds = plate if fill == INK else [INK]
            assert min(contrast(fill, ground) for ground in grounds) >= 4.5, fill

    def test_says_its_window_and_its_two_instants(self, card: str) -> None:
        words = ["".join(element.itertext()) for element, *_ in texts(svg_of(card, "Luna"))]
        assert "Week 18, 2026" in words
        assert "27 Apr 2026 00:00 – 4 May 2026 00:00 UTC" in words

    def test_needs_no_instants(self, card: str) -> None:
        context = CARDS[card]("Luna", 3) | {"window_start": None, "window_end": None}
        words = [
            "".join(element.itertext())
            for element, *_ in texts(render_to_string(f"cards/{card}.svg", context))
        ]
        assert "Week 18, 2026" in words
        assert not [line for line in words if "None" in line]


def assert_in_place(svg: str) -> None:
    """Every text lies within the margins, and no two overlap."""
    boxes = [box(placed) for placed in texts(svg)]
    for left, top, right, bottom in boxes:
        assert MARGIN - 0.1 <= left <= right <= drawing.WIDTH - MARGIN + 0.1
        assert 24 <= top <= bottom <= drawing.HEIGHT - 24
    for one, other in combinations(boxes, 2):
        assert not overlap(one, other), (one, other)


Box = tuple[float, float, float, float]


def box(placed: tuple[ElementTree.Element, float, float]) -> Box:
    """Left, top, right and bottom of a text; its letters reach 0.7 em up from the baseline."""
    element, left, baseline = placed
    top = baseline - 0.7 * number(element, "font-size")
    return left, top, left + number(element, "textLength"), baseline


def overlap(one: Box, other: Box) -> bool:
    across = one[0] < other[2] and other[0] < one[2]
    return across and one[1] < other[3] and other[1] < one[3]


def contrast(one: str, other: str) -> float:
    """As WCAG 2 defines it, 1 to 21."""
    dark, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def svg_with(body: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="630">{body}</svg>'


EMPTY = drawing.png(svg_with(""))


class TestPixels:
    @pytest.mark.parametrize(("anchor", "x"), [("start", 400), ("middle", 600), ("end", 800)])
    def test_nothing_is_drawn_outside_the_box(self, name: str, anchor: str, x: int) -> None:
        source = (
            "{% load card_text %}{% fitted x 300 name width=400 size=80 smallest=30 "
            "weight='bold' anchor=anchor %}"
        )
        body = Template(source).render(Context({"x": x, "name": name, "anchor": anchor}))
        picture = drawing.png(svg_with(body))
        for left, right in ((0, 396), (804, 1200)):
            assert columns(picture, left, right) == columns(EMPTY, left, right)

    def test_the_spaces_between_fonts_are_drawn(self) -> None:
        source = (
            "{% load card_text %}{% fitted 400 300 'H 🔥 H 夜 H' width=400 size=40 smallest=40 %}"
        )
        body = Template(source).render(Context())
        width = int(re.findall(r'textLength="(\d+)"', body)[0])
        last_letter = 400 + width - 12, 400 + width
        assert columns(drawing.png(svg_with(body)), *last_letter) != columns(EMPTY, *last_letter)

    def test_emoji_are_drawn_in_colour(self) -> None:
        source = "{% load card_text %}{% fitted 400 300 '🔥' width=400 size=80 smallest=30 %}"
        picture = drawing.png(svg_with(Template(source).render(Context())))
        pixels = b"".join(columns(picture, 400, 500))
        colours = {pixels[i : i + 3] for i in range(0, len(pixels), 4)}
        assert len([c for c in colours if max(c) - min(c) > 100]) > 50


class TestPng:
    @pytest.mark.parametrize(
        "body",
        [
            '<image href="http://127.0.0.1:9/a.png" width="9" height="9"/>',
            '<image href="file:///etc/hostname" width="9" height="9"/>',
            '<image href="data:image/png;base64,AAAA" width="9" height="9"/>',
            '<use href="http://127.0.0.1:9/a.svg#a"/>',
            "<style>@import url(http://127.0.0.1:9/a.css);</style>",
        ],
    )
    def test_fetches_nothing(self, body: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(socket, "socket", None)
        with pytest.raises(ValueError, match="may not fetch anything"):
            drawing.png(svg_with(body))

    def test_says_what_to_install_without_libcairo2(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        tmp_path.joinpath("cairosvg.py").write_text("raise OSError('no library cairo-2')")
        monkeypatch.syspath_prepend(tmp_path)
        for module in ("cairosvg", "sharecards.painting"):
            monkeypatch.delitem(sys.modules, module, raising=False)
        with pytest.raises(drawing.CannotDraw, match=r"apt-get install .* libcairo2"):
            drawing.png(svg_with(""))


class TestMeter:
    def lamps(self, value: int, most: int, segments: int = 10) -> list[int]:
        """How many lamps are lit, and how many are not."""
        source = (
            "{% load card_text %}{% meter 0 0 width=100 height=5 segments=segments value=value "
            "most=most lit='#ffffff' unlit='#000000' %}"
        )
        context = Context({"value": value, "most": most, "segments": segments})
        svg = Template(source).render(context)
        counts = {
            colour: path.count("M") for colour, path in re.findall(r'"(#\w+)" d="(.*?)"', svg)
        }
        return [counts.get("#ffffff", 0), counts.get("#000000", 0)]

    @pytest.mark.parametrize(
        ("value", "most", "lit"), [(0, 0, 0), (0, 9, 0), (1, 900, 1), (5, 10, 5), (10, 10, 10)]
    )
    def test_is_lit_as_far_as_the_value_goes(self, value: int, most: int, lit: int) -> None:
        assert self.lamps(value, most) == [lit, 10 - lit]

    def test_has_no_more_lamps_than_can_be_told_apart(self) -> None:
        assert self.lamps(300, 300, segments=300) == [36, 0]


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("1|counted:'save'", "1 save"),
        ("1284|counted:'save'", "1,284 saves"),
        ("0|counted:'day'", "0 days"),
        ("31.25|percent", "31.2 %"),
        ("2|movement", "▲ 2"),
        ("-1200|movement", "▼ 1,200"),
        ("0|movement", "no change"),
        ("None|movement", "new"),
    ],
)
def test_filter(expression: str, words: str) -> None:
    assert Template("{% load card_text %}{{ " + expression + " }}").render(Context()) == words
