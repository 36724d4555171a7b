"""Telling artists of new beats by the producers they follow: exactly once, whatever is killed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from django.db import reset_queries
from django.db.models import Exists, F, OuterRef, Q

from studiomode.beats.models import Beat

from .models import DigestRun, Notice

BATCH = 2_000


def write_notices(run: DigestRun) -> int:
    """Tell every follower of every new beat; the notices written."""
    written = 0
    for batch in batches(run):
        Notice.objects.bulk_create(batch, ignore_conflicts=True)
        written += len(batch)
        run.show_life()
        reset_queries()  # with DEBUG on, every statement would be remembered
    return written


def batches(run: DigestRun) -> Iterator[list[Notice]]:
    news = (Notice(artist_id=artist, beat_id=beat, date=run.date) for artist, beat in untold(run))
    return iter(lambda: list(islice(news, BATCH)), [])


def untold(run: DigestRun) -> Iterator[tuple[int, int]]:
    """(artist, beat) pairs: published within the run's look-back and after the follow began."""
    artist = "producer__follows__artist"
    told = Notice.objects.filter(artist=OuterRef(artist), beat=OuterRef("pk"))
    # One filter() call: all conditions are about the same follow, a second call would join anew.
    pairs = Beat.objects.filter(
        ~Exists(told),
        Q(published_at__gt=run.looks_back_to(), published_at__lte=run.at),
        Q(producer__follows__created_at__lt=F("published_at")),
    )
    return pairs.values_list(artist, "pk").order_by("pk").iterator(BATCH)
