"""The ♡ and its undoing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from studiomode.beats.models import Artist, Producer, Refused, SavedBeat

OLD = datetime(2020, 1, 1, tzinfo=UTC)


def rows() -> list[tuple]:
    return list(SavedBeat.objects.values_list("artist__username", "beat__slug"))


def test_saving_puts_one_row_with_the_label_of_the_beat(
    artist: Artist, make_beat: Callable
) -> None:
    beat = make_beat("slow-burn", producer="dj-a", genre="house")
    artist.save_beat(beat)
    row = SavedBeat.objects.get()
    assert (row.artist, row.beat) == (artist, beat)
    assert (row.producer.handle, row.genre.slug) == ("dj-a", "house")
    assert abs(row.created_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_saving_twice_leaves_the_first_row(artist: Artist, make_beat: Callable) -> None:
    beat = make_beat("slow-burn")
    artist.save_beat(beat)
    SavedBeat.objects.update(created_at=OLD)
    first = SavedBeat.objects.get()
    artist.save_beat(beat)
    assert SavedBeat.objects.get().pk == first.pk
    assert SavedBeat.objects.get().created_at == OLD


def test_unsaving_twice_is_harmless(artist: Artist, make_beat: Callable) -> None:
    beat = make_beat("slow-burn")
    artist.save_beat(beat)
    artist.unsave_beat(beat)
    artist.unsave_beat(beat)
    assert rows() == []


def test_saving_again_is_a_new_row_with_a_new_instant(artist: Artist, make_beat: Callable) -> None:
    beat = make_beat("slow-burn")
    artist.save_beat(beat)
    SavedBeat.objects.update(created_at=OLD)
    first = SavedBeat.objects.get()
    artist.unsave_beat(beat)
    artist.save_beat(beat)
    again = SavedBeat.objects.get()
    assert again.pk != first.pk
    assert again.created_at > OLD


def test_unsaving_leaves_what_others_saved(artist: Artist, make_beat: Callable) -> None:
    beat, other = make_beat("slow-burn"), Artist.objects.create_user("other")
    artist.save_beat(beat)
    other.save_beat(beat)
    artist.unsave_beat(beat)
    assert rows() == [("other", "slow-burn")]


def test_ones_own_beat_is_refused_with_the_reason(artist: Artist, make_beat: Callable) -> None:
    beat = make_beat("slow-burn", producer="dj-a")
    beat.producer.artist = artist
    beat.producer.save()
    with pytest.raises(Refused, match="your own beat"):
        artist.save_beat(beat)
    assert rows() == []


def test_ones_own_beat_is_refused_whatever_the_caller_knew_of_it(
    artist: Artist, make_beat: Callable
) -> None:
    known_before = make_beat("slow-burn", producer="dj-a")
    assert known_before.producer.artist is None
    owner = Producer.objects.get(handle="dj-a")
    owner.artist = artist
    owner.save()
    with pytest.raises(Refused):
        artist.save_beat(known_before)


def test_a_save_has_the_label_of_now_whatever_the_caller_knew(
    artist: Artist, make_beat: Callable
) -> None:
    known_before = make_beat("slow-burn", producer="dj-a")
    relabelled = type(known_before).objects.get(pk=known_before.pk)
    relabelled.producer = Producer.objects.create(handle="dj-b", name="DJ B")
    relabelled.save()
    artist.save_beat(known_before)
    assert SavedBeat.objects.get().producer.handle == "dj-b"


def test_following_and_unfollowing_twice_is_harmless(artist: Artist, make_beat: Callable) -> None:
    producer = make_beat("slow-burn").producer
    for _ in range(2):
        artist.follow(producer)
    assert artist.follows.count() == 1
    for _ in range(2):
        artist.unfollow(producer)
    assert artist.follows.count() == 0
