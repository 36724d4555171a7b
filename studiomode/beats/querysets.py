"""The vocabulary of questions about the catalogue, the ledger and follows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import BooleanField, Exists, OuterRef, Value

from .windows import Window

if TYPE_CHECKING:
    from .models import Artist, Beat, Device, Follow, SavedBeat  # noqa: F401  models.py imports this file


class SubjectQuerySet(models.QuerySet[Any]):
    taken_along: ClassVar[frozenset[str]] = frozenset()  # columns that the ledger depends on

    def update(self, **values: Any) -> int:
        """Refuses what would leave the ledger behind."""
        # NULL, as a deleted owner leaves behind, endangers no save.
        if bound := self.taken_along & {name for name, value in values.items() if value}:
            model = self.model.__name__
            raise TypeError(
                f"{model}.save() changes {', '.join(sorted(bound))}: it takes the saves along."
            )
        return super().update(**values)

    def shown(self, at: datetime) -> Self:
        """Those that anybody may know of by `at`."""
        return self

    def for_board(self) -> SubjectQuerySet:
        """With whatever a line on a board shows of them."""
        return self

    def held(self) -> Self:
        """Locked against change until the transaction ends; in the same order everywhere."""
        return self.select_for_update(no_key=True).order_by("pk")


class ProducerQuerySet(SubjectQuerySet):
    taken_along = frozenset({"artist", "artist_id"})

    def newcomers(self, since: datetime) -> ProducerQuerySet:
        """Those of whom nothing was saved before `since`."""
        # By their beats, whose saves an index finds; none finds a producer's.
        return self.exclude(beats__saves__created_at__lt=since)


class BeatQuerySet(SubjectQuerySet):
    taken_along = frozenset({"producer", "producer_id", "genre", "genre_id"})

    def shown(self, at: datetime) -> Self:
        return self.published(at)

    def for_board(self) -> BeatQuerySet:
        return self.with_label()

    def published(self, at: datetime) -> Self:
        return self.filter(published_at__lte=at)

    def latest_first(self) -> BeatQuerySet:
        return self.order_by("-published_at", "-pk")

    def with_label(self) -> BeatQuerySet:
        return self.select_related("producer", "genre")

    def with_is_saved(self, artist: Artist | AnonymousUser) -> BeatQuerySet:
        """Annotates `is_saved`: whether the beat is in the vault of `artist`."""
        if not artist.is_authenticated:
            return self.annotate(is_saved=Value(False, BooleanField()))
        return self.annotate(is_saved=Exists(artist.saves.filter(beat=OuterRef("pk"))))


class SavedBeatQuerySet(models.QuerySet["SavedBeat"]):
    def within(self, window: Window) -> SavedBeatQuerySet:
        # Both bounds: with one alone SQLite may walk the whole table along another index.
        return self.filter(created_at__gte=window.start, created_at__lt=window.end)

    def latest_first(self) -> SavedBeatQuerySet:
        return self.order_by("-created_at", "-pk")

    def with_beats(self) -> SavedBeatQuerySet:
        return self.select_related("beat__producer", "beat__genre")


class FollowQuerySet(models.QuerySet["Follow"]):
    def with_producers(self) -> FollowQuerySet:
        return self.select_related("producer").order_by("producer__name", "pk")


class DeviceQuerySet(models.QuerySet["Device"]):
    def signed_in(self, at: datetime) -> DeviceQuerySet:
        return self.filter(expiry__gt=at)

    def latest_first(self) -> DeviceQuerySet:
        """Of the last used; which is known to the day."""
        return self.order_by("-last_used_at", "-created", "pk")
