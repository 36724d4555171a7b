"""The API of the catalogue, follows and the vault. That of the ♡ is in leaderboards.hearts."""

from __future__ import annotations

from typing import ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular import authentication
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiResponse,
    extend_schema,
    extend_schema_field,
    extend_schema_view,
)
from rest_framework import generics, serializers, status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from . import limits
from .accounts import signed_in
from .addresses import absolute
from .models import Beat, Producer, SavedBeat, Subject
from .pagination import KeysetPagination
from .problems import problems
from .querysets import SavedBeatQuerySet


class SessionScheme(authentication.SessionScheme):
    """How the schema names the session; declaring it registers it."""

    target_class = "studiomode.beats.authentication.SessionAuthentication"
    name = "session"


DONE = OpenApiResponse(description="Done; also when it was so already.")


class SubjectSerializer(serializers.Serializer[Subject]):
    key = serializers.CharField()
    name = serializers.CharField()
    url = serializers.SerializerMethodField()

    @extend_schema_field(OpenApiTypes.URI)
    def get_url(self, subject: Subject) -> str:
        return absolute(subject.get_absolute_url())


class BeatSerializer(serializers.ModelSerializer[Beat]):
    """A beat that is out, with its label."""

    # Needs `with_label()` and `with_is_saved()`.
    producer = SubjectSerializer()
    genre = SubjectSerializer()
    is_saved = serializers.BooleanField(help_text="Whether it is in the vault of who asks.")
    url = serializers.SerializerMethodField()

    class Meta:
        model = Beat
        fields: ClassVar = ["slug", "title", "producer", "genre", "published_at", "is_saved", "url"]

    @extend_schema_field(OpenApiTypes.URI)
    def get_url(self, beat: Beat) -> str:
        return absolute(beat.get_absolute_url())


class SaveSerializer(serializers.ModelSerializer[SavedBeat]):
    slug = serializers.CharField(source="beat.slug")
    title = serializers.CharField(source="beat.title")
    producer = SubjectSerializer(source="beat.producer")
    genre = SubjectSerializer(source="beat.genre")
    saved_at = serializers.DateTimeField(source="created_at")

    class Meta:
        model = SavedBeat
        fields: ClassVar = ["slug", "title", "producer", "genre", "saved_at"]


@extend_schema_view(
    get=extend_schema(
        operation_id="list_beats",
        tags=["catalogue"],
        responses={200: BeatSerializer(many=True), **problems(400)},
    )
)
class Beats(generics.ListAPIView[Beat]):
    """The catalogue, latest first."""

    serializer_class = BeatSerializer
    pagination_class = KeysetPagination

    def get_queryset(self) -> QuerySet[Beat]:
        beats = Beat.objects.published(timezone.now()).latest_first()
        return beats.with_label().with_is_saved(self.request.user)


@extend_schema_view(
    get=extend_schema(
        operation_id="get_beat",
        tags=["catalogue"],
        responses={200: BeatSerializer, **problems(404)},
    )
)
class BeatDetail(generics.RetrieveAPIView[Beat]):
    """One beat."""

    serializer_class = BeatSerializer
    lookup_field = "slug"

    def get_queryset(self) -> QuerySet[Beat]:
        return Beat.objects.published(timezone.now()).with_label().with_is_saved(self.request.user)


class FollowProducer(APIView):
    """Whether the signed-in artist follows a producer. Both verbs may be repeated freely."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="follow_producer",
        tags=["me"],
        request=None,
        responses={204: DONE, **problems(401, 404, 429)},
    )
    def put(self, request: Request, handle: str) -> Response:
        limits.spend(limits.SAVES, request.user.pk)
        signed_in(request).follow(get_object_or_404(Producer, handle=handle))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        operation_id="unfollow_producer",
        tags=["me"],
        request=None,
        responses={204: DONE, **problems(401, 404, 429)},
    )
    def delete(self, request: Request, handle: str) -> Response:
        limits.spend(limits.SAVES, request.user.pk)
        signed_in(request).unfollow(get_object_or_404(Producer, handle=handle))
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema_view(
    get=extend_schema(
        operation_id="list_vault",
        tags=["me"],
        responses={200: SaveSerializer(many=True), **problems(400, 401)},
    )
)
class MyVault(generics.ListAPIView[SavedBeat]):
    """What the signed-in artist has saved, latest first."""

    permission_classes = (IsAuthenticated,)
    serializer_class = SaveSerializer
    pagination_class = KeysetPagination

    def get_queryset(self) -> SavedBeatQuerySet:
        return signed_in(self.request).saves.with_beats().latest_first()
