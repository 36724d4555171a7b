"""♡ and un-♡ in one statement: the same row, and nothing where a closer look is needed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from studiomode.beats.models import Artist, Beat, SavedBeat

NOW = datetime(2026, 5, 6, 14, tzinfo=UTC)


@pytest.fixture
def beat(make_beat: Callable[..., Beat]) -> Beat:
    return make_beat("slow-burn", producer="dj-a", genre="house")


def give(beat: Beat, artist: Artist) -> None:
    beat.producer.artist = artist
    beat.producer.save()


def rows() -> list[dict[str, Any]]:
    return list(SavedBeat.objects.values("artist", "beat", "producer", "genre"))


def test_the_row_is_the_one_that_save_beat_puts_in(artist: Artist, beat: Beat) -> None:
    artist.save_beat(beat)
    expected = rows()
    SavedBeat.objects.all().delete()
    assert artist.save_at_once("slow-burn", NOW)
    assert rows() == expected
    assert abs(SavedBeat.objects.get().created_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_beat_of_another_artist_is_saved(artist: Artist, beat: Beat) -> None:
    give(beat, Artist.objects.create_user("other"))
    assert artist.save_at_once("slow-burn", NOW)


def test_ones_own_beat_is_not(artist: Artist, beat: Beat) -> None:
    give(beat, artist)
    assert not artist.save_at_once("slow-burn", NOW)
    assert rows() == []


def test_a_beat_that_is_unknown_or_unpublished_is_not(artist: Artist, beat: Beat) -> None:
    assert not artist.save_at_once("still", NOW)
    assert not artist.save_at_once("slow-burn", beat.published_at - timedelta(microseconds=1))
    assert rows() == []
    assert artist.save_at_once("slow-burn", beat.published_at)


def test_a_second_save_leaves_the_first_row(artist: Artist, beat: Beat) -> None:
    assert artist.save_at_once("slow-burn", NOW)
    first = SavedBeat.objects.get()
    assert not artist.save_at_once("slow-burn", NOW)
    assert SavedBeat.objects.get().pk == first.pk


def test_unsaving_takes_ones_own_row_of_that_beat_alone(
    artist: Artist, beat: Beat, make_beat: Callable[..., Beat]
) -> None:
    other = Artist.objects.create_user("other")
    other.save_beat(beat)
    for saved in (beat, make_beat("still")):
        artist.save_beat(saved)
    assert artist.unsave_at_once("slow-burn")
    assert not artist.unsave_at_once("slow-burn")
    assert not artist.unsave_at_once("unknown")
    left = SavedBeat.objects.values_list("artist__username", "beat__slug")
    assert set(left) == {("other", "slow-burn"), ("ada", "still")}


@pytest.mark.parametrize("method", ["put", "delete"])
def test_the_api_asks_postgresql_once(
    method: str, artist: Artist, beat: Beat, api: APIClient
) -> None:
    api.force_authenticate(artist)  # who asks is no part of the question
    if method == "delete":
        artist.save_beat(beat)
    with CaptureQueriesContext(connection) as queries:
        answer = getattr(api, method)(
            "/api/v1/beats/slow-burn/save/", headers={"Prefer": "return=minimal"}
        )
    # SQLite is told in two statements between the two of a transaction.
    statements = 1 if connection.vendor == "postgresql" else 4
    assert (answer.status_code, len(queries)) == (204, statements)
    assert len(rows()) == (method == "put")
