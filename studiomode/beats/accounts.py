"""Who is signed in."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest
from rest_framework.request import Request

from .models import Artist


def signed_in(request: HttpRequest | Request) -> Artist:
    """Who asks, in a view that lets nobody else in."""
    return cast(Artist, request.user)
