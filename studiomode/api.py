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
    return render(request, "api_docs.html", {"schema": schema, "operations": operations(schema)})


def operations(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"method": method.upper(), "path": path, **operation}
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
