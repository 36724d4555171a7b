"""Sending what is in the outbox: after the notices are in, at least once, within a time budget."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from time import monotonic, sleep

from django.db.models import Count, Exists, OuterRef

from studiomode.beats.leases import LeaseLost
from studiomode.beats.models import Artist

from .channels import CHANNELS, Artists, Channel, OutOfReach, Refused
from .digests import Digests
from .models import DigestRun, Notice
from .notices import ARTIST, pairs
from .outbox import Declined, Delivery, DeliveryQuerySet, State, has_declined

BUDGET = timedelta(minutes=10)  # of a run; what is left over is the next run's
BATCH = 500
NAP = 2.0  # seconds at most between two looks: the lease has to be shown alive
DOWN_AFTER = 3  # failures of the way, one after the other
REST = timedelta(minutes=1)  # of a channel that is down


class NotDelivered(Exception):
    """A channel is down, or the time was too short; what is left waits for the next run."""


def put_out(run: DigestRun) -> int:
    """A delivery for every artist told by the run and every channel that may; how many are new."""
    before = Delivery.objects.filter(date=run.date).count()
    for name in CHANNELS:
        told = Notice.objects.for_digest(run.date, name).filter(artist=OuterRef("pk"))
        for artists in batches(wanting(name, Artist.objects.filter(Exists(told)))):
            put_out_to(artists, name, run)
    return Delivery.objects.filter(date=run.date).count() - before


def wanting(channel: str, artists: Artists) -> Artists:
    """Those of `artists` who want digests through the channel, and can be reached by it."""
    wanting = artists.filter(~has_declined(channel, "pk"), is_active=True)
    return CHANNELS[channel]().reaches(wanting)


def preview_outbox(run: DigestRun) -> Iterator[str]:
    """Whom a run that tells everybody of the news would send a digest."""
    told = Artist.objects.filter(pk__in=pairs(run).values(ARTIST))
    for name in CHANNELS:
        yield f"{name}: {wanting(name, told).count():,} digests"


def batches(artists: Artists) -> Iterator[list[int]]:
    """By key: SQLite refuses to write while another's write came in since one began to read."""
    keys = artists.order_by("pk").values_list("pk", flat=True)
    batch = list(keys[:BATCH])
    while batch:
        yield batch
        batch = list(keys.filter(pk__gt=batch[-1])[:BATCH])


def put_out_to(artists: list[int], channel: str, run: DigestRun) -> None:
    rows = (
        Delivery(artist_id=artist, date=run.date, channel=channel, next_try_at=run.at)
        for artist in artists
    )
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    run.show_life()


def deliver(run: DigestRun) -> int:
    """Send what is due, this run's and what is left of others'; how many went out."""
    with ExitStack() as opened:
        channels = {name: opened.enter_context(kind()) for name, kind in CHANNELS.items()}
        return Sending(run, channels).work()


def preview_deliveries(run: DigestRun) -> Iterator[str]:
    """What waits from earlier runs."""
    waiting = Delivery.objects.filter(state=State.WAITING).order_by("channel")
    for name, number in waiting.values_list("channel").annotate(number=Count("pk")):
        yield f"{name}: {number:,} are waiting"


class Sending:
    """One run's way through the outbox, each channel resting a while when it is down."""

    def __init__(self, run: DigestRun, channels: dict[str, Channel]) -> None:
        self.run, self.channels = run, channels
        self.began = self.shown_alive = monotonic()
        self.digests = Digests()
        self.failures = Counter[str]()  # of each channel, one after the other
        self.rests: dict[str, tuple[datetime, str]] = {}  # channel → until when, and why

    @property
    def now(self) -> datetime:
        """The run's one reading of the clock, and what has passed since."""
        return self.run.at + timedelta(seconds=monotonic() - self.began)

    @property
    def end(self) -> datetime:
        return self.run.at + BUDGET

    def work(self) -> int:
        sent = sum(self.attempt(delivery) for delivery in self.due())
        obstacles = [f"{name} is down ({why})" for name, (_, why) in self.rests.items()]
        if late := self.waiting(self.now).exclude(channel__in=self.rests).count():
            obstacles.append(f"the time was too short for {late:,}")
        if obstacles:
            raise NotDelivered(f"{sent} sent, the others wait: {'; '.join(obstacles)}")
        return sent

    def due(self) -> Iterator[Delivery]:
        """One after the other, until nothing waits that will be due before the budget is spent."""
        while self.now < self.end and self.waiting(self.end).exists():
            self.show_life()
            found = self.waiting(self.now).exclude(channel__in=self.resting()).first()
            if found:
                yield found
            else:
                sleep(NAP)

    def waiting(self, until: datetime) -> DeliveryQuerySet:
        known = Delivery.objects.due(until).filter(channel__in=self.channels)
        return known.select_related("artist")

    def resting(self) -> list[str]:
        return [name for name, (until, _) in self.rests.items() if until > self.now]

    def show_life(self) -> None:
        if monotonic() - self.shown_alive > NAP:
            self.run.show_life()
            self.shown_alive = monotonic()

    def attempt(self, delivery: Delivery) -> bool:
        """Whether it went out. Whatever goes wrong with one never holds up the next."""
        try:
            return self.send(delivery)
        except Refused as reason:
            delivery.end(State.REFUSED, self.now, str(reason))
        except OutOfReach as reason:
            self.note_failure(delivery.channel, str(reason))
            delivery.wait(self.now, str(reason))
        except LeaseLost:
            raise
        except Exception as error:  # TryLater, or a digest that nobody has thought of
            delivery.put_off(self.now, f"{type(error).__name__}: {error}")
        return False

    def send(self, delivery: Delivery) -> bool:
        digest = self.digests.of(delivery)
        if digest is None or self.is_declined(delivery):
            delivery.end(State.DECLINED, self.now)
            return False
        self.channels[delivery.channel].send(delivery, digest)
        delivery.attempts += 1
        delivery.end(State.SENT, self.now)
        self.failures[delivery.channel] = 0
        self.rests.pop(delivery.channel, None)
        return True

    def is_declined(self, delivery: Delivery) -> bool:
        """Since it was put out."""
        return Declined.objects.filter(artist=delivery.artist_id, channel=delivery.channel).exists()

    def note_failure(self, channel: str, why: str) -> None:
        self.failures[channel] += 1
        if self.failures[channel] >= DOWN_AFTER:
            self.rests[channel] = self.now + REST, why
