"""Who asks the API. Apart from api.py, which the framework could not import while it loads this."""

from __future__ import annotations

from rest_framework import authentication
from rest_framework.request import Request


class SessionAuthentication(authentication.SessionAuthentication):
    """The website's session. Naming a scheme makes the anonymous answer 401, not 403."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"
