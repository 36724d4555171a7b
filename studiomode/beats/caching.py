"""How long an answer may be kept by others, and how they learn that it still stands."""

from __future__ import annotations

import re
from datetime import datetime
from hashlib import sha256
from time import time
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware
from django.utils.cache import patch_vary_headers
from django.utils.http import http_date, parse_http_date

from .problems import is_about_the_api, respond

LIVE = "public, max-age=5, stale-while-revalidate=60"
CLOSED = "public, max-age=3600"  # an un-♡ or a day taken late may still change it
STALE = "public, max-age=1, stale-while-revalidate=60"  # the next one is on its way
OWN = "private, no-cache"
NEVER = "no-store"
WHO_ASKS = ("Authorization", "Cookie")
SINCE = "HTTP_IF_MODIFIED_SINCE"

WHEN = re.compile(rb'"generated_at":"[^"]*"')  # quotes within a text are escaped


Answer = TypeVar("Answer", bound=HttpResponse)


def kept(
    response: Answer, *, closed: bool, stale: bool = False, made_at: datetime | None = None
) -> Answer:
    """The answer, to be kept for seconds, or for an hour once what it tells of is over."""
    if response.status_code in (200, 304):
        response["Cache-Control"] = STALE if stale else CLOSED if closed else LIVE
    if made_at:
        response["Last-Modified"] = http_date(made_at.timestamp())
    return response


def etag(said: bytes) -> str:
    return f'"{sha256(said).hexdigest()[:32]}"'


class ValidatorMiddleware(ConditionalGetMiddleware):
    """An ETag over what is said, not over when it was computed; 304 to who has it already.

    What is said to somebody who is signed in is kept by nobody but them.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if is_told(request, response) and isinstance(response, HttpResponse):
            validate(response)
        if is_about_the_api(request):
            mind_who_asks(request, response)
        if depends_on_who_asks(request) and not is_secret(response):
            response["Cache-Control"] = OWN
        if not is_settled(response):
            request.META.pop(SINCE, None)
        answer = super().process_response(request, response)
        return refused(request) if answer.status_code == 412 else answer


def is_told(request: HttpRequest, response: HttpResponseBase) -> bool:
    return is_for_reading(request) and response.status_code == 200 and not response.streaming


def is_for_reading(request: HttpRequest) -> bool:
    return request.method in ("GET", "HEAD")


def validate(response: HttpResponse) -> None:
    """With what a client may ask by whether it still stands."""
    response["ETag"] = response.get("ETag") or etag(WHEN.sub(b"", response.content))
    response["Last-Modified"] = response.get("Last-Modified") or http_date()


def mind_who_asks(request: HttpRequest, response: HttpResponseBase) -> None:
    """An answer of the API says for whom and for how long it stands; a problem, for no time."""
    if may_depend_on_who_asks(request):
        patch_vary_headers(response, WHO_ASKS)
    if "Cache-Control" not in response:
        is_answer = is_for_reading(request) and response.status_code == 200
        response["Cache-Control"] = LIVE if is_answer else NEVER


def may_depend_on_who_asks(request: HttpRequest) -> bool:
    """Whether the view looks at who asks at all."""
    view: Any = getattr(getattr(request.resolver_match, "func", None), "cls", None)
    return bool(getattr(view, "authentication_classes", ()))


def is_secret(response: HttpResponseBase) -> bool:
    """The view says so itself: not even who asks may keep it."""
    return NEVER in response.get("Cache-Control", "")


def depends_on_who_asks(request: HttpRequest) -> bool:
    if may_depend_on_who_asks(request) and "HTTP_AUTHORIZATION" in request.META:
        return True
    # The session is only looked into where the answer may depend on it.
    return request.session.accessed and request.user.is_authenticated


def is_settled(response: HttpResponseBase) -> bool:
    """Dates count whole seconds: what was made within this one may be another by its end."""
    made = response.get("Last-Modified")
    return made is not None and parse_http_date(made) < int(time())


def refused(request: HttpRequest) -> HttpResponse:
    detail = "It is not what If-Match or If-Unmodified-Since names any more. Ask without them."
    return respond(412, detail) if is_about_the_api(request) else HttpResponse(detail, status=412)
