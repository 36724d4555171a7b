"""How long an answer may be kept by others, and how they learn that it still stands."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TypeVar

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.http import ConditionalGetMiddleware

LIVE = "public, max-age=5, stale-while-revalidate=60"
CLOSED = "public, max-age=3600"  # an un-♡ or a day taken late may still change it
STALE = "public, max-age=1, stale-while-revalidate=60"  # the next one is on its way
OWN = "private, no-cache"

WHEN = re.compile(rb'"generated_at":"[^"]*"')  # quotes within a text are escaped


Answer = TypeVar("Answer", bound=HttpResponse)


def kept(response: Answer, *, closed: bool, stale: bool = False) -> Answer:
    """The answer, to be kept for seconds, or for an hour once what it tells of is over."""
    if response.status_code in (200, 304):
        response["Cache-Control"] = STALE if stale else CLOSED if closed else LIVE
    return response


def etag(said: bytes) -> str:
    return f'"{sha256(said).hexdigest()[:32]}"'


class ETagMiddleware(ConditionalGetMiddleware):
    """An ETag over what is said, not over when it was computed; 304 to who has it already.

    What is said to somebody who is signed in is kept by nobody but them.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if is_told(request, response) and isinstance(response, HttpResponse):
            response["ETag"] = response.get("ETag") or etag(WHEN.sub(b"", response.content))
        if depends_on_who_asks(request) and not is_secret(response):
            response["Cache-Control"] = OWN
        return super().process_response(request, response)


def is_told(request: HttpRequest, response: HttpResponseBase) -> bool:
    return request.method == "GET" and response.status_code == 200 and not response.streaming


def is_secret(response: HttpResponseBase) -> bool:
    """The view says so itself: not even who asks may keep it."""
    return "no-store" in response.get("Cache-Control", "")


def depends_on_who_asks(request: HttpRequest) -> bool:
    # The session is only looked into where the answer may depend on it.
    return request.session.accessed and request.user.is_authenticated
