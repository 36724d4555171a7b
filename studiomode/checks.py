"""System checks that name the setting that is wrong. Production does not start with one failing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register, run_checks
from django.core.exceptions import ImproperlyConfigured

TAG = "studiomode"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@register(TAG)
def secret_key_is_secret(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    key = settings.SECRET_KEY
    if settings.DEBUG or (len(key) >= 50 and len(set(key)) >= 5 and not key.startswith("insecure")):
        return []
    return [
        Error(
            "SECRET_KEY can be guessed.",
            hint="Set it to at least 50 random characters: "
            "python -c 'import secrets; print(secrets.token_urlsafe(50))'",
            id="studiomode.E001",
        )
    ]


@register(TAG)
def hosts_are_named(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.DEBUG or "*" not in settings.ALLOWED_HOSTS:
        return []
    return [
        Error(
            "ALLOWED_HOSTS admits every host.",
            hint="Name the hosts that are served, separated by commas.",
            id="studiomode.E002",
        )
    ]


@register(TAG)
def site_url_is_safe(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    site = urlsplit(settings.SITE_URL)
    if settings.DEBUG or site.scheme == "https" or site.hostname in LOOPBACK:
        return []
    return [
        Error(
            f"SITE_URL={settings.SITE_URL} would send passwords in the clear.",
            hint="Use https:// (plain http is for this machine alone: 127.0.0.1 or localhost).",
            id="studiomode.E003",
        )
    ]


def refuse_unsafe_start() -> None:
    """Raise ImproperlyConfigured with every complaint; called by the servers' entry points."""
    complaints = [f"{error.msg} {error.hint}" for error in run_checks(tags=[TAG])]
    if complaints:
        raise ImproperlyConfigured(" ".join(complaints))
