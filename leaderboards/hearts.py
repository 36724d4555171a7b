"""The API of the ♡: on this floor, since its answer tells of a board."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from studiomode.beats.accounts import signed_in
from studiomode.beats.api import DONE
from studiomode.beats.models import Artist, Beat
from studiomode.beats.problems import problems
from studiomode.beats.windows import window

from .api import PlaceSerializer, placed
from .boards import PAGE, place
from .lenses import BEATS
from .questions import Question

MINIMAL = "return=minimal"
PREFER = OpenApiParameter(
    "Prefer",
    str,
    OpenApiParameter.HEADER,
    description=f"`{MINIMAL}` (RFC 7240) for a 204 without the place, which is quicker.",
)
INSTANT = timedelta(microseconds=1)  # the shortest


class SavedSerializer(serializers.Serializer[Any]):
    """A ♡, and where the beat stands with it."""

    beat = serializers.CharField()
    is_saved = serializers.BooleanField()
    saved_at = serializers.DateTimeField(allow_null=True)
    place = PlaceSerializer(help_text="On the beats board of the last 7 days, this ♡ included.")


class Save(APIView):
    """The ♡ of the signed-in artist on a beat. Both verbs may be repeated freely."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="save_beat",
        tags=["me"],
        request=None,
        parameters=[PREFER],
        responses={200: SavedSerializer, 204: DONE, **problems(401, 403, 404, 429)},
    )
    def put(self, request: Request, slug: str) -> HttpResponse:
        artist, now = signed_in(request), timezone.now()
        beats = Beat.objects.published(now)
        if not artist.save_at_once(slug, now):
            artist.save_beat(get_object_or_404(beats, slug=slug))
        if MINIMAL in request.headers.get("Prefer", ""):
            return Response(status=204, headers={"Preference-Applied": MINIMAL})
        return Response(saved(artist, get_object_or_404(beats, slug=slug), now))

    @extend_schema(
        operation_id="unsave_beat",
        tags=["me"],
        request=None,
        responses={204: DONE, **problems(401, 404, 429)},
    )
    def delete(self, request: Request, slug: str) -> Response:
        if not signed_in(request).unsave_at_once(slug):
            get_object_or_404(Beat, slug=slug)
        return Response(status=204)


def saved(artist: Artist, beat: Beat, now: datetime) -> dict[str, Any]:
    """The beat's place at the first instant that includes the ♡, which the database dated."""
    save = artist.saves.filter(beat=beat).first()  # another device may have taken it back
    at = max(now, save.created_at + INSTANT) if save else now
    asked = Question(at, at, window(None, at), PAGE, offset=0)
    found = placed(place(BEATS, asked.window, beat), asked)
    told = {"beat": beat.slug, "is_saved": bool(save), "saved_at": save and save.created_at}
    return dict(SavedSerializer(told | {"place": found}).data)
