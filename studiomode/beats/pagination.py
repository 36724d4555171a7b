"""Pages of lists that only grow: by signed keyset cursor, so that none repeats or skips a row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.core import signing
from django.db.models import Model, Q
from rest_framework.pagination import BasePagination
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from .addresses import absolute
from .inputs import BadInput, whole_number

LIFETIME = timedelta(days=7)  # of a cursor
DEFAULT, MOST = 25, 100  # rows a page


class KeysetPagination(BasePagination):
    """`?limit=&cursor=` over a queryset whose order_by ends in something unique."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        params = request.query_params
        limit = whole_number(params.get("limit"), "limit", default=DEFAULT, least=1, most=MOST)
        self.request, self.order = request, queryset.query.order_by
        self.is_somebodys = IsAuthenticated in view.permission_classes
        if "cursor" in params:
            queryset = queryset.filter(comes_after(self.order, self.opened(params["cursor"])))
        rows = list(queryset[: limit + 1])
        self.next = self.link(rows[limit - 1]) if len(rows) > limit else None
        return rows[:limit]

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.next, "results": data})

    def link(self, last: Model) -> str:
        """The address of the page behind the row `last`."""
        values = [getattr(last, name.removeprefix("-")) for name in self.order]
        after = [value.isoformat() if isinstance(value, date) else value for value in values]
        cursor = signing.dumps(after, salt=self.salt)
        return absolute(replace_query_param(self.request.get_full_path(), "cursor", cursor))

    def opened(self, cursor: str) -> list[Any]:
        try:
            return signing.loads(cursor, salt=self.salt, max_age=LIFETIME)
        except (signing.BadSignature, ValueError) as error:
            raise BadInput(
                f"cursor is not one of this list, or is older than {LIFETIME.days} days. "
                "Take `next` from a page as it is, or leave it out to begin.",
                "cursor",
            ) from error

    @property
    def salt(self) -> str:
        """A cursor is good for its own list alone, and for its owner's where it is somebody's."""
        owner = self.request.user.pk if self.is_somebodys else None
        return f"cursor of {self.request.path} {owner}"

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        limit = {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT}
        return [
            query_parameter("limit", "Rows a page.", limit),
            query_parameter("cursor", "From `next` of the page before.", {"type": "string"}),
        ]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {"next": link, "results": schema},
        }


def comes_after(order: Sequence[str], values: Sequence[Any]) -> Q:
    """Rows listed behind the one with `values`, where `order` is as in order_by: `("-a", "b")`."""
    condition, level = Q(), Q()
    for name, value in zip(order, values, strict=True):
        column = name.removeprefix("-")
        lookup = "lt" if name.startswith("-") else "gt"
        condition |= level & Q(**{f"{column}__{lookup}": value})
        level &= Q(**{column: value})
    return condition


def query_parameter(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": schema,
    }
