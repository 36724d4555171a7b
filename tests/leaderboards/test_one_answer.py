"""Command, JSON and recap say the same for the same instant."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from leaderboards.boards import board, recap
from leaderboards.lenses import LENSES
from studiomode.beats.windows import window

AT = "2026-05-06T14:00:00Z"


@pytest.fixture(autouse=True)
def ledger(make_beat: Callable, make_saves: Callable) -> None:
    for number in range(6):
        beat = make_beat(f"b{number}", producer=f"p{number % 4}", genre=f"g{number % 3}")
        make_saves(beat, 1 + (number * 5) % 4, days_ago=8)
        make_saves(beat, 1 + (number * 7) % 5, days_ago=1.5)


@pytest.mark.parametrize("name", ["7d", "2026-W19", "2026-W18"])
@pytest.mark.parametrize("lens", LENSES)
def test_a_board_is_one_answer(lens: str, name: str, api: APIClient, at) -> None:
    params = {"at": AT, "window": name, "limit": 100}
    page = api.get(f"/api/v1/boards/{lens}/", params).json()
    part = api.get("/api/v1/recap/", params).json()[lens]
    printed = json.loads(
        call_command(
            "board", lens, f"--at={AT}", f"--window={name}", "--limit=100", "--format=json"
        )
    )
    for other in (part, printed):
        assert other | {"generated_at": ""} == page | {"generated_at": ""}
    assert page["results"] or lens == "movers"
    own = board(LENSES[lens], window(name, at), limit=100)
    assert recap(window(name, at), limit=100)[lens] == own
    assert [entry.key for entry in own.entries] == [entry["key"] for entry in page["results"]]


@pytest.mark.parametrize("lens", LENSES)
def test_a_place_is_what_the_board_says(lens: str, api: APIClient) -> None:
    entries = api.get(f"/api/v1/boards/{lens}/", {"at": AT, "limit": 100}).json()["results"]
    for position, entry in enumerate(entries, start=1):
        place = api.get(f"/api/v1/boards/{lens}/{entry['key']}/", {"at": AT}).json()
        assert entry.items() <= place.items()
        assert place["position"] == position
        assert place["neighbours"]["above"] == entries[max(0, position - 3) : position - 1]
        assert place["neighbours"]["below"] == entries[position : position + 2]


def test_a_table_names_window_counts_and_entries() -> None:
    printed = call_command("board", "beats", f"--at={AT}", "--limit=2")
    head, *lines = printed.splitlines()
    assert "2026-04-29T14:00:00Z to 2026-05-06T14:00:00Z" in head
    assert "6 entries" in head
    assert len(lines) == 2
    assert lines[0].split()[0] == "1"


@pytest.mark.parametrize(
    "arguments",
    [
        ["nowhere"], [], ["beats", "--limit=0"], ["beats", "--limit=101"], ["beats", "--limit=x"],
        ["beats", f"--limit={'9' * 5_000}"], ["beats", "--at=yesterday"],
        ["beats", "--at=2026-05-06"], ["beats", "--at=2999-01-01T00:00:00Z"],
        ["beats", "--window=2026-W54"], ["beats", "--window=2999-W01"], ["beats", "--format=xml"],
        ["beats", "--at=2026-05-06T14:00:00Z", "--window=2026-W20"],
    ],
)  # fmt: skip
def test_a_command_refuses_what_is_not_allowed(arguments: list[str]) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("board", *arguments)
    assert str(refused.value)
