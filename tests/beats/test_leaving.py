"""What goes when somebody or something leaves, from the code and from the admin."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from history.archives import ARCHIVES
from history.snapshots import take
from studiomode.beats.models import Artist, Beat, Producer, Refused, SavedBeat
from tests.conftest import AT


@pytest.fixture
def saved(make_beat: Callable, make_saves: Callable, artist: Artist) -> Beat:
    beat = make_beat("slow-burn")
    make_saves(beat, 2)
    artist.save_beat(beat)
    artist.follow(beat.producer)
    return beat


@pytest.fixture
def admin(db: None) -> Client:
    client = Client()
    client.force_login(Artist.objects.create_superuser("root", "root@example.com", "x"))
    return client


def test_an_artist_who_owns_a_producer_can_leave(saved: Beat, artist: Artist) -> None:
    owner = Artist.objects.create_user("owner")
    saved.producer.artist = owner
    saved.producer.save()
    owner.delete()
    artist.delete()
    assert Producer.objects.get().artist is None
    assert SavedBeat.objects.count() == 2


@pytest.mark.parametrize("what", ["beat", "producer", "genre", "artist"])
def test_the_admin_can_delete_what_has_saves(
    what: str, saved: Beat, artist: Artist, admin: Client
) -> None:
    for archive in ARCHIVES.values():
        take(archive, AT.date())
    row = artist if what == "artist" else getattr(saved, what, saved)
    answer = admin.post(f"/admin/beats/{what}/{row.pk}/delete/", {"post": "yes"})
    assert answer.status_code == 302
    assert not type(row).objects.filter(pk=row.pk).exists()
    assert all(archive.model.objects.exists() for archive in ARCHIVES.values())


def test_a_beat_taken_down_a_moment_ago_is_refused(saved: Beat, artist: Artist) -> None:
    Beat.objects.filter(pk=saved.pk).delete()
    with pytest.raises(Refused, match="taken down"):
        artist.save_beat(saved)


@pytest.mark.django_db(transaction=True)
def test_a_producer_who_left_a_moment_ago_is_refused(saved: Beat, artist: Artist) -> None:
    producer = Producer.objects.get()
    Producer.objects.filter(pk=producer.pk).delete()
    with pytest.raises(Refused, match="has left"):
        artist.follow(producer)
