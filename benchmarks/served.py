"""StudioMode as it is served, with a bare view beside it that returns the bytes of a stored board.

It passes the same middlewares: what the framework asks for anyway is no part of the difference.
"""

from __future__ import annotations

from functools import cache

import setup  # noqa: F401  Django, as the benchmarks have it
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import include, path

from leaderboards.api import BoardDetail

BOARD = "/api/v1/boards/producers/"


@cache
def board() -> bytes:
    return BoardDetail.as_view()(RequestFactory().get(BOARD), lens="producers").content


def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse(board(), content_type="application/json")


urlpatterns = [path("bare/", bare), path("", include(settings.ROOT_URLCONF))]
settings.ROOT_URLCONF = __name__
application = get_wsgi_application()
