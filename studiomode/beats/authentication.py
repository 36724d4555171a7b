"""Who asks the API. Apart from api.py, which the framework could not import while it loads this."""

from __future__ import annotations

import re

from django.utils import timezone
from knox.auth import TokenAuthentication
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from .limits import address, spend_read
from .models import Artist, Device

TOKEN = re.compile(rb"[0-9a-f]{64}")
UNKNOWN = "The token is unknown, has expired or was revoked. Get one by `POST tokens/`."


class DeviceAuthentication(TokenAuthentication):  # type: ignore[misc]  # it has no types
    """`Authorization: Bearer …`, with a token that is one device's. Needs no CSRF token."""

    def authenticate(self, request: Request) -> tuple[Artist, Device] | None:
        try:
            return super().authenticate(request)
        except exceptions.AuthenticationFailed:
            spend_read(address(request))  # guessing is reading, too
            raise

    def authenticate_credentials(self, token: bytes) -> tuple[Artist, Device]:
        if not TOKEN.fullmatch(token):  # the library would choke on other bytes
            raise exceptions.AuthenticationFailed(UNKNOWN)
        try:
            return super().authenticate_credentials(token)
        except exceptions.AuthenticationFailed as error:
            raise exceptions.AuthenticationFailed(UNKNOWN) from error

    def validate_user(self, device: Device) -> tuple[Artist, Device]:
        artist, device = super().validate_user(device)
        device.is_used(timezone.now())
        return artist, device

    def _cleanup_token(self, device: Device) -> bool:
        """Whether it has expired. The daily run deletes it: reading writes nothing."""
        return device.expiry <= timezone.now()


class SessionAuthentication(authentication.SessionAuthentication):
    """The website's session, which does need a CSRF token."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"
