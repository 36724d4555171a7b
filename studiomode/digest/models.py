"""The run ledger, which is also the lease of the one run at a time, and the artists' notices."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.functional import cached_property

from history.snapshots import expected_days
from studiomode.beats.leases import SILENCE, Lease, LeaseLost, claimed
from studiomode.beats.models import Beat, DatabaseNow, SavedBeat

from .outbox import Declined, Delivery, PushSubscription
from .stopping import Stop

__all__ = ["Declined", "Delivery", "DigestRun", "Notice", "PushSubscription"]
Date = date  # DigestRun has a field of that name

OVERLAP = timedelta(hours=48)  # looked back over again: late commits are found, conflicts ignored
FURTHEST = timedelta(days=35)
NOTICES_KEPT = timedelta(days=366)  # twelve months, a leap year's as well

UNDER_WAY, DIED, INTERRUPTED, FAILED, COMPLETE = (
    "under way",
    "died",
    "interrupted",
    "failed",
    "complete",
)
STORIES = {
    UNDER_WAY: "is under way, {where}",
    DIED: "died {where}",
    INTERRUPTED: "was interrupted by {signal} {where}",
    FAILED: "failed in {failed}",
    COMPLETE: "is complete",
}
ANOTHER = "another run"
UNKNOWN = {"ended_at": None, "number": None, "milliseconds": None, "error": None}  # as yet


class AlreadyRunning(Exception):
    """A living run holds the lease: nothing is wrong."""


class Stuck(Exception):
    """The run that holds the lease is silent, but its process lives: somebody has to look."""


class DigestRunQuerySet(models.QuerySet["DigestRun"]):
    def complete(self) -> Self:
        return self.filter(completed_at__isnull=False)

    def last_complete(self, before: date) -> date:
        """The day of the complete run before, or the furthest that a run looks back."""
        furthest = before - FURTHEST
        run = self.complete().filter(date__range=(furthest, before - timedelta(days=1))).first()
        return run.date if run else furthest

    def newest(self) -> DigestRun | None:
        """The one that was begun last, whatever its date."""
        return self.order_by("-started_at", "-pk").first()

    def claim(self, day: date, at: datetime) -> DigestRun:
        """The lease of `day`. Raises AlreadyRunning or Stuck while another run holds it."""
        self.refuse_beside(day)
        newest = self.newest()
        fresh = {"at": at, "before": newest.last_words if newest else "", **claimed()}
        run, created = self.get_or_create(date=day, defaults=fresh)
        return (run if created else run.take_over(at)).unless_beside()

    def refuse_beside(self, day: date) -> None:
        """Raises AlreadyRunning or Stuck while a run of another day is held."""
        for other in self.filter(ended_at=None).exclude(date=day):
            other.refuse_while_held()


class DigestRun(Lease):
    """One daily run a date. Written as it happens, so a killed run shows where it died."""

    date = models.DateField(unique=True)
    at = models.DateTimeField(help_text="The run's one reading of the clock.")
    completed_at = models.DateTimeField(null=True, help_text="When a run first did all its work.")
    attempts = models.PositiveIntegerField(default=1, db_default=1)
    before = models.TextField(
        blank=True, db_default="", help_text="How the run before this one went wrong."
    )
    interrupted_by = models.CharField(
        max_length=16, blank=True, db_default="", help_text="Such as SIGTERM."
    )
    failures = models.PositiveSmallIntegerField(default=0)
    # name → {"started_at", "ended_at", "number", "milliseconds", "error"}; null while under way
    chores = models.JSONField(default=dict)
    snapshots = models.JSONField(default=dict)  # archive → {day: rows written}

    objects = DigestRunQuerySet.as_manager()

    # Given by the command; a run without it is neither interrupted nor watched.
    stop = Stop()
    progress: Callable[[int, int], None] = staticmethod(lambda done, of: None)

    class Meta:
        ordering: ClassVar = ["-date"]

    def __str__(self) -> str:
        return f"daily run of {self.date}"

    @property
    def state(self) -> str:
        """One of STORIES."""
        if self.ended_at is None:
            return UNDER_WAY if self.is_held() else DIED
        if self.interrupted_by:
            return INTERRUPTED
        return FAILED if self.failures else COMPLETE

    def is_held(self) -> bool:
        """As far as one can see from here."""
        alive = self.holder_is_alive()
        return not self.is_silent() if alive is None else alive

    @property
    def story(self) -> str:
        """What became of it, in one sentence."""
        return f"The {self} {self.told}."

    @property
    def told(self) -> str:
        """The story without its subject."""
        failed = ", ".join(self.failed_chores)
        words = {"where": self.whereabouts, "signal": self.interrupted_by, "failed": failed}
        return STORIES[self.state].format(**words)

    @property
    def took(self) -> timedelta | None:
        return self.ended_at - self.started_at if self.ended_at else None

    @property
    def last_words(self) -> str:
        """The story, where it has no good end."""
        return "" if self.state == COMPLETE else self.story

    @property
    def outcomes(self) -> list[tuple[str, dict[str, Any]]]:
        """Of its chores, in the order in which they began: a database need not keep it."""
        return sorted(self.chores.items(), key=lambda chore: chore[1]["started_at"])

    @property
    def whereabouts(self) -> str:
        if not self.chores:
            return "before its first chore"
        name, outcome = self.outcomes[-1]
        return f"after {name}" if outcome["ended_at"] else f"in {name}"

    @property
    def failed_chores(self) -> list[str]:
        return [name for name, outcome in self.outcomes if outcome["error"]]

    @cached_property
    def expected_days(self) -> list[Date]:
        """Asked once a run: it is the dearest of its questions."""
        return expected_days(self.at)

    @property
    def first_notices_kept(self) -> Date:
        return (self.at - NOTICES_KEPT).date()

    @property
    def is_too_old_for_notices(self) -> bool:
        """Whether what it would tell is no longer kept: such a run takes snapshots only."""
        return self.date < (self.started_at - NOTICES_KEPT).date()

    def take_over(self, at: datetime) -> DigestRun:
        """Take the lease from a run that has ended or died. What was snapshot stays recorded."""
        if self.ended_at is None:
            self.refuse_while_held()
        blank = {"failures": 0, "chores": {}, "interrupted_by": ""}
        again = {"attempts": self.attempts + 1, "before": self.last_words}
        try:
            return self.taken_over(at=at, **blank, **again)
        except LeaseLost:  # another, started at the same moment, was quicker
            DigestRun.objects.get(pk=self.pk).refuse_while_held()
            raise

    def unless_beside(self) -> Self:
        """This run, which gives way to one of another day that was begun in the same moment."""
        try:
            DigestRun.objects.refuse_beside(self.date)
        except (AlreadyRunning, Stuck):
            self.end(interrupted_by=ANOTHER)
            raise
        return self

    def refuse_while_held(self) -> None:
        alive, silent = self.holder_is_alive(), self.is_silent()
        if alive and silent:
            raise Stuck(
                f"The {self} is held by {self.holder}, which lives but has been silent for over "
                f"{SILENCE.seconds} s. See what it waits for, or end it; then run again."
            )
        if alive or (alive is None and not silent):
            raise AlreadyRunning(f"The {self} is under way: {self.holder}. Nothing to do.")

    def show_life(self) -> None:
        """Between two units of work. Raises Interrupted when the run has been asked to end."""
        self.stop.check()
        super().show_life()

    def go_on(self, done: int, of: int) -> None:
        """Between two units of a long chore, of which `done` is done."""
        self.progress(done, of)
        self.show_life()

    def begin_chore(self, name: str) -> None:
        """Written before the work: where a run is killed, it shows."""
        self.show_life()
        self.chores[name] = {"started_at": self.database_now(), **UNKNOWN}
        self.write(chores=self.chores)

    def end_chore(self, name: str, **outcome: Any) -> None:
        """`outcome`: number, milliseconds and error."""
        self.chores[name] |= {**outcome, "ended_at": self.database_now()}
        self.failures += bool(outcome["error"])
        self.write(chores=self.chores, failures=self.failures, heartbeat_at=DatabaseNow())

    def database_now(self) -> str:
        """With all its digits, so that it can be sorted as text."""
        row = type(self)._default_manager.filter(pk=self.pk)
        now = row.values_list(DatabaseNow(), flat=True).get()
        return f"{now:%Y-%m-%dT%H:%M:%S.%f}Z"

    def record_snapshot(self, archive: str, day: Date, rows: int) -> None:
        self.snapshots.setdefault(archive, {})[day.isoformat()] = rows
        self.write(snapshots=self.snapshots, heartbeat_at=DatabaseNow())

    def end(self, *, interrupted_by: str = "") -> None:
        """Let the lease go."""
        whole = not (self.failures or interrupted_by or self.completed_at)
        ended = {"ended_at": DatabaseNow(), "interrupted_by": interrupted_by}
        self.write(**ended, **({"completed_at": DatabaseNow()} if whole else {}))

    def looks_back_to(self) -> datetime:
        """From when on a beat may be news that no earlier run has told."""
        earlier = DigestRun.objects.complete().filter(date__lt=self.date).first()
        furthest = self.at - FURTHEST
        return max(earlier.at - OVERLAP, furthest) if earlier else furthest


class NoticeQuerySet(models.QuerySet["Notice"]):
    def for_digest(self, day: date, channel: str) -> Self:
        """What a digest of `day` says: what its run told, and those before it that died of it.

        A run that was ended between telling and putting out is made good by the next day's.
        """
        put_out = Delivery.objects.filter(artist=OuterRef("artist"), channel=channel)
        later = put_out.filter(date__gte=OuterRef("date"), date__lt=day)
        left_over = Q(~Exists(later), date__gt=DigestRun.objects.last_complete(day), date__lt=day)
        return self.filter(Q(date=day) | left_over)

    def newest_first(self) -> NoticeQuerySet:
        return self.order_by("-date", "-pk")

    def with_beats(self) -> NoticeQuerySet:
        return self.select_related("beat__producer", "beat__genre")

    def with_is_saved(self) -> NoticeQuerySet:
        """Annotates `is_saved`: whether the beat is in the vault of who was told."""
        saves = SavedBeat.objects.filter(artist=OuterRef("artist"), beat=OuterRef("beat"))
        return self.annotate(is_saved=Exists(saves))


class Notice(models.Model):
    """An artist was told of a new beat by a producer they follow. The row itself is the mark."""

    artist = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices", db_index=False
    )
    beat = models.ForeignKey(Beat, models.CASCADE, related_name="notices")
    date = models.DateField(help_text="The date of the run that told.")
    created_at = models.DateTimeField(db_default=DatabaseNow())

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["artist", "beat"], name="notice_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["artist", "-date", "-id"], name="notice_by_artist")
        ]

    def __str__(self) -> str:
        return f"{self.date}: {self.artist_id} told of {self.beat_id}"
