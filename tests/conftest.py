from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from rest_framework.test import APIClient

from studiomode.beats import limits
from studiomode.beats.models import Artist, Beat, Genre, Producer, SavedBeat

AT = datetime(2026, 5, 6, 14, tzinfo=UTC)  # a Wednesday of 2026-W19, when a snapshot is due

Saves = Callable[..., list[SavedBeat]]


@pytest.fixture(autouse=True)
def forget_cached() -> Iterator[None]:
    yield
    for cache in caches.all():
        cache.clear()
    limits.reads.spent.clear()


@pytest.fixture
def at() -> datetime:
    return AT


@pytest.fixture
def artist(db: None) -> Artist:
    return Artist.objects.create_user("ada", "ada@example.com", "correct horse battery")


@pytest.fixture
def client_of_artist(artist: Artist) -> Client:
    client = Client()
    client.force_login(artist)
    return client


@pytest.fixture
def api() -> APIClient:
    return APIClient()


@pytest.fixture
def api_of_artist(artist: Artist) -> APIClient:
    client = APIClient()
    client.force_login(artist)
    return client


@pytest.fixture
def make_beat(db: None) -> Callable[..., Beat]:
    """make_beat("slow-burn", producer="dj-a", genre="house", published_at=…)"""

    def make(slug: str, producer: str = "dj-a", genre: str = "house", **fields: Any) -> Beat:
        fields = {
            "title": slug.replace("-", " ").title(),
            "published_at": AT - timedelta(90),
        } | fields
        return Beat.objects.create(
            slug=slug,
            producer=Producer.objects.get_or_create(handle=producer, defaults={"name": producer})[
                0
            ],
            genre=Genre.objects.get_or_create(slug=genre, defaults={"name": genre})[0],
            **fields,
        )

    return make


@pytest.fixture
def make_saves(db: None) -> Saves:
    """make_saves(beat, 3, days_ago=1): three artists ♡ the beat, one day before AT."""
    numbers = count()

    def make(beat: Beat, number: int = 1, *, days_ago: float = 1) -> list[SavedBeat]:
        fans = Artist.objects.bulk_create(
            Artist(username=f"fan{next(numbers)}", password="!") for _ in range(number)
        )
        moment = AT - timedelta(days=days_ago)
        saves = [beat.saved_by(fan) for fan in fans]
        for save in saves:
            save.created_at = moment
        return SavedBeat.objects.bulk_create(saves)

    return make
