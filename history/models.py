"""The archives' tables: what the boards said on each day at 14:00 UTC. Append-only."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, ClassVar, Never

from django.db import models
from django.db.models import F, Q, QuerySet

from studiomode.beats.models import LONGEST_NAME, Beat, DatabaseNow, Genre, Producer

LATE_AFTER = timedelta(hours=1)


class AppendOnly(TypeError):
    """Somebody tried to change history."""


def refuse(*args: Any, **kwargs: Any) -> Never:
    raise AppendOnly("History is append-only: rows are neither changed nor deleted.")


class ArchiveQuerySet(QuerySet["ArchiveRow"]):
    """Reads and inserts; an insert needs nothing that this refuses."""

    update = bulk_update = delete = update_or_create = staticmethod(refuse)

    def winners(self) -> ArchiveQuerySet:
        return self.filter(position=1)

    def newest_first(self) -> ArchiveQuerySet:
        return self.order_by("-snapshot_date", "position")

    def late(self) -> ArchiveQuerySet:
        return self.filter(created_at__gt=F("window_end") + LATE_AFTER)


class ArchiveRow(models.Model):
    """One line of one day: the subject, or NULL once it is deleted, and its name as it was."""

    snapshot_date = models.DateField()
    window_end = models.DateTimeField()
    position = models.PositiveSmallIntegerField()  # in listing order; position 1 claims the day
    rank = models.PositiveSmallIntegerField()
    saves = models.PositiveIntegerField()
    name = models.CharField(max_length=LONGEST_NAME)
    created_at = models.DateTimeField(db_default=DatabaseNow())

    objects: ClassVar[Any] = ArchiveQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["snapshot_date", "position"], name="%(class)s_one_per_day_and_position"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.snapshot_date} #{self.rank} {self.name}"

    @property
    def is_late(self) -> bool:
        return self.created_at > self.window_end + LATE_AFTER

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            refuse()
        super().save(*args, **kwargs)

    delete = refuse


class ProducerRankQuerySet(ArchiveQuerySet):
    def of(self, producer: Producer, *, days: int, until: date) -> ArchiveQuerySet:
        """The producer's rows of the `days` up to `until`, oldest first."""
        first = until - timedelta(days=days - 1)
        charted = Q(producer=producer, snapshot_date__range=(first, until))
        return self.filter(charted).order_by("snapshot_date")


class ProducerRank(ArchiveRow):
    producer = models.ForeignKey(Producer, models.SET_NULL, null=True, related_name="rank_history")

    objects: ClassVar[Any] = ProducerRankQuerySet.as_manager()

    class Meta(ArchiveRow.Meta):
        db_table = "producer_rank_history"


class BeatOfTheWeek(ArchiveRow):
    beat = models.ForeignKey(Beat, models.SET_NULL, null=True, related_name="+")

    class Meta(ArchiveRow.Meta):
        db_table = "beat_of_the_week_history"


class TopGenre(ArchiveRow):
    genre = models.ForeignKey(Genre, models.SET_NULL, null=True, related_name="+")

    class Meta(ArchiveRow.Meta):
        db_table = "top_genre_history"
