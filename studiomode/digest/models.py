"""The run ledger, which is also the lease of the one run at a time, and the artists' notices."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef

from studiomode.beats.leases import SILENCE, Lease, claimed
from studiomode.beats.models import Beat, DatabaseNow, SavedBeat

Date = date  # DigestRun has a field of that name

OVERLAP = timedelta(hours=48)  # looked back over again: late commits are found, conflicts ignored
FURTHEST = timedelta(days=35)


class AlreadyRunning(Exception):
    """A living run holds the lease: nothing is wrong."""


class Stuck(Exception):
    """The run that holds the lease is silent, but its process lives: somebody has to look."""


class DigestRunQuerySet(models.QuerySet["DigestRun"]):
    def complete(self) -> Self:
        return self.filter(completed_at__isnull=False)

    def claim(self, day: date, at: datetime) -> DigestRun:
        """The lease of `day`. Raises AlreadyRunning or Stuck while another run holds it."""
        for other in self.filter(ended_at=None).exclude(date=day):
            other.refuse_while_held()
        run, created = self.get_or_create(date=day, defaults={"at": at, **claimed()})
        return run if created else run.take_over(at)


class DigestRun(Lease):
    """One daily run a date. Written as it happens, so a killed run shows where it died."""

    date = models.DateField(unique=True)
    at = models.DateTimeField(help_text="The run's one reading of the clock.")
    completed_at = models.DateTimeField(null=True, help_text="When a run first did all its work.")
    failures = models.PositiveSmallIntegerField(default=0)
    chores = models.JSONField(default=dict)  # name → {"number", "milliseconds", "error"}
    snapshots = models.JSONField(default=dict)  # archive → {day: rows written}

    objects = DigestRunQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-date"]

    def __str__(self) -> str:
        return f"daily run of {self.date}"

    def take_over(self, at: datetime) -> DigestRun:
        """Take the lease from a run that has ended or died. What was snapshot stays recorded."""
        if self.ended_at is None:
            self.refuse_while_held()
        return self.taken_over(at=at, failures=0, chores={})

    def refuse_while_held(self) -> None:
        alive, silent = self.holder_is_alive(), self.is_silent()
        if alive and silent:
            raise Stuck(
                f"The {self} is held by {self.holder}, which lives but has been silent for over "
                f"{SILENCE.seconds} s. See what it waits for, or end it; then run again."
            )
        if alive or (alive is None and not silent):
            raise AlreadyRunning(f"The {self} is under way: {self.holder}. Nothing to do.")

    def record_chore(self, name: str, outcome: dict[str, Any]) -> None:
        self.chores[name] = outcome
        self.failures += bool(outcome["error"])
        self.write(chores=self.chores, failures=self.failures)

    def record_snapshot(self, archive: str, day: Date, rows: int) -> None:
        self.snapshots.setdefault(archive, {})[day.isoformat()] = rows
        self.write(snapshots=self.snapshots, heartbeat_at=DatabaseNow())

    def end(self) -> None:
        complete = self.failures == 0 and self.completed_at is None
        self.write(ended_at=DatabaseNow(), **({"completed_at": DatabaseNow()} if complete else {}))

    def looks_back_to(self) -> datetime:
        """From when on a beat may be news that no earlier run has told."""
        earlier = DigestRun.objects.complete().filter(date__lt=self.date).first()
        furthest = self.at - FURTHEST
        return max(earlier.at - OVERLAP, furthest) if earlier else furthest


class NoticeQuerySet(models.QuerySet["Notice"]):
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
