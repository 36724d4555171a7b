"""Addresses: keys in paths, absolute links, and the way back after a form."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


class KeyConverter:
    """A key in a path. What is none (a NUL byte, 151 characters) is an unknown address."""

    regex = r"[A-Za-z0-9._-]{1,150}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


def absolute(path: str) -> str:
    """`path` for the outside: from SITE_URL, never from the Host header, which callers choose."""
    return f"{settings.SITE_URL}{path}"


def way_back(request: HttpRequest, default: str) -> str:
    """Where the form asks to go next, if that is a page of ours; otherwise `default`."""
    wanted = request.POST.get("next", "")
    ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if ours else default


def site(request: HttpRequest) -> dict[str, str]:
    """For the templates: the site's address, and this page's own without its query."""
    return {"site_url": settings.SITE_URL, "page_url": absolute(request.path)}
