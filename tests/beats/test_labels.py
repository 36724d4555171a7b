"""The ledger follows the catalogue: relabelling a beat, giving a producer to an artist."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from django.db import transaction

from studiomode.beats.models import Artist, Beat, Genre, Producer, SavedBeat


def labels() -> set[tuple[str, str, str]]:
    return set(SavedBeat.objects.values_list("artist__username", "producer__handle", "genre__slug"))


@pytest.fixture
def other(db: None) -> Artist:
    return Artist.objects.create_user("other")


@pytest.fixture
def beat(make_beat: Callable, artist: Artist, other: Artist) -> Beat:
    """By dj-a in house, saved by ada and other; another beat of dj-b is saved by both too."""
    found = make_beat("slow-burn", producer="dj-a", genre="house")
    for saved in (found, make_beat("still", producer="dj-b", genre="ambient")):
        artist.save_beat(saved)
        other.save_beat(saved)
    return found


STILL = {("ada", "dj-b", "ambient"), ("other", "dj-b", "ambient")}


def test_relabelling_a_beat_relabels_its_saves(beat: Beat) -> None:
    beat.producer = Producer.objects.get(handle="dj-b")
    beat.genre = Genre.objects.create(slug="techno", name="Techno")
    beat.save()
    assert labels() == STILL | {("ada", "dj-b", "techno"), ("other", "dj-b", "techno")}


def test_relabelling_one_field_alone_relabels_the_saves(beat: Beat) -> None:
    beat.genre = Genre.objects.get(slug="ambient")
    beat.save(update_fields=["genre"])
    assert labels() == STILL | {("ada", "dj-a", "ambient"), ("other", "dj-a", "ambient")}


def test_saving_another_field_leaves_the_labels_to_the_table(beat: Beat) -> None:
    """`update_fields` writes the title alone: the saves must not take a label the beat has not."""
    beat.genre = Genre.objects.get(slug="ambient")
    beat.title = "Slower Burn"
    beat.save(update_fields=["title"])
    assert Beat.objects.get(pk=beat.pk).genre.slug == "house"
    assert labels() == STILL | {("ada", "dj-a", "house"), ("other", "dj-a", "house")}


def test_giving_a_producer_to_an_artist_takes_back_their_saves(beat: Beat, artist: Artist) -> None:
    beat.producer.artist = artist
    beat.producer.save()
    assert labels() == STILL | {("other", "dj-a", "house")}


def test_taking_a_producer_from_an_artist_deletes_nothing(beat: Beat, artist: Artist) -> None:
    beat.producer.artist = None
    beat.producer.save()
    assert SavedBeat.objects.count() == 4


def test_relabelling_to_ones_own_producer_takes_back_ones_saves(beat: Beat, artist: Artist) -> None:
    beat.producer = Producer.objects.create(handle="ada", name="Ada", artist=artist)
    beat.save()
    assert labels() == STILL | {("other", "ada", "house")}


def test_relabelling_asks_the_table_whose_the_producer_is(beat: Beat, artist: Artist) -> None:
    known_before = Producer.objects.create(handle="ada", name="Ada")
    owned = Producer.objects.get(pk=known_before.pk)
    owned.artist = artist
    owned.save()
    beat.producer = known_before
    beat.save()
    assert labels() == STILL | {("other", "ada", "house")}


@pytest.mark.parametrize(
    "relabel",
    [
        lambda beat, producer: Beat.objects.update(producer=producer),
        lambda beat, producer: Beat.objects.filter(pk=beat.pk).update(producer_id=producer.pk),
        lambda beat, producer: Beat.objects.update(genre=beat.genre),
        lambda beat, producer: beat.producer.beats.update(producer=producer),
        lambda beat, producer: Beat.objects.bulk_update([beat], ["producer"]),
        lambda beat, producer: producer.beats.add(beat),
        lambda beat, producer: producer.beats.set([beat]),
    ],
    ids=["update", "update-id", "genre", "related", "bulk-update", "add", "set"],
)
def test_beats_are_not_relabelled_behind_the_back_of_the_ledger(
    relabel: Callable, beat: Beat
) -> None:
    producer = Producer.objects.get(handle="dj-b")
    with pytest.raises(TypeError, match=r"Beat\.save"), transaction.atomic():
        relabel(beat, producer)
    beat.refresh_from_db()
    assert beat.producer.handle == "dj-a"


@pytest.mark.parametrize(
    "give",
    [
        lambda producer, artist: artist.producers.add(producer),
        lambda producer, artist: artist.producers.set([producer]),
        lambda producer, artist: Producer.objects.filter(pk=producer.pk).update(artist=artist),
    ],
    ids=["add", "set", "update"],
)
def test_a_producer_given_in_any_way_keeps_no_save_of_the_artist(
    give: Callable, beat: Beat, artist: Artist
) -> None:
    """Refused (TypeError) or done in full: never given with the saves left."""
    with suppress(TypeError), transaction.atomic():
        give(beat.producer, artist)
    given = Producer.objects.get(pk=beat.producer_id).artist == artist
    left = SavedBeat.objects.filter(artist=artist, producer=beat.producer_id).count()
    assert (given, left) in [(True, 0), (False, 1)]


def test_a_failed_relabelling_changes_nothing(beat: Beat, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("studiomode.beats.querysets.SavedBeatQuerySet.update", fail)
    beat.producer = Producer.objects.get(handle="dj-b")
    with pytest.raises(RuntimeError):
        beat.save()
    assert Beat.objects.get(pk=beat.pk).producer.handle == "dj-a"
    assert ("ada", "dj-a", "house") in labels()


def test_saving_another_field_of_a_producer_gives_it_to_nobody(beat: Beat, artist: Artist) -> None:
    """`update_fields` writes the name alone: no save may be lost to an owner that is not one."""
    beat.producer.artist = artist
    beat.producer.name = "DJ Ada"
    beat.producer.save(update_fields=["name"])
    assert Producer.objects.get(handle="dj-a").artist is None
    assert labels() == STILL | {("ada", "dj-a", "house"), ("other", "dj-a", "house")}
