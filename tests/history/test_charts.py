from __future__ import annotations

from datetime import date, timedelta

from history.charts import RankChart, chart

DAY = date(2026, 5, 6)


def charted(*ranks: int | None, until: int | None = None) -> RankChart | None:
    kept = [(DAY + timedelta(n), rank, 1) for n, rank in enumerate(ranks) if rank]
    return chart(kept, DAY + timedelta(len(ranks) - 1 if until is None else until))


def test_the_best_rank_is_at_the_top_and_the_last_day_at_the_right():
    found = charted(3, 1, 11)
    assert [(point.x, point.y) for point in found.points] == [(0, 0.2), (0.5, 0), (1, 1)]
    assert (found.best, found.worst) == (1, 11)
    assert (found.first, found.last) == (DAY, DAY + timedelta(2))


def test_a_missing_day_is_a_gap():
    found = charted(1, 2, None, 1)
    assert [[point.rank for point in line] for line in found.lines] == [[1, 2], [1]]


def test_who_has_dropped_out_ends_before_the_right_edge():
    assert charted(1, 2, until=4).points[-1].x == 0.25


def test_one_day_is_a_dot():
    assert [(point.x, point.y) for point in charted(7).points] == [(0, 0)]


def test_nothing_kept_is_no_chart():
    assert charted() is None
