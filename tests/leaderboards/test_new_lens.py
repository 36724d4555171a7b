"""A fifth lens is one declaration: its board, page, JSON and place in the recap follow."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.test import Client
from rest_framework.test import APIClient

from leaderboards.lenses import LENSES, Lens

AT = "2026-05-06T14:00:00Z"
NEWCOMERS = Lens(
    name="newcomers",
    title="New genres",
    column="genre",
    blurb="Genres that nobody saved the week before.",
    selects="previous_rank IS NULL",
)


@pytest.fixture(autouse=True)
def fifth(monkeypatch: pytest.MonkeyPatch, make_beat: Callable, make_saves: Callable) -> None:
    monkeypatch.setitem(LENSES, NEWCOMERS.name, NEWCOMERS)
    old, new = make_beat("old", genre="old"), make_beat("new", genre="new")
    make_saves(old, 2, days_ago=8)
    make_saves(old, 3)
    make_saves(new, 1)


def test_it_has_a_board_in_json(api: APIClient) -> None:
    found = api.get("/api/v1/boards/newcomers/", {"at": AT}).json()
    assert (found["lens"], found["count"], found["total_saves"]) == ("newcomers", 1, 4)
    assert [(entry["rank"], entry["key"]) for entry in found["results"]] == [(2, "new")]


def test_it_is_listed(api: APIClient) -> None:
    assert api.get("/api/v1/boards/").json()[-1]["name"] == "newcomers"


def test_it_has_its_place_in_the_recap(api: APIClient) -> None:
    recap = api.get("/api/v1/recap/", {"at": AT}).json()
    assert list(recap) == ["producers", "movers", "beats", "genres", "newcomers"]
    assert [entry["key"] for entry in recap["newcomers"]["results"]] == ["new"]


def test_it_has_places(api: APIClient) -> None:
    new = api.get("/api/v1/boards/newcomers/new/", {"at": AT}).json()
    assert (new["rank"], new["position"], new["gap"]) == (2, 1, 2)
    old = api.get("/api/v1/boards/newcomers/old/", {"at": AT}).json()
    assert (old["rank"], old["position"]) == (1, None)


def test_it_has_a_command() -> None:
    printed = call_command("board", "newcomers", f"--at={AT}", "--format=json")
    assert [entry["key"] for entry in json.loads(printed)["results"]] == ["new"]


@pytest.mark.parametrize("address", ["/boards/newcomers/", "/weekly-recap/"])
def test_it_has_a_page_and_stands_on_the_recap(address: str, client: Client) -> None:
    answer = client.get(address, {"at": AT})
    assert answer.status_code == 200
    assert "New genres" in answer.content.decode()
