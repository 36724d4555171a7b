"""Slices: narrowings of the ledger before it is ranked. Each is a line in SLICES; they compose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from rest_framework.exceptions import NotAuthenticated

from studiomode.beats.inputs import BadInput, echo
from studiomode.beats.models import Artist, Genre, Producer

NEWCOMER = timedelta(days=90)  # since a producer's first save

Asker = Artist | AnonymousUser


@dataclass(frozen=True)
class Slice:
    """`condition` is about rows of the ledger; `params` are what asks for it in a query."""

    condition: Q = field(default_factory=Q)
    params: Mapping[str, str] = field(default_factory=dict)


WHOLE = Slice()


def of_genre(raw: str, asker: Asker, at: datetime) -> Q:
    genre = Genre.objects.filter(slug=raw).first() if "\0" not in raw else None
    if genre is None:
        raise BadInput(
            f"genre={echo(raw)} is not a genre. Allowed: the key of one, as on the genres board.",
            "genre",
        )
    return Q(genre=genre.pk)


def by_followed(raw: str, asker: Asker, at: datetime) -> Q:
    if raw != "1":
        raise BadInput(f"following={echo(raw)} is not allowed. Allowed: 1.", "following")
    if not asker.is_authenticated:
        raise NotAuthenticated("following=1 is about whom you follow. Allowed: with a token.")
    return Q(producer__in=asker.follows.values("producer"))


def by_newcomers(raw: str, asker: Asker, at: datetime) -> Q:
    if raw != "new":
        raise BadInput(f"producers={echo(raw)} is not allowed. Allowed: new.", "producers")
    return Q(producer__in=Producer.objects.newcomers(since=at - NEWCOMER).values("pk"))


SLICES: dict[str, Callable[[str, Asker, datetime], Q]] = {
    "genre": of_genre,
    "following": by_followed,
    "producers": by_newcomers,
}


def slice_of(params: Mapping[str, str], asker: Asker, at: datetime) -> Slice:
    """All slices that are asked for at once. Raises BadInput, or NotAuthenticated."""
    asked = {name: params[name] for name in SLICES if name in params}
    if not asked:
        return WHOLE
    condition = Q()
    for name, raw in asked.items():
        condition &= SLICES[name](raw, asker, at)
    return Slice(condition, asked)
