"""Every board and every place on it, against an oracle that counts by brute force."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from leaderboards.boards import Entry, board, place
from leaderboards.lenses import LENSES
from studiomode.beats.windows import window

from . import oracle

AT = datetime(2026, 5, 6, 14, tzinfo=UTC)  # a Wednesday of 2026-W19
WINDOWS = ["7d", "2026-W19", "2026-W18", "2026-W17"]
EDGES = [
    datetime(2026, month, day, hour, tzinfo=UTC)
    for month, day, hour in (
        (5, 6, 14), (4, 29, 14), (4, 22, 14),  # of the rolling week, and the one before
        (5, 4, 0), (4, 27, 0), (4, 20, 0), (4, 13, 0), (4, 6, 0),  # Mondays
    )
]  # fmt: skip

instants = st.one_of(
    st.builds(
        lambda edge, step: edge + timedelta(microseconds=step),
        st.sampled_from(EDGES),
        st.sampled_from([-1, 0, 1]),
    ),
    st.integers(-40 * 24, 10 * 24).map(lambda hours: AT + timedelta(hours=hours)),
    st.integers(0, 13).map(lambda days: AT - timedelta(days=days, minutes=30)),
)
labels = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=7, max_size=7)
hearts = st.lists(
    st.tuples(st.integers(0, 11), st.integers(0, 6), instants),
    max_size=60,
    unique_by=lambda heart: heart[:2],
)
TWO_BEATS = [(number % 5, number % 4) for number in range(7)]
YESTERDAY, LAST_WEEK = AT - timedelta(days=1), AT - timedelta(days=8)

many = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def as_line(entry: Entry) -> oracle.Line:
    return oracle.Line(entry.rank, entry.subject.pk, entry.saves, entry.previous_rank)


def as_lines(entries: tuple[Entry, ...]) -> list[oracle.Line]:
    return [as_line(entry) for entry in entries]


@pytest.mark.parametrize("lens", LENSES)
@many
@example(labels=TWO_BEATS, hearts=[], name="7d", limit=1)
@example(labels=TWO_BEATS, hearts=[(0, 0, YESTERDAY)], name="7d", limit=1)
@example(labels=TWO_BEATS, hearts=[(0, 0, LAST_WEEK)], name="7d", limit=1)
@example(labels=TWO_BEATS, hearts=[(0, 0, AT)], name="7d", limit=1)
@example(labels=TWO_BEATS, hearts=[(0, n, YESTERDAY) for n in range(7)], name="7d", limit=2)
@given(labels=labels, hearts=hearts, name=st.sampled_from(WINDOWS), limit=st.integers(1, 4))
def test_a_board_is_what_a_recount_says(
    world: Callable, lens: str, labels: list, hearts: list, name: str, limit: int
) -> None:
    with world(labels, hearts) as built:
        expected = oracle.board(built.saves, lens, name, AT)
        start, end = oracle.bounds(name, AT)
        total = sum(start <= save.at < end for save in built.saves)

        whole = board(LENSES[lens], window(name, AT), limit=100)

        assert as_lines(whole.entries) == expected
        assert (whole.total_saves, whole.count) == (total, len(expected))
        assert (whole.window.start, whole.window.end) == (start, end)
        for entry in whole.entries:
            assert entry.share == round(entry.share, 2)
            assert abs(entry.share - 100 * entry.saves / total) <= 0.0050001
            assert entry.is_new is (entry.previous_rank is None)
            climbed = None if entry.is_new else entry.previous_rank - entry.rank
            assert entry.change == climbed
        for offset in range(0, len(expected) + limit, limit):
            page = board(LENSES[lens], window(name, AT), limit=limit, offset=offset)
            assert as_lines(page.entries) == expected[offset : offset + limit]
            assert (page.total_saves, page.count) == (total, len(expected))


@pytest.mark.parametrize("lens", LENSES)
@many
@example(labels=TWO_BEATS, hearts=[], name="7d")
@example(labels=TWO_BEATS, hearts=[(0, 0, LAST_WEEK)], name="7d")
@example(labels=TWO_BEATS, hearts=[(0, n, YESTERDAY) for n in range(7)], name="7d")
@given(labels=labels, hearts=hearts, name=st.sampled_from(WINDOWS))
def test_a_place_is_what_a_recount_says(
    world: Callable, lens: str, labels: list, hearts: list, name: str
) -> None:
    with world(labels, hearts) as built:
        listed = oracle.board(built.saves, lens, name, AT)
        positions = {line.subject: number for number, line in enumerate(listed, start=1)}
        for subject in built.subjects[lens]:
            found = place(LENSES[lens], window(name, AT), subject)

            assert as_line(found.entry) == oracle.line(built.saves, lens, name, AT, subject.pk)
            assert found.gap == oracle.gap(built.saves, lens, name, AT, subject.pk)
            position = positions.get(subject.pk)
            assert found.position == position
            above = listed[max(0, position - 3) : position - 1] if position else []
            below = listed[position : position + 2] if position else []
            assert as_lines(found.above) == above
            assert as_lines(found.below) == below
            assert found.board.count == len(listed)


def test_ties_share_a_rank_and_the_next_rank_is_skipped(
    make_beat: Callable, make_saves: Callable
) -> None:
    for slug, saves in (("a", 3), ("b", 2), ("c", 2), ("d", 1)):
        make_saves(make_beat(slug), saves)
    entries = board(LENSES["beats"], window("7d", AT)).entries
    assert [(entry.key, entry.rank) for entry in entries] == [
        ("a", 1),
        ("b", 2),
        ("c", 2),
        ("d", 4),
    ]


def test_who_leaves_the_catalogue_leaves_the_board(
    make_beat: Callable, make_saves: Callable
) -> None:
    for slug in ("a", "b"):
        make_saves(make_beat(slug, producer=f"by-{slug}"), 2)
    make_beat("c").producer.delete()
    board_before = board(LENSES["producers"], window("7d", AT))
    board_before.entries[0].subject.delete()

    left = board(LENSES["producers"], window("7d", AT))

    assert board_before.count == 2
    assert [(entry.key, entry.rank) for entry in left.entries] == [("by-b", 1)]
    assert (left.total_saves, left.count) == (2, 1)


def test_a_mover_was_ranked_before_and_is_ranked_better_now(
    make_beat: Callable, make_saves: Callable
) -> None:
    for name, before, now in (
        ("climbs", 1, 4),
        ("holds", 2, 3),
        ("falls", 3, 1),
        ("is-new", 0, 2),
        ("is-gone", 2, 0),
    ):
        beat = make_beat(name, producer=name)
        make_saves(beat, before, days_ago=8)
        make_saves(beat, now, days_ago=1)
    entries = board(LENSES["movers"], window("7d", AT)).entries
    assert [(one.key, one.previous_rank, one.rank, one.change) for one in entries] == [
        ("climbs", 4, 1, 3)
    ]


@pytest.mark.parametrize(
    ("saves", "expected"),
    [
        # Both climb one place: the better rank first, though it is later in the catalogue.
        ({"d": (3, 8), "c": (5, 10), "b": (10, 9), "a": (4, 1)}, [("c", 1, 1), ("d", 1, 3)]),
        # Of one rank as well: as in the catalogue, which is not the order of the keys.
        ({"c": (1, 5), "b": (1, 5), "a": (3, 1)}, [("c", 1, 1), ("b", 1, 1)]),
        # The farthest climb first, whatever the rank.
        (
            {"d": (9, 9), "c": (8, 7), "b": (7, 10), "a": (1, 8)},
            [("b", 2, 1), ("a", 1, 3)],
        ),
        ({"d": (9, 9), "c": (8, 1), "b": (7, 2), "a": (1, 8)}, [("a", 2, 2)]),
    ],
)
def test_movers_are_listed_by_places_climbed_then_rank_then_catalogue(
    saves: dict, expected: list, make_beat: Callable, make_saves: Callable
) -> None:
    for name, (before, now) in saves.items():
        beat = make_beat(name, producer=name)
        make_saves(beat, before, days_ago=8)
        make_saves(beat, now, days_ago=1)
    entries = board(LENSES["movers"], window("7d", AT)).entries
    assert [(entry.key, entry.change, entry.rank) for entry in entries] == expected
