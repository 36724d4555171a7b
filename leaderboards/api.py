"""The API of the boards: all of them, one, one subject's place on it, and the recap."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from studiomode.beats.addresses import absolute
from studiomode.beats.api import BAD_INPUT, UNKNOWN
from studiomode.beats.caching import kept
from studiomode.beats.windows import ROLLING, Window

from .boards import MOST, PAGE, Board, Place, board, place, recap
from .lenses import LENSES, Lens
from .questions import Question, find_lens, question


class LensSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField(source="blurb")
    url = serializers.SerializerMethodField()

    def get_url(self, lens: Lens) -> str:
        return absolute(board_path(lens))


class WindowSerializer(serializers.Serializer[Window]):
    name = serializers.CharField(help_text="`7d` or an ISO week such as 2026-W18.")
    start = serializers.DateTimeField()
    end = serializers.DateTimeField(help_text="Not within the window any more.")
    in_progress = serializers.BooleanField()


class EntrySerializer(serializers.Serializer[Any]):
    rank = serializers.IntegerField(allow_null=True, help_text="By saves; equals share a rank.")
    key = serializers.CharField()
    name = serializers.CharField()
    saves = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True, help_text="Percent of `total_saves`.")
    previous_rank = serializers.IntegerField(allow_null=True, help_text="One week earlier.")
    change = serializers.IntegerField(allow_null=True, help_text="Places climbed since.")
    is_new = serializers.BooleanField()
    url = serializers.URLField()


class AnswerSerializer(serializers.Serializer[Any]):
    """What every answer about a board begins with."""

    lens = serializers.CharField(source="board.lens.name")
    window = WindowSerializer(source="board.window")
    generated_at = serializers.DateTimeField()
    total_saves = serializers.IntegerField(source="board.total_saves")
    count = serializers.IntegerField(source="board.count", help_text="Entries of the whole board.")


class BoardSerializer(AnswerSerializer):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = EntrySerializer(source="board.entries", many=True)


RecapSerializer = inline_serializer("Recap", {name: BoardSerializer() for name in LENSES})


class NeighboursSerializer(serializers.Serializer[Any]):
    above = EntrySerializer(many=True)
    below = EntrySerializer(many=True)


class PlaceSerializer(EntrySerializer, AnswerSerializer):
    position = serializers.IntegerField(allow_null=True, help_text="From 1, in listing order.")
    gap = serializers.IntegerField(
        allow_null=True, help_text="Saves needed to draw level with the next better rank."
    )
    neighbours = NeighboursSerializer()


WINDOW = OpenApiParameter("window", str, description=f"`{ROLLING}` (default) or an ISO week.")
AT = OpenApiParameter("at", OpenApiTypes.DATETIME, description="A past instant; now by default.")
LIMIT = OpenApiParameter(
    "limit",
    {"type": "integer", "minimum": 1, "maximum": MOST, "default": PAGE},
    description="Entries a page.",
)
OFFSET = OpenApiParameter(
    "offset", {"type": "integer", "minimum": 0, "default": 0}, description="Entries to pass over."
)


class Boards(APIView):
    """The boards there are."""

    authentication_classes = ()  # the same for everybody, so that all may share it

    @extend_schema(
        operation_id="list_boards", tags=["boards"], responses={200: LensSerializer(many=True)}
    )
    def get(self, request: Request) -> Response:
        return kept(Response(LensSerializer(list(LENSES.values()), many=True).data), closed=True)


class BoardDetail(APIView):
    """A board: a lens applied to a window. `next` stays at the instant of the first page."""

    authentication_classes = ()  # the same for everybody, so that all may share it

    @extend_schema(
        operation_id="get_board",
        tags=["boards"],
        parameters=[WINDOW, AT, LIMIT, OFFSET],
        responses={200: BoardSerializer, 400: BAD_INPUT, 404: UNKNOWN},
    )
    def get(self, request: Request, lens: str) -> Response:
        found, asked = find_lens(lens), question(request.query_params)
        answer = board(found, asked.window, limit=asked.limit, offset=asked.offset)
        return kept(Response(BoardSerializer(paged(answer, asked)).data), closed=asked.is_closed)


class PlaceDetail(APIView):
    """One subject's place on a board, the gap to the next rank and two neighbours on each side."""

    authentication_classes = ()  # the same for everybody, so that all may share it

    @extend_schema(
        operation_id="get_place",
        tags=["boards"],
        parameters=[WINDOW, AT],
        responses={200: PlaceSerializer, 400: BAD_INPUT, 404: UNKNOWN},
    )
    def get(self, request: Request, lens: str, key: str) -> Response:
        found, asked = find_lens(lens), question(request.query_params)
        subject = get_object_or_404(found.subject, **{found.subject.KEY: key})
        answer = placed(place(found, asked.window, subject), asked)
        return kept(Response(PlaceSerializer(answer).data), closed=asked.is_closed)


class Recap(APIView):
    """All boards of one window, each under the name of its lens."""

    authentication_classes = ()  # the same for everybody, so that all may share it

    @extend_schema(
        operation_id="get_recap",
        tags=["boards"],
        parameters=[WINDOW, AT],
        responses={200: RecapSerializer, 400: BAD_INPUT},
    )
    def get(self, request: Request) -> Response:
        asked = question(request.query_params)
        boards = recap(asked.window).items()
        answer = {name: BoardSerializer(paged(found, asked)).data for name, found in boards}
        return kept(Response(answer), closed=asked.is_closed)


def board_path(lens: Lens) -> str:
    return reverse("api-board", args=[lens.name])


def paged(board: Board, asked: Question) -> dict[str, Any]:
    address = absolute(board_path(board.lens))
    pages = asked.pages(board.count).items()
    links = {name: f"{address}?{query}" if query else None for name, query in pages}
    return {"board": board, "generated_at": asked.now, **links}


def placed(place: Place, asked: Question) -> dict[str, Any]:
    entry = {str(name): getattr(place.entry, str(name)) for name in EntrySerializer().fields}
    return entry | {
        "board": place.board,
        "generated_at": asked.now,
        "position": place.position,
        "gap": place.gap,
        "neighbours": {"above": place.above, "below": place.below},
    }
