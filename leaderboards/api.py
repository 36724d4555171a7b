"""The API of the boards: all of them, one, one subject's place on it, and the recap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    extend_schema,
    extend_schema_field,
    inline_serializer,
)
from rest_framework import serializers
from rest_framework.exceptions import NotAuthenticated, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from studiomode.beats.addresses import absolute
from studiomode.beats.afterwards import afterwards
from studiomode.beats.caching import kept
from studiomode.beats.inputs import BadInput, Busy, TooMany
from studiomode.beats.limits import address, spend_read
from studiomode.beats.problems import not_yet, problems
from studiomode.beats.windows import ROLLING, Window

from .answers import LEDGER, SOURCES, Answer
from .boards import MOST, PAGE, Board, Place, place
from .lenses import LENSES, Lens
from .mine import Mine, mine
from .questions import FARTHEST, Question, api_question, find_lens, question
from .slices import Asker, Slice
from .telling import recompute, rendered, respond, tell


class LensSerializer(serializers.Serializer[Any]):
    name = serializers.ChoiceField(list(LENSES))
    title = serializers.CharField()
    description = serializers.CharField(source="blurb")
    url = serializers.SerializerMethodField()

    @extend_schema_field(OpenApiTypes.URI)
    def get_url(self, lens: Lens) -> str:
        return absolute(board_path(lens))


class WindowSerializer(serializers.Serializer[Window]):
    name = serializers.CharField(help_text="`7d` or an ISO week such as 2026-W18.")
    start = serializers.DateTimeField()
    end = serializers.DateTimeField(help_text="Not within the window any more.")
    in_progress = serializers.BooleanField()


class EntrySerializer(serializers.Serializer[Any]):
    rank = serializers.IntegerField(
        allow_null=True, min_value=1, help_text="By saves; equals share a rank."
    )
    key = serializers.CharField()
    name = serializers.CharField()
    saves = serializers.IntegerField(min_value=0)
    share = serializers.FloatField(
        allow_null=True, min_value=0, max_value=100, help_text="Percent of `total_saves`."
    )
    previous_rank = serializers.IntegerField(
        allow_null=True, min_value=1, help_text="One week earlier."
    )
    change = serializers.IntegerField(allow_null=True, help_text="Places climbed since.")
    is_new = serializers.BooleanField()
    url = serializers.URLField()


class SliceSerializer(serializers.Serializer[Slice]):
    """Which saves were ranked; null where all were."""

    genre = serializers.CharField(source="params.genre", default=None, allow_null=True)
    following = serializers.BooleanField(source="params.following", default=False)
    producers = serializers.CharField(source="params.producers", default=None, allow_null=True)


class MineSerializer(serializers.Serializer[Mine]):
    saved = serializers.ListField(
        child=serializers.CharField(), help_text="Keys of the beats in `results` in the vault."
    )
    followed = serializers.ListField(
        child=serializers.CharField(), help_text="Keys of the producers in `results` followed."
    )
    places = EntrySerializer(many=True, help_text="Where the artist's own producers stand.")


class AnswerSerializer(serializers.Serializer[Any]):
    """What every answer about a board begins with."""

    lens = serializers.ChoiceField(list(LENSES), source="board.lens.name")
    window = WindowSerializer(source="board.window")
    slice = SliceSerializer(source="board.slice")
    generated_at = serializers.DateTimeField(help_text="The instant of the boards in it.")
    stale = serializers.BooleanField(help_text="Older than usual, and being computed anew.")
    source = serializers.ChoiceField(  # type: ignore[assignment]  # DRF's fields have one too
        SOURCES, help_text="Stored for seconds, or computed from the ledger just now."
    )
    total_saves = serializers.IntegerField(source="board.total_saves", min_value=0)
    count = serializers.IntegerField(
        source="board.count", min_value=0, help_text="Entries of the whole board."
    )


class BoardSerializer(AnswerSerializer):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = EntrySerializer(source="board.entries", many=True)
    missing = serializers.ListField(
        child=serializers.CharField(), help_text="Those of `keys` that nobody has."
    )
    me = MineSerializer(allow_null=True, help_text="The artist's own; null for the anonymous.")


RecapSerializer = inline_serializer("Recap", {name: BoardSerializer() for name in LENSES})


class NeighboursSerializer(serializers.Serializer[Any]):
    above = EntrySerializer(many=True)
    below = EntrySerializer(many=True)


class PlaceSerializer(EntrySerializer, AnswerSerializer):
    position = serializers.IntegerField(
        allow_null=True, min_value=1, help_text="From 1, in listing order."
    )
    gap = serializers.IntegerField(
        allow_null=True,
        min_value=1,
        help_text="Saves needed to draw level with the next better rank.",
    )
    neighbours = NeighboursSerializer()


WINDOW = OpenApiParameter(
    "window",
    {"type": "string", "pattern": r"^(7d|\d{4}-W\d{2})$", "default": ROLLING},
    description="The last seven days, or an ISO week such as `2026-W18`.",
)
SPAN = [
    OpenApiParameter("from", OpenApiTypes.DATE, description="In place of `window`: the first day."),
    OpenApiParameter("to", OpenApiTypes.DATE, description="The last day; at most 366 in all."),
]
NARROWED = [
    OpenApiParameter(
        "genre",
        {"type": "string", "pattern": r"^[A-Za-z0-9._-]{1,150}$"},
        description="Only saves of beats of this genre, by its key.",
    ),
    OpenApiParameter("following", str, enum=["1"], description="Only of followed producers."),
    OpenApiParameter(
        "producers",
        str,
        enum=["new"],
        description="Only of producers whose first save came within 90 days of `at`.",
    ),
]
KEYS = OpenApiParameter(
    "keys",
    {"type": "string", "pattern": r"^[A-Za-z0-9._-]{1,150}(,[A-Za-z0-9._-]{1,150}){0,99}$"},
    description=f"Only these entries, up to {MOST} keys separated by commas, in this order, with "
    "their ranks on the whole board; those that nobody has come under `missing`.",
)
AT = OpenApiParameter("at", OpenApiTypes.DATETIME, description="A past instant; now by default.")
ASKED = [WINDOW, *SPAN, AT, *NARROWED]
LIMIT = OpenApiParameter(
    "limit",
    {"type": "integer", "minimum": 1, "maximum": MOST, "default": PAGE},
    description="Entries a page.",
)
OFFSET = OpenApiParameter(
    "offset",
    {"type": "integer", "minimum": 0, "maximum": FARTHEST, "default": 0},
    description="Entries to pass over.",
)


class Boards(APIView):
    """The boards there are."""

    authentication_classes = ()  # the same for everybody, so that all may share it

    @extend_schema(
        operation_id="list_boards", tags=["boards"], responses={200: LensSerializer(many=True)}
    )
    def get(self, request: Request) -> Response:
        return kept(Response(LensSerializer(list(LENSES.values()), many=True).data), closed=True)


class StoredView(APIView):
    """Tells of stored boards before the framework does its work, which costs more than they do.

    To who shows no sign of being signed in, that is.
    """

    told: Callable[..., HttpResponse]  # of the query's parameters, who asks and the address's

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            if is_plain(request):
                spend_read(address(request))
                return self.told(request.GET, AnonymousUser(), **kwargs)
        except Busy as reason:
            return not_yet(str(reason))
        except (BadInput, Http404, NotAuthenticated, TooMany):
            pass  # the framework's to tell
        return super().dispatch(request, *args, **kwargs)


def is_plain(request: HttpRequest) -> bool:
    is_signed = (
        "HTTP_AUTHORIZATION" in request.META or settings.SESSION_COOKIE_NAME in request.COOKIES
    )
    return request.method == "GET" and not is_signed and takes_json(request)


def takes_json(request: HttpRequest) -> bool:
    # To take the words apart is a tenth of the work; nearly all apps say one of two.
    is_usual = request.META.get("HTTP_ACCEPT", "*/*") in ("*/*", "application/json")
    return is_usual or request.accepts("application/json")


class BoardDetail(StoredView):
    """A board: a lens applied to a window. `next` stays at the instant of the first page."""

    @extend_schema(
        operation_id="get_board",
        tags=["boards"],
        parameters=[*ASKED, KEYS, LIMIT, OFFSET],
        responses={200: BoardSerializer, **problems(400, 401, 404, 503)},
    )
    def get(self, request: Request, lens: str) -> HttpResponse:
        return self.told(request.query_params, asker_of(request), lens=lens)

    def told(self, params: Mapping[str, str], asker: Asker, *, lens: str) -> HttpResponse:
        found = find_lens(lens)
        return tell(api_question(params, asker), [found], partial(as_board, lens=found), asker)


class PlaceDetail(APIView):
    """One subject's place on a board, the gap to the next rank and two neighbours on each side."""

    @extend_schema(
        operation_id="get_place",
        tags=["boards"],
        parameters=ASKED,
        responses={200: PlaceSerializer, **problems(400, 401, 404)},
    )
    def get(self, request: Request, lens: str, key: str) -> HttpResponse:
        found, asked = find_lens(lens), api_question(request.query_params, asker_of(request))
        subjects = found.subject.objects.shown(asked.now)
        subject = get_object_or_404(subjects, **{found.subject.KEY: key})
        answer = placed(place(found, asked.window, subject, asked.slice), asked)
        return respond(asked, rendered(PlaceSerializer(answer).data), asked.now)


