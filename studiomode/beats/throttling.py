"""Reads of the API are counted. Apart, since the framework loads it while it loads itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from .limits import address, spend_read

if TYPE_CHECKING:
    from rest_framework.views import APIView


class ReadsThrottle(BaseThrottle):
    """By artist; by address where nobody is signed in. What is no read spends a budget itself."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        if request.method in SAFE_METHODS:
            spend_read(who(request))
        return True


def who(request: Request) -> str:
    return f"artist {request.user.pk}" if request.user.is_authenticated else address(request)
