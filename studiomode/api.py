"""The API as a whole: its documentation, and its errors where no view of its own is at work."""

from __future__ import annotations

import sys
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.defaults import bad_request, page_not_found, permission_denied, server_error
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from studiomode.beats.problems import (
    KINDS,
    NO_ANSWER,
    NO_DATABASE,
    NotYet,
    is_about_the_api,
    not_yet,
    respond,
)


@extend_schema(exclude=True)
class UnknownAddress(APIView):
    """Whatever else is asked of the API: 404 in the API's own manner."""

    def get(self, request: Request, address: str) -> Response:
        raise NotFound("There is no such address. See /api/v1/docs/ for those there are.")

    post = put = patch = delete = get


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 for what never reaches a view, such as a host that is not ours."""
    if is_about_the_api(request):
        return respond(400, "The request cannot be read. Allowed: HTTP to the host of this site.")
    return bad_request(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_about_the_api(request):
        return respond(403, str(exception) or KINDS[403].title)
    return permission_denied(request, exception)


def unknown(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Under /api/, that is of a version that there is not."""
    if is_about_the_api(request):
        return respond(404, "There is no such address. Allowed: those under /api/v1/.")
    return page_not_found(request, exception)


def broken(request: HttpRequest) -> HttpResponse:
    """500; 503 where it is the database that does not answer, which the next request may mend."""
    is_down = isinstance(sys.exc_info()[1], NO_ANSWER)
    if is_about_the_api(request):
        return not_yet(NO_DATABASE) if is_down else respond(500, KINDS[500].remedy)
    page = server_error(request)
    if is_down:
        page.status_code, page["Retry-After"] = 503, str(NotYet.wait)
    return page


def docs(request: HttpRequest) -> HttpResponse:
    """The OpenAPI schema as a page; it needs no script and no other host."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    context = {
        "schema": schema,
        "operations": operations(schema),
        "shapes": shapes(schema),
        "problems": KINDS,
    }
    return render(request, "api_docs.html", context)


def operations(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"method": method.upper(), "path": path, "answers": answers(operation), **operation}
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]


def answers(operation: dict[str, Any]) -> list[dict[str, str]]:
    """By status: what the answer means, and which shape its body has."""
    return [
        {
            "status": status,
            "meaning": answer["description"],
            "shape": ", ".join(
                in_words(body["schema"]) for body in answer.get("content", {}).values()
            ),
        }
        for status, answer in operation["responses"].items()
    ]


def shapes(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The bodies there are, by name, with their fields: (name, kind, meaning)."""
    return [
        {
            "name": name,
            "fields": [
                (field, in_words(kind), kind.get("description", ""))
                for field, kind in shape.get("properties", {}).items()
            ],
        }
        for name, shape in schema["components"]["schemas"].items()
    ]


def in_words(kind: dict[str, Any]) -> str:
    """The type that a piece of the schema describes: "Board", "list of Entry", "string or null"."""
    if "$ref" in kind:
        return str(kind["$ref"]).rpartition("/")[2]
    if parts := kind.get("allOf") or kind.get("oneOf"):
        return " or ".join(in_words(part) for part in parts)
    if kind.get("type") == "array":
        return f"list of {in_words(kind['items'])}"
    types = kind.get("type", "anything")
    return types if isinstance(types, str) else " or ".join(types)
