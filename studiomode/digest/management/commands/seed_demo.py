from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from history.archives import ARCHIVES, Archive
from history.snapshots import to_keep
from studiomode.beats.models import Artist, Beat, Follow, Genre, Producer, SavedBeat
from studiomode.beats.windows import last_snapshot_day, snapshot_instant
from studiomode.digest import demo
from studiomode.digest.chores import DAILY
from studiomode.digest.demo_names import GENRES
from studiomode.digest.models import DigestRun, Notice

PASSWORD = "eight-bars-of-demo"  # noqa: S105  printed to whoever seeds, and never in production
LIVED_DAYS = 30
TICK = timedelta(seconds=3)  # after 14:00 UTC, when each of the runs is said to have begun
BATCH = 5_000

OCCUPANTS: dict[str, type[Any]] = {
    "artists": Artist,
    "beats": Beat,
    "saves": SavedBeat,
    **{f"archived {name}": archive.model for name, archive in ARCHIVES.items()},
}

Tell = Callable[[str], Any]


class Command(BaseCommand):
    help = (
        "Fill an empty database with believable demo data: a catalogue, six weeks of saves, a "
        "month of daily runs and an account to sign in with. Only with DEBUG on."
    )

    def handle(self, *args: Any, **options: Any) -> str:
        if not settings.DEBUG:
            raise CommandError(
                "seed_demo makes an account with a known password, so it runs with DEBUG on only."
            )
        there = next((what for what, model in OCCUPANTS.items() if model.objects.exists()), None)
        if there:
            return f"Nothing to do: only an empty database is seeded, and this one has {there}."
        seed(timezone.now(), self.stdout.write)
        self.stdout.write(f"Sign in as {demo.DEMO} with the password {PASSWORD}")
        return summary()


def summary() -> str:
    counts: dict[str, type[Any]] = {
        "producers": Producer,
        "beats": Beat,
        "genres": Genre,
        "artists": Artist,
        "saves": SavedBeat,
        "follows": Follow,
        "daily runs": DigestRun,
        "notices": Notice,
    }
    *most, last = (f"{model.objects.count():,} {what}" for what, model in counts.items())
    return f"Seeded {', '.join(most)} and {last}."


@transaction.atomic
def seed(at: datetime, tell: Tell) -> None:
    """All of the demo as at `at`, or nothing of it."""
    tell("The catalogue, the artists and what they saved …")
    write(demo.make(at))
    tell(f"{LIVED_DAYS} daily runs …")
    # Runs of the empty database kept nothing; the newest would hold up the one that has to come.
    DigestRun.objects.all().delete()
    newest = last_snapshot_day(at)
    for back in range(LIVED_DAYS, 0, -1):
        live(newest - timedelta(days=back))


def write(made: demo.Demo) -> None:
    artists = {row.username: row for row in create(map(artist_row, made.artists))}
    genres = {row.key: row for row in create(Genre(slug=s, name=n) for s, n in GENRES.items())}
    producers = {row.key: row for row in create(producer_row(p, artists) for p in made.producers)}
    beats = {row.key: row for row in create(beat_row(b, producers, genres) for b in made.beats)}
    create(
        Follow(artist=artists[artist], producer=producers[producer], created_at=began)
        for artist, producer, began in made.follows
    )
    create(save_row(artists[artist], beats[beat], at) for at, artist, beat in made.saves)


def create(rows: Iterable[Any]) -> list[Any]:
    """Write rows of one model; with their primary keys."""
    rows = list(rows)
    type(rows[0])._default_manager.bulk_create(rows, batch_size=BATCH)
    return rows


def artist_row(made: demo.Artist) -> Artist:
    """Only the demo artist can sign in and has an address."""
    row = Artist(username=made.username, date_joined=made.joined_at, password="!")  # noqa: S106
    if made.username == demo.DEMO:
        row.email = f"{demo.DEMO}@example.com"
        row.password = make_password(PASSWORD)
    return row


def producer_row(made: demo.Producer, artists: dict[str, Artist]) -> Producer:
    owner = artists[made.artist] if made.artist else None
    return Producer(handle=made.handle, name=made.name, artist=owner)


def beat_row(made: demo.Beat, producers: dict[str, Producer], genres: dict[str, Genre]) -> Beat:
    return Beat(
        slug=made.slug,
        title=made.title,
        producer=producers[made.producer.handle],
        genre=genres[made.genre],
        published_at=made.published_at,
        created_at=made.published_at,
    )


def save_row(artist: Artist, beat: Beat, at: datetime) -> SavedBeat:
    row = beat.saved_by(artist)
    row.created_at = at
    return row


def live(day: date) -> None:
    """The daily run of `day`, as if it had been run soon after that day's 14:00 UTC."""
    at = snapshot_instant(day) + TICK
    run = DigestRun.objects.claim(day, at)
    for chore in CHORES:
        chore.carry_out(run)
    run.end()
    if run.failures:
        raise RuntimeError(f"The {run} failed: {run.chores}")
    run.write(started_at=at, heartbeat_at=at + TICK, ended_at=at + TICK)
    Notice.objects.filter(date=day).update(created_at=at)


def keep(archive: Archive, run: DigestRun) -> int:
    """Keep the run's day as `take` does, but dated by the run: the month pretends to be lived."""
    rows = to_keep(archive, run.date)
    for row in rows:
        row.created_at = run.at
    archive.model.objects.bulk_create(rows)
    run.record_snapshot(archive.name, run.date, len(rows))
    return len(rows)


# Those of the daily run, but for the snapshots, which would be late.
KEEPING = {f"snapshot {name}": partial(keep, archive) for name, archive in ARCHIVES.items()}
CHORES = [replace(chore, work=KEEPING.get(chore.name, chore.work)) for chore in DAILY]
