"""The API as a whole: its errors where no view of its own is at work."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse
from django.views.defaults import bad_request, page_not_found, permission_denied, server_error
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
