"""The answer to a ♡ says where the beat stands, that ♡ included."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from leaderboards import hearts
from studiomode.beats.models import Artist, Beat, SavedBeat

SAVE = "/api/v1/beats/b/save/"


@pytest.fixture(autouse=True)
def ledger(make_beat: Callable, make_saves: Callable) -> None:
    """a has two saves, b one, c one; all within the last seven days."""
    for slug, number in (("a", 2), ("b", 1), ("c", 1)):
        make_saves(make_beat(slug), number)
    SavedBeat.objects.update(created_at=timezone.now() - timedelta(days=1))


def test_the_beat_draws_level(api_of_artist: APIClient) -> None:
    answer = api_of_artist.put(SAVE)
    assert answer.status_code == 200
    told = answer.json()
    assert list(told) == ["beat", "is_saved", "saved_at", "place"]
    assert (told["beat"], told["is_saved"]) == ("b", True)
    place = told["place"]
    assert (place["key"], place["rank"], place["saves"], place["gap"]) == ("b", 1, 2, None)
    assert place["total_saves"] == 5
    assert [entry["key"] for entry in place["neighbours"]["above"]] == ["a"]
    assert place["window"]["end"] > told["saved_at"]


def test_a_second_one_tells_the_same(api_of_artist: APIClient) -> None:
    first, second = (api_of_artist.put(SAVE).json() for _ in range(2))
    assert second["saved_at"] == first["saved_at"]
    assert second["place"]["saves"] == first["place"]["saves"] == 2


def test_it_is_told_even_where_boards_are_stored(
    api_of_artist: APIClient, api: APIClient, settings
) -> None:
    settings.BOARD_FRESH_SECONDS = 300
    assert api.get("/api/v1/boards/beats/").json()["results"][1]["saves"] == 1
    assert api_of_artist.put(SAVE).json()["place"]["saves"] == 2


def test_who_prefers_it_short_is_told_nothing(api_of_artist: APIClient, artist: Artist) -> None:
    answer = api_of_artist.put(SAVE, headers={"Prefer": "return=minimal"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer["Preference-Applied"] == "return=minimal"
    assert artist.saves.count() == 1


def test_taken_back_meanwhile_by_another_device(artist: Artist) -> None:
    told = hearts.saved(artist, Beat.objects.get(slug="b"), timezone.now())
    assert (told["is_saved"], told["saved_at"], told["place"]["saves"]) == (False, None, 1)
