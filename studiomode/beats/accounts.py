"""Who is signed in, who may be, and with what."""

from __future__ import annotations

from typing import Any, cast

from allauth.account import auth_backends
from allauth.account.models import EmailAddress
from django.http import HttpRequest
from rest_framework.request import Request

from .limits import SIGN_IN, SIGN_IN_FROM, address, hashed, spend
from .models import Artist


def signed_in(request: HttpRequest | Request) -> Artist:
    """Who asks, in a view that lets nobody else in."""
    return cast(Artist, request.user)


class AuthenticationBackend(auth_backends.AuthenticationBackend):  # type: ignore[misc]
    """The library's, with the tries counted wherever they are made: page, API or admin.

    Counted by what was typed, known or not. An artist has a name and an address to sign in with,
    each with its count: one for both would tell whose address it is.
    """

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> Artist | None:
        login = credentials.get("email") or credentials.get("username")
        if not (login and credentials.get("password")):
            return None
        if request is not None:
            spend(SIGN_IN_FROM, address(request))
            spend(SIGN_IN, hashed(login))
        return super().authenticate(
            request, username=name_of(login), password=credentials["password"]
        )


def name_of(login: str) -> str:
    """Of one artist, so that of known and unknown alike one password is hashed; found with as many
    queries, too.

    An address that several gave and nobody verified is the first one's.
    """
    given = EmailAddress.objects.filter(email=login.lower()).order_by("-verified", "user")
    return given.values_list("user__username", flat=True).first() or login
