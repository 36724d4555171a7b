"""The API as a whole: its documentation, and the answer to an address it does not have."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


@extend_schema(exclude=True)
class UnknownAddress(APIView):
    """Whatever else is asked of the API: 404 in the API's own manner."""

    def get(self, request: Request, address: str) -> Response:
        raise NotFound("There is no such address. See /api/v1/docs/ for those there are.")

    post = put = patch = delete = get


def docs(request: HttpRequest) -> HttpResponse:
    """The OpenAPI schema as a page; it needs no script and no other host."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    context = {"schema": schema, "operations": operations(schema), "shapes": shapes(schema)}
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
