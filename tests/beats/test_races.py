"""A ♡ against a relabelling or a change of owner, on two connections at the same instant.

SQLite writes one transaction at a time; there is nothing to interleave.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.db.models import F
from rest_framework.test import APIClient

from studiomode.beats.imports import Row, land
from studiomode.beats.models import Artist, Beat, Genre, Producer, Refused, SavedBeat

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite writes one at a time"),
]

BRIEFLY = 0.3  # seconds for the other side to reach the lock
Heart = Callable[[Artist, Beat], object]


def over_http(artist: Artist, beat: Beat) -> object:
    """At once where that can be, as the API does it."""
    client = APIClient()
    client.force_authenticate(artist)
    return client.put(f"/api/v1/beats/{beat.slug}/save/")


@pytest.fixture(params=[Artist.save_beat, over_http], ids=["model", "http"])
def heart(request: pytest.FixtureRequest) -> Heart:
    """Either way to ♡."""
    return request.param


@pytest.fixture
def ada(transactional_db: None) -> Artist:
    return Artist.objects.create_user("ada")


@pytest.fixture
def beat(transactional_db: None) -> Beat:
    producer = Producer.objects.create(handle="dj-a", name="DJ A")
    genre = Genre.objects.create(slug="house", name="House")
    Producer.objects.create(handle="dj-b", name="DJ B")
    return Beat.objects.create(slug="slow-burn", title="x", producer=producer, genre=genre)


def apart(work: Callable[[], object]) -> object:
    """Do the work on this thread's own connection, and close it."""
    try:
        return work()
    finally:
        connection.close()


def while_held(first: Callable[[], object], then: Callable[[], object]) -> None:
    """`then` on another connection, begun after `first` and before its commit."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            second: Future[object] = pool.submit(apart, then)
            time.sleep(BRIEFLY)
        with suppress(Refused):
            second.result(timeout=20)


def relabel(beat: Beat, handle: str) -> None:
    found = Beat.objects.get(pk=beat.pk)
    found.producer = Producer.objects.get(handle=handle)
    found.save()


def give(handle: str, artist: Artist | None) -> None:
    producer = Producer.objects.get(handle=handle)
    producer.artist = artist
    producer.save()


def assert_laws() -> None:
    saves = SavedBeat.objects
    assert not saves.exclude(producer=F("beat__producer")).exists(), "a label fell behind"
    assert not saves.exclude(genre=F("beat__genre")).exists(), "a label fell behind"
    assert not saves.filter(artist=F("beat__producer__artist")).exists(), "somebody's own beat"


def test_a_save_waits_for_a_relabelling(ada: Artist, beat: Beat, heart: Heart) -> None:
    while_held(lambda: relabel(beat, "dj-b"), lambda: heart(ada, beat))
    assert SavedBeat.objects.get().producer.handle == "dj-b"
    assert_laws()


def test_a_relabelling_waits_for_a_save(ada: Artist, beat: Beat, heart: Heart) -> None:
    while_held(lambda: heart(ada, beat), lambda: relabel(beat, "dj-b"))
    assert SavedBeat.objects.get().producer.handle == "dj-b"
    assert_laws()


def test_a_save_waits_for_a_new_owner(ada: Artist, beat: Beat, heart: Heart) -> None:
    while_held(lambda: give("dj-a", ada), lambda: heart(ada, beat))
    assert not SavedBeat.objects.exists()


def test_a_new_owner_waits_for_a_save(ada: Artist, beat: Beat, heart: Heart) -> None:
    while_held(lambda: heart(ada, beat), lambda: give("dj-a", ada))
    assert not SavedBeat.objects.exists()


def test_a_relabelling_waits_for_the_new_owner_of_its_producer(ada: Artist, beat: Beat) -> None:
    ada.save_beat(beat)
    while_held(lambda: give("dj-b", ada), lambda: relabel(beat, "dj-b"))
    assert_laws()


def test_a_new_owner_waits_for_a_relabelling_to_their_producer(ada: Artist, beat: Beat) -> None:
    ada.save_beat(beat)
    while_held(lambda: relabel(beat, "dj-b"), lambda: give("dj-b", ada))
    assert_laws()


def test_fans_of_one_producer_do_not_wait_for_each_other(ada: Artist, beat: Beat) -> None:
    eve = Artist.objects.create_user("eve")
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        over_http(ada, beat)
        pool.submit(apart, lambda: over_http(eve, beat)).result(timeout=20)
    assert SavedBeat.objects.count() == 2


@pytest.fixture
def row(ada: Artist, beat: Beat) -> Row:
    """Ada's save of the beat, as a file of saves has it."""
    moment = datetime(2026, 5, 1, tzinfo=UTC)
    return Row(2, "ada", "slow-burn", "x", "dj-a", "house", moment, moment)


def test_an_import_waits_for_a_relabelling(beat: Beat, row: Row) -> None:
    while_held(lambda: relabel(beat, "dj-b"), lambda: land([row]))
    assert_laws()


def test_an_import_waits_for_a_new_owner(ada: Artist, row: Row) -> None:
    while_held(lambda: give("dj-a", ada), lambda: land([row]))
    assert_laws()


def test_the_laws_hold_after_a_storm(ada: Artist, beat: Beat) -> None:
    """Saves, un-saves, relabellings and changes of owner at once: no error but a refusal."""
    eve = Artist.objects.create_user("eve")
    deeds = [
        lambda: ada.save_beat(beat),
        lambda: eve.save_beat(beat),
        lambda: over_http(ada, beat),
        lambda: over_http(eve, beat),
        lambda: ada.unsave_beat(beat),
        lambda: relabel(beat, "dj-a"),
        lambda: relabel(beat, "dj-b"),
        lambda: give("dj-a", ada),
        lambda: give("dj-b", eve),
        lambda: give("dj-b", None),
    ]

    def live(seed: int) -> None:
        for deed in random.Random(seed).choices(deeds, k=25):
            with suppress(Refused):
                deed()

    with ThreadPoolExecutor(8) as pool:
        lives = [pool.submit(apart, lambda seed=seed: live(seed)) for seed in range(8)]
    for one in lives:
        one.result()
    assert_laws()
