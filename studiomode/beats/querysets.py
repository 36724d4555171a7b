"""The vocabulary of questions about the catalogue, the ledger and follows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import BooleanField, Exists, OuterRef, Value

from .windows import Window

if TYPE_CHECKING:
    from .models import Artist, Beat, Follow, SavedBeat  # noqa: F401  models.py imports this file

LABEL = frozenset({"producer", "producer_id", "genre", "genre_id"})


class SubjectQuerySet(models.QuerySet[Any]):
    def for_board(self) -> SubjectQuerySet:
        """With whatever a line on a board shows of them."""
        return self


class BeatQuerySet(SubjectQuerySet):
    def for_board(self) -> BeatQuerySet:
        return self.with_label()

    def published(self, at: datetime) -> BeatQuerySet:
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

    def held(self) -> BeatQuerySet:
        """The beats and their producers, locked against change until the transaction ends."""
        return self.select_related("producer").select_for_update(
            of=("self", "producer"), no_key=True
        )

    def update(self, **values: Any) -> int:
        """Refuses a new label, which would leave the ledger behind."""
        if LABEL & values.keys():
            raise TypeError("Relabel a beat with Beat.save(): its saves are relabelled with it.")
        return super().update(**values)


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