class Recap(StoredView):
    """All boards of one window, each under the name of its lens."""

    @extend_schema(
        operation_id="get_recap",
        tags=["boards"],
        parameters=ASKED,
        responses={200: RecapSerializer, **problems(400, 401, 503)},
    )
    def get(self, request: Request) -> HttpResponse:
        return self.told(request.query_params, asker_of(request))

    def told(self, params: Mapping[str, str], asker: Asker) -> HttpResponse:
        asked = replace(api_question(params, asker).first(PAGE), keys=())
        return tell(asked, list(LENSES.values()), as_recap, asker)


@extend_schema(exclude=True)
class Recompute(APIView):
    """For developers: forget the stored boards and compute the recap anew, after the response."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # Before anything else is looked at: production does not have this at all.
        if not (settings.DEBUG or settings.ENABLE_DEBUG_ROUTES):
            raise PermissionDenied("Only on a development machine, or with ENABLE_DEBUG_ROUTES.")
        super().initial(request, *args, **kwargs)
        if not (settings.DEBUG or request.user.is_staff):
            raise PermissionDenied("Only for staff who are signed in.")

    def post(self, request: Request) -> Response:
        asked = question({})
        afterwards(partial(recompute, asked.window.name, asked.now))
        return Response({"detail": "The boards are being computed anew."}, status=202)


def asker_of(request: Request) -> Asker:
    return request.user


def as_board(answer: Answer, asker: Asker, lens: Lens) -> dict[str, Any]:
    board = answer.boards[lens.name]
    about = {name: getattr(answer, name) for name in ("stale", "source", "generated_at", "missing")}
    own = {"me": mine(board, asker) if asker.is_authenticated else None}
    return dict(BoardSerializer(paged(board, answer.asked) | about | own).data)


def as_recap(answer: Answer, asker: Asker) -> dict[str, Any]:
    return {name: as_board(answer, asker, board.lens) for name, board in answer.boards.items()}


def board_path(lens: Lens) -> str:
    return reverse("api-board", args=[lens.name])


def paged(board: Board, asked: Question) -> dict[str, Any]:
    address = absolute(board_path(board.lens))
    pages = asked.pages(board.count).items()
    links = {name: f"{address}?{query}" if query else None for name, query in pages}
    return {"board": board, **links}


def placed(place: Place, asked: Question) -> dict[str, Any]:
    entry = {str(name): getattr(place.entry, str(name)) for name in EntrySerializer().fields}
    return entry | {
        "board": place.board,
        "generated_at": asked.now,
        "stale": False,
        "source": LEDGER,
        "position": place.position,
        "gap": place.gap,
        "neighbours": {"above": place.above, "below": place.below},
    }
