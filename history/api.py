"""The API of the archives."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    extend_schema,
    extend_schema_field,
    extend_schema_view,
)
from rest_framework import generics, serializers
from rest_framework.response import Response

from studiomode.beats.addresses import absolute
from studiomode.beats.caching import kept
from studiomode.beats.inputs import BadInput, day
from studiomode.beats.pagination import KeysetPagination
from studiomode.beats.problems import problems

from .archives import find_archive
from .models import ArchiveQuerySet, ArchiveRow


class ArchiveRowSerializer(serializers.Serializer[ArchiveRow]):
    snapshot_date = serializers.DateField()
    window_end = serializers.DateTimeField()
    rank = serializers.IntegerField(min_value=1)
    key = serializers.SerializerMethodField(help_text="null once the subject is deleted.")
    name = serializers.CharField(help_text="As it was on the day.")
    saves = serializers.IntegerField(min_value=0)
    url = serializers.SerializerMethodField()
    is_late = serializers.BooleanField(help_text="Taken more than an hour after `window_end`.")
    created_at = serializers.DateTimeField()

    def get_key(self, row: ArchiveRow) -> str | None:
        subject = self.context["archive"].subject_of(row)
        return subject.key if subject else None

    @extend_schema_field({"type": ["string", "null"], "format": "uri"})
    def get_url(self, row: ArchiveRow) -> str | None:
        subject = self.context["archive"].subject_of(row)
        return absolute(subject.get_absolute_url()) if subject else None


@extend_schema_view(
    get=extend_schema(
        operation_id="list_archive",
        tags=["history"],
        parameters=[
            OpenApiParameter("from", OpenApiTypes.DATE, description="First day, included."),
            OpenApiParameter("to", OpenApiTypes.DATE, description="Last day, included."),
        ],
        responses={200: ArchiveRowSerializer(many=True), **problems(400, 404)},
    )
)
class ArchiveRows(generics.ListAPIView[ArchiveRow]):
    """Archive rows, newest day first, in listing order within a day."""

    authentication_classes = ()  # the same for everybody, so that all may share it
    serializer_class = ArchiveRowSerializer
    pagination_class = KeysetPagination

    def get_queryset(self) -> ArchiveQuerySet:
        rows = find_archive(self.kwargs["archive"]).rows.newest_first()
        span = {name: self.asked_day(name) for name in ("from", "to")}
        if span["from"] and span["to"] and span["from"] > span["to"]:
            raise BadInput("from is later than to. Allowed: from up to to, both included.", "from")
        if span["from"]:
            rows = rows.filter(snapshot_date__gte=span["from"])
        return rows.filter(snapshot_date__lte=span["to"]) if span["to"] else rows

    def finalize_response(self, *args: Any, **kwargs: Any) -> Response:
        return kept(super().finalize_response(*args, **kwargs), closed=True)

    def asked_day(self, name: str) -> Any:
        raw = self.request.query_params.get(name)
        return None if raw is None else day(raw, name=name)

    def get_serializer_context(self) -> dict[str, Any]:
        return {"archive": find_archive(self.kwargs["archive"]), **super().get_serializer_context()}
