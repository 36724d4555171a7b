"""Boards, places, recap and pages take as many queries for sixty entries as for three."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from leaderboards.boards import board, place, recap
from leaderboards.lenses import LENSES
from studiomode.beats.models import Artist
from studiomode.beats.windows import window

AT = datetime(2026, 5, 6, 14, tzinfo=UTC)
API = [
    "boards/producers/", "boards/movers/", "boards/beats/", "boards/genres/", "recap/", "beats/",
    "beats/b0/", "me/vault/", "boards/producers/p0/", "boards/movers/p0/", "boards/beats/b0/",
    "boards/genres/g0/",
]  # fmt: skip
PAGES = [
    "", "weekly-recap/", "weekly-recap/2026-W19/", "boards/producers/", "boards/movers/",
    "boards/beats/", "boards/genres/", "beats/b0/", "producers/p0/", "genres/g0/", "vault/",
]  # fmt: skip


@pytest.fixture
def grow(make_beat: Callable, make_saves: Callable, artist: Artist) -> Callable[[int, int], None]:
    """Beats, producers and genres first to last, each saved last week, this week and just now.

    Some climb: a board without entries would save itself the query for their names.
    """

    def add(first: int, last: int) -> None:
        for number in range(first, last):
            beat = make_beat(f"b{number}", producer=f"p{number}", genre=f"g{number}")
            make_saves(beat, 5 - number % 5, days_ago=8)
            make_saves(beat, 1 + number % 7, days_ago=1)
            artist.save_beat(beat)
            artist.follow(beat.producer)

    return add


def queries(ask: Callable[[], object]) -> int:
    ask()  # whatever is fetched once a process
    with CaptureQueriesContext(connection) as captured:
        ask()
    return len(captured)


def constant(grow: Callable[[int, int], None], ask: Callable[[], object]) -> int:
    """How many queries it takes; as many with sixty subjects as with three."""
    grow(0, 3)
    few = queries(ask)
    grow(3, 60)
    assert queries(ask) == few
    return few


@pytest.mark.parametrize("lens", LENSES)
def test_a_board_takes_few_queries(lens: str, grow: Callable) -> None:
    assert constant(grow, lambda: board(LENSES[lens], window("7d", AT), limit=100)) == 2


@pytest.mark.parametrize("lens", LENSES)
def test_a_place_takes_few_queries(lens: str, grow: Callable) -> None:
    subject = LENSES[lens].subject.objects
    found = constant(grow, lambda: place(LENSES[lens], window("7d", AT), subject.first()))
    assert found <= 3  # one for `first`, and one for names where there are any


def test_a_recap_takes_few_queries(grow: Callable) -> None:
    columns_and_names = 3 + 3
    assert constant(grow, lambda: recap(window("7d", AT), limit=100)) == columns_and_names


@pytest.mark.parametrize("address", API)
def test_the_api_takes_few_queries(address: str, grow: Callable, artist: Artist) -> None:
    client = APIClient()
    client.force_login(artist)

    def ask() -> None:
        assert client.get(f"/api/v1/{address}?limit=100").status_code == 200

    assert constant(grow, ask) <= 18


@pytest.mark.parametrize("address", PAGES)
def test_a_page_takes_few_queries(address: str, grow: Callable, client_of_artist: Client) -> None:
    def ask() -> None:
        assert client_of_artist.get(f"/{address}").status_code == 200

    assert constant(grow, ask) <= 22


def test_a_board_reads_the_ledger_and_no_other_table_but_the_names(grow: Callable) -> None:
    grow(0, 3)
    with CaptureQueriesContext(connection) as captured:
        board(LENSES["producers"], window("7d", AT))
    assert not any("JOIN beats_" in query["sql"].replace('"', "") for query in captured)
    assert ["saved_beats" in query["sql"] for query in captured] == [True, False]


EXPLAIN = {
    "sqlite": ([], "EXPLAIN QUERY PLAN", "USING COVERING INDEX savedbeat_boards"),
    # The few rows of a test would be read quicker in any other way; and a table that the server
    # found empty between two tests, or indexes that other tests left half empty, in any at all.
    "postgresql": (
        [
            "REINDEX TABLE saved_beats",
            "ANALYZE saved_beats",
            # As a vacuum leaves it, which cannot be had within a transaction.
            "UPDATE pg_class SET relallvisible = relpages WHERE oid = 'saved_beats'::regclass",
            "SET LOCAL enable_seqscan = off",
            "SET LOCAL enable_bitmapscan = off",
        ],
        "EXPLAIN",
        "Index Only Scan using savedbeat_boards",
    ),
}


WHOLE = window("7d", AT)
ASKED = {
    **{f"board of {name}": partial(board, lens, WHOLE) for name, lens in LENSES.items()},
    **{
        f"place among {name}": lambda lens=lens: place(lens, WHOLE, lens.subject.objects.first())
        for name, lens in LENSES.items()
    },
    "recap": partial(recap, WHOLE),
}


@pytest.mark.parametrize("asked", ASKED)
def test_nothing_but_the_index_of_the_window_is_read(asked: str, grow: Callable) -> None:
    orders, explain, expected = EXPLAIN[connection.vendor]
    grow(0, 60)
    with CaptureQueriesContext(connection) as captured:
        ASKED[asked]()
    plans = [query["sql"] for query in captured if "saved_beats" in query["sql"]]
    assert plans
    for sql in plans:
        with connection.cursor() as cursor:
            for order in orders:
                cursor.execute(order)
            cursor.execute(f"{explain} {sql}")
            plan = str(cursor.fetchall())
        assert expected in plan, sql
        assert "created_at>" in plan.replace(" ", "").replace('"', ""), plan  # a range of it
