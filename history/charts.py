"""A producer's rank over time, as points to draw; how large is the drawing's affair."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from studiomode.beats.models import Producer

from .models import ProducerRank
from .snapshots import REACH

Kept = tuple[date, int, int]  # day, rank, saves


@dataclass(frozen=True)
class Point:
    """One kept day. `x` and `y` go from 0 to 1, `y` downwards: 0 is the best rank charted."""

    day: date
    rank: int
    saves: int
    x: float
    y: float


@dataclass(frozen=True)
class RankChart:
    """Points, oldest first, of the days `first` to `last`; a day outside the top 100 has none."""

    points: tuple[Point, ...]
    first: date
    last: date

    @property
    def best(self) -> int:
        return min(point.rank for point in self.points)

    @property
    def worst(self) -> int:
        return max(point.rank for point in self.points)

    @property
    def lines(self) -> list[list[Point]]:
        """The points in runs of days that follow each other: between two runs there is a gap."""
        runs: list[list[Point]] = []
        for point in self.points:
            if runs and point.day - runs[-1][-1].day == timedelta(days=1):
                runs[-1].append(point)
            else:
                runs.append([point])
        return runs


def rank_chart(producer: Producer, *, until: date) -> RankChart | None:
    """The last REACH days up to `until`; None where the producer was not kept on any of them."""
    rows = ProducerRank.objects.of(producer, days=REACH, until=until)
    return chart(rows.values_list("snapshot_date", "rank", "saves"), until)


def chart(kept: Iterable[Kept], until: date) -> RankChart | None:
    """`kept`, oldest first, laid out from its first day to `until`."""
    days = list(kept)
    if not days:
        return None
    first, ranks = days[0][0], [rank for _, rank, _ in days]
    span, drop = max((until - first).days, 1), max(max(ranks) - min(ranks), 1)
    points = (
        Point(day, rank, saves, (day - first).days / span, (rank - min(ranks)) / drop)
        for day, rank, saves in days
    )
    return RankChart(tuple(points), first, until)
