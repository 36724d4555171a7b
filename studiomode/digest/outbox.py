"""The outbox: what leaves the house, one row a digest and channel, sent at least once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef

from studiomode.beats.inputs import printable
from studiomode.beats.models import DatabaseNow

MOST_ATTEMPTS = 6
FIRST_PAUSE = timedelta(minutes=1)  # doubled with every attempt
LONGEST_WAIT = timedelta(days=3)  # for a channel that is down
LONGEST_ERROR = 500


class State(models.TextChoices):
    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"  # by whom it was for: not tried again
    GIVEN_UP = "given up"
    DECLINED = "declined"  # by the artist, or nothing to say any more, before it was sent


FAILED = (State.REFUSED, State.GIVEN_UP)


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, at: datetime) -> Self:
        """What is to be sent by `at`, longest due first."""
        return self.filter(state=State.WAITING, next_try_at__lte=at).order_by("next_try_at", "pk")

    def retry(self, at: datetime) -> int:
        """Those that were not sent are to be tried again, from `at` on; how many."""
        blank = {"attempts": 0, "error": "", "ended_at": None}
        failed = self.exclude(state=State.SENT)
        return failed.update(state=State.WAITING, next_try_at=at, **blank)

    def ended_before(self, at: datetime) -> Self:
        return self.exclude(state=State.WAITING).filter(ended_at__lt=at)


class Delivery(models.Model):
    """The digest of a date on its way to an artist through a channel."""

    artist = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="deliveries", db_index=False
    )
    date = models.DateField(help_text="The date of the run that told.")
    channel = models.CharField(max_length=16)
    state = models.CharField(max_length=16, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(db_default=DatabaseNow())
    error = models.CharField(max_length=LONGEST_ERROR, blank=True)
    created_at = models.DateTimeField(db_default=DatabaseNow())
    ended_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["artist", "date", "channel"], name="delivery_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "next_try_at"], name="delivery_due")]

    def __str__(self) -> str:
        return f"digest of {self.date} to {self.artist_id} by {self.channel}"

    @property
    def message_id(self) -> str:
        """The same at every attempt, so that a repeat can be known as one."""
        return f"<digest.{self.date}.{self.artist_id}.{self.channel}@{settings.SITE_HOST}>"

    def end(self, state: State, at: datetime, error: str = "") -> None:
        self.state, self.ended_at, self.error = state, at, printable(error)[:LONGEST_ERROR]
        self.save(update_fields=["state", "ended_at", "error", "attempts"])

    def put_off(self, at: datetime, error: str) -> None:
        """To be tried again, later each time; given up after MOST_ATTEMPTS."""
        self.attempts += 1
        if self.attempts >= MOST_ATTEMPTS:
            self.end(State.GIVEN_UP, at, error)
            return
        self.try_at(at + FIRST_PAUSE * 2 ** (self.attempts - 1), error)

    def wait(self, at: datetime, error: str) -> None:
        """For the channel to come back. That is no attempt; old news are given up, though."""
        if at.date() - self.date > LONGEST_WAIT:
            self.end(State.GIVEN_UP, at, error)
            return
        self.try_at(at + FIRST_PAUSE, error)

    def try_at(self, at: datetime, error: str) -> None:
        self.next_try_at, self.error = at, printable(error)[:LONGEST_ERROR]
        self.save(update_fields=["next_try_at", "error", "attempts"])


class Declined(models.Model):
    """An artist wants no digests through a channel. No row: they do."""

    artist = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="declined", db_index=False
    )
    channel = models.CharField(max_length=16)
    created_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        verbose_name_plural = "declined"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["artist", "channel"], name="declined_once"),
        ]

    def __str__(self) -> str:
        return f"{self.artist_id} declines {self.channel}"


def has_declined(channel: str, artist: str = "artist") -> Exists:
    """Whether the artist of a row, found by `artist`, wants nothing through `channel`."""
    return Exists(Declined.objects.filter(artist=OuterRef(artist), channel=channel))


class PushSubscription(models.Model):
    """A browser or installed web app that wants to be told by push."""

    artist = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="push_subscriptions"
    )
    endpoint = models.URLField(max_length=500, unique=True)
    p256dh = models.CharField(max_length=120, help_text="The browser's public key.")
    auth = models.CharField(max_length=60, help_text="The secret it shares with us.")
    created_at = models.DateTimeField(db_default=DatabaseNow())

    def __str__(self) -> str:
        return f"push to {self.artist_id} since {self.created_at:%Y-%m-%d}"

    @property
    def info(self) -> dict[str, Any]:
        """As the Push API writes it."""
        return {"endpoint": self.endpoint, "keys": {"p256dh": self.p256dh, "auth": self.auth}}
