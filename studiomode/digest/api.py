"""The API of the artist's notices."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, serializers
from rest_framework.permissions import IsAuthenticated

from studiomode.beats.accounts import signed_in
from studiomode.beats.api import SubjectSerializer
from studiomode.beats.pagination import KeysetPagination
from studiomode.beats.problems import problems

from .models import Notice, NoticeQuerySet


class NoticeSerializer(serializers.ModelSerializer[Notice]):
    beat = SubjectSerializer()
    producer = SubjectSerializer(source="beat.producer")

    class Meta:
        model = Notice
        fields: ClassVar = ["date", "beat", "producer", "created_at"]


@extend_schema_view(
    get=extend_schema(
        operation_id="list_notices",
        tags=["me"],
        responses={200: NoticeSerializer(many=True), **problems(400, 401)},
    )
)
class MyNotices(generics.ListAPIView[Notice]):
    """What the signed-in artist was told by the digests, newest first."""

    permission_classes = (IsAuthenticated,)
    serializer_class = NoticeSerializer
    pagination_class = KeysetPagination

    def get_queryset(self) -> NoticeQuerySet:
        return signed_in(self.request).notices.with_beats().newest_first()
