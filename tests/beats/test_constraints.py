"""The rules that the database itself holds, for whatever writes past the models."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction

from studiomode.beats.models import Artist, Beat, Follow, Genre, Producer, SavedBeat

NOT_KEYS = [
    "", " ", "a b", "a/b", "é", "名", "a\n", "a\0", "a'--", ".", "..", "a.png", "a.svg", ".png",
    "😀", "a" * 151,
]  # fmt: skip
KEYS = ["a", "-", "_", "...", "a.b", "png", "a.png.b", "a.PNG", "0", "a" * 150]


@pytest.fixture
def beat(make_beat: Callable) -> Beat:
    return make_beat("slow-burn")


@pytest.fixture
def insert(beat: Beat) -> dict[str, Callable[[str], object]]:
    """By model: put a row with that key into the table, past all validation."""
    label = {"producer": beat.producer, "genre": beat.genre}
    return {
        "artist": lambda key: Artist.objects.bulk_create([Artist(username=key)]),
        "producer": lambda key: Producer.objects.bulk_create([Producer(handle=key, name="x")]),
        "genre": lambda key: Genre.objects.bulk_create([Genre(slug=key, name="x")]),
        "beat": lambda key: Beat.objects.bulk_create([Beat(slug=key, title="x", **label)]),
    }


@pytest.mark.parametrize("model", ["artist", "producer", "genre", "beat"])
@pytest.mark.parametrize("key", NOT_KEYS)
def test_what_is_no_key_does_not_enter_a_table(model: str, key: str, insert: dict) -> None:
    with pytest.raises((DatabaseError, ValueError)), transaction.atomic():
        insert[model](key)


@pytest.mark.parametrize("model", ["artist", "producer", "genre", "beat"])
@pytest.mark.parametrize("key", KEYS)
def test_a_key_enters_a_table(model: str, key: str, insert: dict) -> None:
    assert insert[model](key)


@pytest.mark.parametrize("key", NOT_KEYS)
def test_a_form_names_what_a_key_may_be(key: str, db: None) -> None:
    with pytest.raises(ValidationError) as refused:
        Producer(handle=key, name="x").full_clean()
    assert "handle" in refused.value.message_dict


@pytest.mark.parametrize("key", KEYS)
def test_a_form_takes_a_key(key: str, db: None) -> None:
    Producer(handle=key, name="x").full_clean()


@pytest.mark.parametrize("model", ["artist", "producer", "genre", "beat"])
def test_a_key_is_there_once(model: str, insert: dict) -> None:
    insert[model]("twice")
    with pytest.raises(IntegrityError), transaction.atomic():
        insert[model]("twice")


@pytest.mark.parametrize("model", ["producer", "genre", "beat"])
def test_keys_are_told_apart_by_case(model: str, insert: dict) -> None:
    insert[model]("once")
    insert[model]("Once")


def test_artists_are_not_told_apart_by_case(insert: dict) -> None:
    """They sign in without minding it."""
    insert["artist"]("once")
    with pytest.raises(IntegrityError), transaction.atomic():
        insert["artist"]("Once")


def test_an_artist_saves_a_beat_once(beat: Beat, artist: Artist) -> None:
    SavedBeat.objects.bulk_create([beat.saved_by(artist)])
    with pytest.raises(IntegrityError), transaction.atomic():
        SavedBeat.objects.bulk_create([beat.saved_by(artist)])


def test_an_artist_follows_a_producer_once(beat: Beat, artist: Artist) -> None:
    for expected in (1, 1):
        rows = [Follow(artist=artist, producer=beat.producer)]
        Follow.objects.bulk_create(rows, ignore_conflicts=True)
        assert Follow.objects.count() == expected
    with pytest.raises(IntegrityError), transaction.atomic():
        Follow.objects.bulk_create(rows)


def test_the_rules_have_names() -> None:
    names = {
        constraint.name
        for model in (Artist, Producer, Genre, Beat, SavedBeat, Follow)
        for constraint in model._meta.constraints
    }
    assert names == {
        "artist_once_in_any_case",
        "artist_username_is_a_key",
        "producer_handle_is_a_key",
        "genre_slug_is_a_key",
        "beat_slug_is_a_key",
        "savedbeat_one_per_artist",
        "follow_one_per_artist",
    }


def test_the_database_knows_the_rules_by_name(db: None) -> None:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "saved_beats")
    assert found["savedbeat_one_per_artist"]["columns"] == ["beat_id", "artist_id"]
    assert found["savedbeat_one_per_artist"]["unique"]
    assert found["savedbeat_boards"]["columns"] == [
        "created_at",
        "producer_id",
        "genre_id",
        "beat_id",
    ]


def test_the_database_dates_a_save_in_its_own_clock(beat: Beat, artist: Artist) -> None:
    """A save written past the models has an instant that compares with all others."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO saved_beats (artist_id, beat_id, producer_id, genre_id) "
            "VALUES (%s, %s, %s, %s)",
            [artist.pk, beat.pk, beat.producer_id, beat.genre_id],
        )
    row = SavedBeat.objects.get()
    assert SavedBeat.objects.filter(created_at=row.created_at).exists()
    assert SavedBeat.objects.filter(created_at__gte=row.created_at).exists()
