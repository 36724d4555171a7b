"""F21: beats are published in transactions that are committed late, while runs come and go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from random import Random
from time import sleep

from django.utils import timezone
from setup import call_command

from studiomode.beats.models import Beat, Genre, Producer
from studiomode.beats.querysets import BeatQuerySet
from studiomode.beats.windows import last_snapshot_day
from studiomode.digest.models import Notice

from .world import Count, Process, forget, run_digest

WRITERS = 4
LATEST = 0.2  # seconds from the instant that a beat bears to its commit


def inject(times: int, chance: Random, tell: Callable[[int, int], None]) -> Iterator[Count]:
    """`times` beats by each of WRITERS."""
    forget()
    yesterday = last_snapshot_day(timezone.now()) - timedelta(days=1)
    assert Process(partial(run_digest, yesterday)).ended() == 0
    writers = [Process(partial(publish, n, times, chance.random())) for n in range(WRITERS)]
    runs = failed = 0
    while not all(writer.has_ended() for writer in writers):
        failed += Process(run_now).ended() != 0
        runs += 1
        tell(published().count(), WRITERS * times)
    failed += Process(run_now).ended() != 0
    failed += sum(writer.ended() != 0 for writer in writers)
    told = published().filter(producer__follows__isnull=False)
    expected = set(told.values_list("producer__follows__artist", "pk"))
    found = set(Notice.objects.values_list("artist", "beat"))
    yield Count("beats committed up to 200 ms late", published().count(), None)
    yield Count("runs meanwhile", runs, None)
    yield Count("runs or writers that failed", failed)
    yield Count("notices they had to lead to", len(expected), None)
    yield Count("notices lost", len(expected - found))
    yield Count("notices of anything else", len(found - expected))


def published() -> BeatQuerySet:
    return Beat.objects.filter(slug__startswith="late-")


def run_now() -> None:
    call_command("daily_digest")


def publish(number: int, times: int, seed: float) -> None:
    chance = Random(seed)
    producers, genre = list(Producer.objects.order_by("pk")), Genre.objects.first()
    for beat in range(times):
        label = {"producer": chance.choice(producers), "genre": genre}
        slug, at = f"late-{number}-{beat}", timezone.now()
        sleep(chance.uniform(0, LATEST))  # in no transaction: on SQLite nobody else could write
        Beat.objects.create(slug=slug, title=slug, published_at=at, **label)
