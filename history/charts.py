"""A producer's rank over time, as points to draw; the unit is the caller's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from studiomode.beats.models import Producer

from .models import ProducerRank

DAYS = 35


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
    """Points of up to DAYS days, oldest first. A day outside the top 100 is a gap between lines."""

    points: tuple[Point, ...]
    first: date
    last: date

    @property
    def best(self) -> int | None:
        return min((point.rank for point in self.points), default=None)

    @property
    def worst(self) -> int | None:
        return max((point.rank for point in self.points), default=None)

    @property
    def lines(self) -> list[list[Point]]:
        """The points in runs of days that follow each other."""
        runs: list[list[Point]] = []
        for point in self.points:
            if runs and point.day - runs[-1][-1].day == timedelta(days=1):
                runs[-1].append(point)
            else:
                runs.append([point])
        return runs


def rank_chart(producer: Producer, *, until: date) -> RankChart:
    first = until - timedelta(days=DAYS - 1)
    rows = list(
        ProducerRank.objects.filter(
            producer=producer, snapshot_date__range=(first, until)
        ).order_by("snapshot_date")
    )
    ranks = [row.rank for row in rows]
    points = tuple(
        Point(
            row.snapshot_date,
            row.rank,
            row.saves,
            x=(row.snapshot_date - first).days / (DAYS - 1),
            y=height(row.rank, ranks),
        )
        for row in rows
    )
    return RankChart(points, first, until)


def height(rank: int, ranks: list[int]) -> float:
    best, worst = min(ranks), max(ranks)
    return (rank - best) / (worst - best) if worst > best else 0.5
