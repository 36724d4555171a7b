"""Telling artists of new beats by the producers they follow: exactly once, whatever is killed.

The database itself writes the pairs, some ten thousand at a time: no row passes through here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from django.db import connection, reset_queries
from django.db.models import Count, DateField, Exists, F, OuterRef, Q, QuerySet, Value, Window
from django.db.models.functions import Mod, RowNumber

from studiomode.beats.models import Artist, Beat, Follow

from .models import DigestRun, Notice

BATCH = 20_000  # pairs of an artist and a beat
MOST_BEATS = 500  # of a batch
NAMED = 5
FOLLOWS = "producer__follows"
ARTIST = f"{FOLLOWS}__artist"

Beats = QuerySet[Beat, Beat]

INSERT = "INSERT INTO {table} (artist_id, beat_id, date) {rows} ON CONFLICT DO NOTHING"


class Unit(NamedTuple):
    """Some of the pairs, and how many there are at most."""

    condition: Q
    size: int


def write_notices(run: DigestRun) -> int:
    """Tell every follower of every new beat; the notices written."""
    if run.is_too_old_for_notices:
        return 0
    units = list(plan(run))
    written, done, of = 0, 0, sum(unit.size for unit in units)
    for unit in units:
        written += tell(run, unit)
        done += unit.size
        run.go_on(done, of)
        reset_queries()  # with DEBUG on, every statement would be remembered
    return written


def tell(run: DigestRun, unit: Unit) -> int:
    """One statement. Who was told before is a conflict, and ignored."""
    rows = pairs(run, unit.condition).values_list(ARTIST, "pk", Value(run.date, DateField()))
    select, values = rows.query.sql_with_params()
    table = connection.ops.quote_name(Notice._meta.db_table)
    statement = INSERT.format(table=table, rows=select)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return max(0, cursor.rowcount)


def plan(run: DigestRun) -> Iterator[Unit]:
    """All pairs in units of about BATCH: some beats together, or a part of one beat's follows."""
    followers = count_followers(run)
    beats: list[int] = []
    size = 0
    for beat, producer in news(run).order_by("pk").values_list("pk", "producer"):
        number = followers.get(producer, 0)
        if number > BATCH:
            yield from (Unit(Q(pk=beat) & part, BATCH) for part in parts(producer))
        elif number:
            if size + number > BATCH or len(beats) == MOST_BEATS:
                yield Unit(Q(pk__in=beats), size)
                beats, size = [], 0
            beats.append(beat)
            size += number
    if beats:
        yield Unit(Q(pk__in=beats), size)


def count_followers(run: DigestRun) -> dict[int, int]:
    """By producer with news."""
    follows = Follow.objects.filter(producer__in=news(run).values("producer"))
    return dict(follows.order_by().values_list("producer").annotate(number=Count("pk")))


def parts(producer: int) -> Iterator[Q]:
    """The follows of a producer with very many, BATCH at a time."""
    numbered = Follow.objects.filter(producer=producer).annotate(
        remainder=Mod(Window(RowNumber(), order_by="pk"), BATCH)
    )
    ends = numbered.filter(remainder=0).order_by("pk").values_list("pk", flat=True)
    after = 0
    for end in list(ends):
        yield Q(**{f"{FOLLOWS}__gt": after, f"{FOLLOWS}__lte": end})
        after = end
    yield Q(**{f"{FOLLOWS}__gt": after})


def news(run: DigestRun) -> Beats:
    """Beats published within the run's look-back."""
    return Beat.objects.filter(published_at__gt=run.looks_back_to(), published_at__lte=run.at)


def pairs(run: DigestRun, *conditions: Q) -> Beats:
    """Each new beat once for every follow that began before it came out and is not muted."""
    # One filter() call: all conditions are about the same follow, a second call would join anew.
    return news(run).filter(
        *conditions,
        **{f"{FOLLOWS}__created_at__lte": F("published_at"), f"{FOLLOWS}__is_muted": False},
    )


def preview_notices(run: DigestRun) -> Iterator[str]:
    """Whom `write_notices` would tell, the first few by name."""
    if run.is_too_old_for_notices:
        yield f"nobody: notices of {run.date} would no longer be kept"
        return
    told = Notice.objects.filter(artist=OuterRef(ARTIST), beat=OuterRef("pk"))
    untold = pairs(run, ~Q(Exists(told)))
    counts = untold.aggregate(notices=Count(ARTIST), artists=Count(ARTIST, distinct=True))
    yield "{notices:,} notices to {artists:,} artists".format(**counts)
    artists = Artist.objects.filter(pk__in=untold.values(ARTIST)).order_by("username")
    for artist in artists[:NAMED]:
        yield artist.username
    if counts["artists"] > NAMED:
        yield f"and {counts['artists'] - NAMED:,} more"
