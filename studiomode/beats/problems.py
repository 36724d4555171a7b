"""Errors of the API: one shape for all of them, RFC 9457."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse
from rest_framework import exceptions, serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView, exception_handler

from .addresses import absolute
from .inputs import BadInput, Busy, TooMany
from .models import Refused

PROBLEM_JSON = "application/problem+json"
BY_ITSELF = "non_field_errors"  # the framework's word for what is wrong with no field alone
LARGEST_BODY = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
NO_ANSWER = (OperationalError, InterfaceError)  # of the database
NO_DATABASE = "The database does not answer. Ask again in a moment."

logger = logging.getLogger(__name__)

FieldError = dict[str, str]  # pointer, code and detail


@dataclass(frozen=True)
class Kind:
    """What a status means here; `name` ends the address that `type` is."""

    name: str
    title: str
    remedy: str


KINDS = {
    400: Kind("bad-input", "Something asked for is not allowed", "`detail` says what is allowed."),
    401: Kind("signed-out", "Nobody is signed in", "Send the token of `POST tokens/`."),
    403: Kind("refused", "It may not be done", "`detail` says why."),
    404: Kind("unknown", "There is no such thing", "Or it is somebody else's."),
    405: Kind("wrong-method", "It cannot be asked so", "`Allow` lists the methods that can."),
    406: Kind("not-acceptable", "It is not to be had in that form", "Accept `application/json`."),
    412: Kind("changed", "It is not what it was", "Ask for it anew."),
    413: Kind("too-large", "The body is too large", "Send less."),
    415: Kind("wrong-media-type", "The body is of another kind", "Send `application/json`."),
    429: Kind("too-many-requests", "Too much at once", "Wait `Retry-After` seconds."),
    500: Kind("broken", "Something broke", "It was us. Try again in a moment."),
    503: Kind("busy", "It cannot be answered yet", "Wait `Retry-After` seconds."),
}


class NotYet(exceptions.APIException):
    status_code = 503
    wait = 2  # seconds, in Retry-After


class TooLarge(exceptions.APIException):
    status_code = 413


# Our own words, and the framework's, as the API tells them. The first that fits is taken.
TOLD: dict[type[Exception], Callable[[Any], exceptions.APIException]] = {
    BadInput: lambda error: exceptions.ParseError(str(error)),
    Busy: lambda error: NotYet(str(error)),
    TooMany: lambda error: exceptions.Throttled(error.wait, str(error)),
    Refused: lambda error: exceptions.PermissionDenied(str(error)),
    Http404: lambda error: exceptions.NotFound(str(error) or None),
    PermissionDenied: lambda error: exceptions.PermissionDenied(str(error) or None),
    RequestDataTooBig: lambda error: TooLarge(f"Allowed: up to {LARGEST_BODY:,} bytes."),
    **dict.fromkeys(NO_ANSWER, lambda error: NotYet(NO_DATABASE)),
}


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to what a view raised; None for what nobody has thought of."""
    if isinstance(error, NO_ANSWER):
        logger.error("The database does not answer.", exc_info=error)
    told = next((tell(error) for kind, tell in TOLD.items() if isinstance(error, kind)), error)
    response = exception_handler(told, context)
    if response is None:
        return None
    errors = list(blamed(error)) or list(flattened(response.data))
    detail = summary(response.data, errors) + what_is_allowed(told, context["view"])
    response.data = problem(response.status_code, detail, errors)
    response.content_type = PROBLEM_JSON
    return response


def summary(data: Any, errors: list[FieldError]) -> str:
    if isinstance(data, dict) and "detail" in data:
        return str(data["detail"])
    return " ".join(f"{error['pointer']}: {error['detail']}" for error in errors)


def what_is_allowed(error: Exception, view: APIView) -> str:
    """Where the framework does not say it."""
    if isinstance(error, exceptions.MethodNotAllowed):
        return f" Allowed: {', '.join(view.allowed_methods)}."
    if isinstance(error, exceptions.NotAcceptable | exceptions.UnsupportedMediaType):
        return " Allowed: application/json."
    return ""


def blamed(error: Exception) -> Iterator[FieldError]:
    """The parameter of the query that is to blame, where one is."""
    if isinstance(error, BadInput) and error.parameter:
        yield {"pointer": f"?{error.parameter}", "code": "invalid", "detail": str(error)}


def flattened(data: Any, pointer: str = "#") -> Iterator[FieldError]:
    """What is wrong with each field, however deep it lies in the body."""
    if isinstance(data, list):
        for number, item in enumerate(data):
            deeper = isinstance(item, list | dict)
            yield from flattened(item, f"{pointer}/{number}" if deeper else pointer)
    elif isinstance(data, dict):
        for name, item in data.items():
            if name != "detail":
                yield from flattened(item, pointer if name == BY_ITSELF else f"{pointer}/{name}")
    else:
        yield {"pointer": pointer, "code": getattr(data, "code", "invalid"), "detail": str(data)}


def problem(status: int, detail: str, errors: list[FieldError] | None = None) -> dict[str, Any]:
    kind = KINDS[status]
    return {
        "type": f"{absolute(reverse('api-docs'))}#{kind.name}",
        "title": kind.title,
        "status": status,
        "detail": detail,
        "errors": errors or [],
    }


def respond(status: int, detail: str, headers: dict[str, str] | None = None) -> HttpResponse:
    """A problem where the framework of the API is not at work."""
    body = JSONRenderer().render(problem(status, detail))
    return HttpResponse(body, PROBLEM_JSON, status, headers=headers)


def not_yet(detail: str) -> HttpResponse:
    return respond(503, detail, {"Retry-After": str(NotYet.wait)})


def is_about_the_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")


class FieldErrorSerializer(serializers.Serializer[Any]):
    pointer = serializers.CharField(
        help_text="`#/name` for a field of the body, `?name` for a parameter of the query."
    )
    code = serializers.CharField(help_text="For machines; `detail` is for people.")
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """What went wrong (RFC 9457)."""

    type = serializers.URLField(help_text="Which kind of problem; the address explains it.")
    title = serializers.CharField(help_text="The kind in words.")
    status = serializers.ChoiceField(list(KINDS))
    detail = serializers.CharField(help_text="What was wrong this time, and what is allowed.")
    errors = FieldErrorSerializer(  # type: ignore[assignment]  # DRF's serializers have one too
        many=True, help_text="By field, where fields are to blame."
    )


def problems(*statuses: int) -> dict[tuple[int, str], OpenApiResponse]:
    """For the schema: the answers with these statuses."""
    return {
        (status, PROBLEM_JSON): OpenApiResponse(
            ProblemSerializer, f"{KINDS[status].title}. {KINDS[status].remedy}"
        )
        for status in statuses
    }
