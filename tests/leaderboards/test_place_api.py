"""One subject's place on a board, in JSON."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

AT = "2026-05-06T14:00:00Z"
ENTRY = [
    "rank", "key", "name", "saves", "share", "previous_rank", "change", "is_new", "url",
]  # fmt: skip
PLACE = {
    *ENTRY, "lens", "window", "slice", "generated_at", "stale", "source", "total_saves", "count",
    "position", "gap", "neighbours",
}  # fmt: skip


@pytest.fixture(autouse=True)
def ledger(make_beat: Callable, make_saves: Callable) -> None:
    """Saves now: a 9, b 5, c 5, d 3, e 2, f 1; z none, y only the week before."""
    for slug, now in (("a", 9), ("b", 5), ("c", 5), ("d", 3), ("e", 2), ("f", 1), ("z", 0)):
        make_saves(make_beat(slug, producer=slug, genre=slug), now)
    make_saves(make_beat("y", producer="y", genre="y"), 1, days_ago=8)


def place(api: APIClient, lens: str, key: str, **params: str) -> dict:
    answer = api.get(f"/api/v1/boards/{lens}/{key}/", {"at": AT} | params)
    assert answer.status_code == 200, answer.content
    return answer.json()


def keys(entries: list[dict]) -> list[str]:
    return [entry["key"] for entry in entries]


@pytest.mark.parametrize("lens", ["producers", "beats", "genres"])
def test_a_place_in_the_middle_has_two_neighbours_on_each_side(lens: str, api: APIClient) -> None:
    found = place(api, lens, "d")
    assert set(found) == PLACE
    assert (found["rank"], found["position"], found["saves"], found["gap"]) == (4, 4, 3, 2)
    assert (found["total_saves"], found["count"]) == (25, 6)
    assert keys(found["neighbours"]["above"]) == ["b", "c"]
    assert keys(found["neighbours"]["below"]) == ["e", "f"]
    assert all(list(entry) == ENTRY for side in found["neighbours"].values() for entry in side)
    assert list(found["neighbours"]) == ["above", "below"]


def test_the_first_has_no_gap_and_nobody_above(api: APIClient) -> None:
    found = place(api, "beats", "a")
    assert (found["rank"], found["position"], found["gap"]) == (1, 1, None)
    assert keys(found["neighbours"]["above"]) == []
    assert keys(found["neighbours"]["below"]) == ["b", "c"]


def test_equals_have_one_rank_one_gap_and_positions_of_their_own(api: APIClient) -> None:
    b, c = place(api, "beats", "b"), place(api, "beats", "c")
    assert (b["rank"], b["gap"], b["position"]) == (2, 4, 2)
    assert (c["rank"], c["gap"], c["position"]) == (2, 4, 3)
    assert keys(c["neighbours"]["above"]) == ["a", "b"]


@pytest.mark.parametrize(("key", "previous_rank"), [("z", None), ("y", 1)])
def test_without_saves_there_are_nulls(key: str, previous_rank: int | None, api: APIClient) -> None:
    found = place(api, "producers", key)
    assert set(found) == PLACE
    empty = {name: found[name] for name in ("rank", "position", "gap", "change")}
    assert set(empty.values()) == {None}
    assert (found["key"], found["saves"], found["share"]) == (key, 0, 0.0)
    assert (found["previous_rank"], found["is_new"]) == (previous_rank, False)
    assert found["neighbours"] == {"above": [], "below": []}
    assert (found["total_saves"], found["count"]) == (25, 6)


def test_in_a_window_without_any_saves_there_are_nulls(api: APIClient) -> None:
    found = place(api, "producers", "a", window="2025-W01")
    assert (found["rank"], found["saves"], found["share"], found["count"]) == (None, 0, None, 0)


def test_who_has_not_moved_has_a_rank_and_no_position_among_movers(api: APIClient) -> None:
    found = place(api, "movers", "a")
    assert (found["rank"], found["saves"], found["position"]) == (1, 9, None)
    assert found["count"] == 0


@pytest.mark.parametrize("lens", ["producers", "movers", "beats", "genres"])
def test_an_unknown_key_is_not_found(lens: str, api: APIClient) -> None:
    answer = api.get(f"/api/v1/boards/{lens}/nobody/")
    assert answer.status_code == 404
    assert answer.json()["detail"]
    assert api.get(f"/api/v1/boards/{lens}/A/").status_code == 404
