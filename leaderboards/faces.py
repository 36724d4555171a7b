"""The API of a board's other faces: CSV, Atom, and a place as a badge."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from studiomode.beats.addresses import absolute
from studiomode.beats.caching import kept
from studiomode.beats.pictures import svg_answer
from studiomode.beats.problems import problems

from .answers import answer
from .api import ASKED, AT, KEYS, LIMIT, OFFSET, WINDOW, asker_of
from .badges import Badge, badge
from .boards import place
from .feeds import Feed, feed
from .questions import Question, api_question, find_lens, question
from .spreadsheets import file_name, spreadsheet

CSV, ATOM, SVG = "text/csv", "application/atom+xml", "image/svg+xml"
# Examples for the OpenAPI document.
SITE = "https://studiomode.example"
TWO_LINES = f"""\
"rank","key","name","saves","share","previous_rank","change","is_new","url"
1,"dj-a","DJ A",42,11.76,3,2,"false","{SITE}/producers/dj-a/"
2,"dj-b","'=DJ B",40,11.2,"","","true","{SITE}/producers/dj-b/"
"""
BEGINNING = f"""\
<?xml version="1.0" encoding="utf-8"?>
<feed xml:lang="en" xmlns="http://www.w3.org/2005/Atom">
<title>Top producers, week by week · StudioMode</title>
<link href="{SITE}/api/v1/boards/producers.atom" rel="self"/>
<entry><title>Week 18 of 2026: DJ A leads with 42 saves</title>
"""
OUTLINE = '<svg xmlns="http://www.w3.org/2000/svg" width="236" height="28" role="img">'


class ByAddress(BaseContentNegotiation):
    """The address says what the answer is: what a browser accepts in an <img> has no say."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser:
        return next(iter(parsers))

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, first.media_type


class BoardSpreadsheet(APIView):
    """A board as CSV (RFC 4180, UTF-8): a line of field names, then an entry a line.

    A missing value is empty. A text that a spreadsheet would take for a formula, since it begins
    with `=`, `+`, `-` or `@`, begins with an apostrophe; control characters are left out. `Link`
    tells the pages before and after, as `previous` and `next` do in JSON.
    """

    content_negotiation_class = ByAddress

    @extend_schema(
        operation_id="get_board_as_csv",
        summary="Get board as CSV",
        tags=["boards"],
        parameters=[*ASKED, KEYS, LIMIT, OFFSET],
        responses={(200, CSV): OpenApiResponse(str, "The board."), **problems(400, 401, 404)},
        examples=[OpenApiExample("Two entries", TWO_LINES, media_type=CSV)],
    )
    def get(self, request: Request, lens: str) -> HttpResponse:
        found, asked = find_lens(lens), api_question(request.query_params, asker_of(request))
        told = answer(asked, found)
        board = told.boards[lens]
        response = HttpResponse(spreadsheet(board), f"{CSV}; charset=utf-8; header=present")
        response["Content-Disposition"] = f'attachment; filename="{file_name(board)}"'
        if links := linked(absolute(request.path), told.asked.pages(board.count)):
            response["Link"] = links
        made_at = told.generated_at
        return kept(response, closed=asked.is_closed, stale=told.stale, made_at=made_at)


def linked(address: str, pages: dict[str, str | None]) -> str:
    """The pages before and after, as the header `Link` (RFC 8288)."""
    relations = {"next": pages["next"], "prev": pages["previous"]}
    return ", ".join(
        f'<{address}?{query}>; rel="{name}"' for name, query in relations.items() if query
    )


class Face(APIView):
    authentication_classes = ()  # the same for everybody, so that all may share it
    content_negotiation_class = ByAddress


class BoardFeed(Face):
    """A board as a feed (Atom 1.0): its first ten of each of the last eight ISO weeks."""

    @extend_schema(
        operation_id="get_board_as_atom",
        summary="Get board as Atom feed",
        tags=["boards"],
        responses={(200, ATOM): OpenApiResponse(str, "The feed."), **problems(404)},
        examples=[OpenApiExample("Its beginning", BEGINNING, media_type=ATOM)],
    )
    def get(self, request: Request, lens: str) -> HttpResponse:
        drawn_up = feed(find_lens(lens), question({}).now)
        return kept(HttpResponse(drawn_up, Feed.content_type), closed=True)


class BadgeSerializer(serializers.Serializer[Any]):
    """A badge as shields.io asks for it: its `url` parameter takes the address of this answer."""

    schemaVersion = serializers.ChoiceField([1])  # noqa: N815  shields.io's own names
    label = serializers.CharField(  # type: ignore[assignment]  # DRF's fields have one too
        help_text="The board."
    )
    message = serializers.CharField(help_text="The place on it, and in which time.")
    color = serializers.CharField()
    isError = serializers.BooleanField()  # noqa: N815


class PlaceBadge(Face):
    """One subject's place on a board, to be shown elsewhere."""

    def asked(self, request: Request, lens: str, key: str) -> tuple[Badge, Question]:
        found, asked = find_lens(lens), question(request.query_params)
        subjects = found.subject.objects.shown(asked.now)
        subject = get_object_or_404(subjects, **{found.subject.KEY: key})
        return badge(place(found, asked.window, subject)), asked


class PlacePicture(PlaceBadge):
    """One subject's place as a small picture: “#3 · last 7 days”, without saves “unranked”."""

    @extend_schema(
        operation_id="get_badge",
        tags=["boards"],
        parameters=[WINDOW, AT],
        responses={(200, SVG): OpenApiResponse(str, "The picture."), **problems(400, 404)},
        examples=[OpenApiExample("Its beginning", OUTLINE, media_type=SVG)],
    )
    def get(self, request: Request, lens: str, key: str) -> HttpResponse:
        found, asked = self.asked(request, lens, key)
        return kept(svg_answer(found.svg()), closed=asked.is_closed, made_at=asked.now)


class PlaceWords(PlaceBadge):
    """The words of the badge, as an endpoint badge of shields.io is told."""

    @extend_schema(
        operation_id="get_badge_as_json",
        summary="Get badge as JSON",
        tags=["boards"],
        parameters=[WINDOW, AT],
        responses={200: BadgeSerializer, **problems(400, 404)},
    )
    def get(self, request: Request, lens: str, key: str) -> Response:
        found, asked = self.asked(request, lens, key)
        response = Response(BadgeSerializer(found.as_shields()).data)
        return kept(response, closed=asked.is_closed, made_at=asked.now)
