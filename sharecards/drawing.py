"""A card's SVG made into a PNG, and the shapes on it that are computed from numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, NoReturn, TypedDict

WIDTH, HEIGHT = 1200, 630


class CannotDraw(Exception):
    """PNG cards cannot be drawn on this machine; the message says what to install."""


def png(svg: str) -> bytes:
    """The picture of a card, 1200 by 630 pixels.

    `svg` must be ours, with every foreign text in it cleaned. Raises `CannotDraw` without
    libcairo2.
    """
    picture: bytes = _cairosvg().surface.PNGSurface.convert(
        bytestring=svg.encode(),
        output_width=WIDTH,
        output_height=HEIGHT,
        url_fetcher=_fetch_nothing,
    )
    return picture


def _cairosvg() -> Any:
    # Here and not above: importing it fails without libcairo2, and all but the PNG cards works.
    try:
        import cairosvg
    except OSError as error:
        raise CannotDraw(
            "PNG cards need the library libcairo2, which is not installed. "
            "Type: apt-get install --no-install-recommends libcairo2"
        ) from error
    return cairosvg


def _fetch_nothing(url: str, resource_type: str) -> NoReturn:
    raise ValueError(f"A card may not fetch anything, but it names {url[:200]!r}.")


class Point(TypedDict):
    date: date
    rank: int | None


@dataclass(frozen=True)
class Dot:
    """A place on a chart, in px from its upper left corner."""

    x: float
    y: float


@dataclass(frozen=True)
class Chart:
    """A rank over time: lines of dots, oldest first, and what the four edges stand for."""

    lines: tuple[tuple[Dot, ...], ...]
    best: int
    worst: int
    first: date
    last: date


def chart(points: Iterable[Point], *, width: float, height: float) -> Chart | None:
    """The best rank at the top, the worst at the bottom, a gap where days are missing.

    A day is missing when its date is, or when its rank is `None`. `None` without any rank.
    """
    ranks = {point["date"]: point["rank"] for point in points if point["rank"]}
    if not ranks:
        return None
    edges = (min(ranks.values()), max(ranks.values()), min(ranks), max(ranks))
    return Chart(_lines(ranks, *edges, width, height), *edges)


def _lines(
    ranks: Mapping[date, int],
    best: int,
    worst: int,
    first: date,
    last: date,
    width: float,
    height: float,
) -> tuple[tuple[Dot, ...], ...]:
    step = width / max((last - first).days, 1)
    drop = height / max(worst - best, 1)

    def dot(day: date) -> Dot:
        return Dot(round((day - first).days * step, 1), round((ranks[day] - best) * drop, 1))

    return tuple(tuple(dot(day) for day in days) for days in _consecutive(sorted(ranks)))


def _consecutive(days: Iterable[date]) -> Iterator[list[date]]:
    """`days`, which are in order, in groups without a day missing between them."""
    for _, numbered in groupby(enumerate(days), key=lambda n: n[1].toordinal() - n[0]):
        yield [day for _, day in numbered]
