from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import pytest
from django.db import transaction

from studiomode.beats.models import Artist, Beat, Genre, Producer, SavedBeat

from . import oracle

Label = tuple[int, int]  # a beat's producer and genre, by number
Heart = tuple[int, int, datetime]  # artist and beat, by number, and when


@dataclass(frozen=True)
class World:
    """A catalogue and its ledger, both in the database and as the oracle knows it."""

    subjects: dict[str, list[Producer] | list[Beat] | list[Genre]]  # by lens
    saves: list[oracle.Save]


def keys(prefix: str, number: int) -> list[str]:
    """Keys whose alphabet runs against the order of the primary keys."""
    return [f"{prefix}{number - index:03}" for index in range(number)]


def build(labels: Sequence[Label], hearts: Sequence[Heart], artists: int = 12) -> World:
    made = {
        model: model.objects.bulk_create(
            model(**{model.KEY: key, "name": key}) for key in keys(prefix, number)
        )
        for model, prefix, number in ((Producer, "p", 5), (Genre, "g", 4))
    }
    producers, genres = made[Producer], made[Genre]
    beats = Beat.objects.bulk_create(
        Beat(slug=key, title=key, producer=producers[label[0]], genre=genres[label[1]])
        for key, label in zip(keys("b", len(labels)), labels, strict=True)
    )
    fans = Artist.objects.bulk_create(Artist(username=key) for key in keys("a", artists))
    rows = [(fans[fan], beats[beat], at) for fan, beat, at in hearts]
    SavedBeat.objects.bulk_create(
        SavedBeat(artist=fan, beat=beat, producer=beat.producer, genre=beat.genre, created_at=at)
        for fan, beat, at in rows
    )
    saves = [
        oracle.Save(fan.pk, beat.pk, beat.producer.pk, beat.genre.pk, at) for fan, beat, at in rows
    ]
    by_lens = {"producers": producers, "movers": producers, "beats": beats, "genres": genres}
    return World(by_lens, saves)


@pytest.fixture
def world(db: None) -> Callable[..., contextmanager]:
    """A world that is gone again behind its `with`: hypothesis builds many in one test."""

    @contextmanager
    def enter(labels: Sequence[Label], hearts: Sequence[Heart]) -> Iterator[World]:
        with transaction.atomic():
            yield build(labels, hearts)
            transaction.set_rollback(True)

    return enter
