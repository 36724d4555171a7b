"""What people and machines may ask, read strictly: each error says what is allowed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime

LONGEST_ECHO = 60
FIRST_YEAR = 1900


class BadInput(ValueError):
    """What is asked for cannot be had; the message says what was wrong and what is allowed.

    `parameter` of the query is to blame, where one is.
    """

    def __init__(self, reason: str, parameter: str | None = None) -> None:
        super().__init__(reason)
        self.parameter = parameter


class Busy(Exception):
    """It cannot be answered yet; the message says when to ask again."""

    wait = 2  # seconds, in Retry-After


class TooMany(Exception):
    """More than is allowed, which the message says; `wait` seconds on, there is some again."""

    def __init__(self, reason: str, wait: int) -> None:
        super().__init__(reason)
        self.wait = wait


def echo(raw: str) -> str:
    """`raw` as an error message may repeat it: short, and without control characters."""
    shown = printable(raw)
    return f"“{shown[:LONGEST_ECHO]}…”" if len(shown) > LONGEST_ECHO else f"“{shown}”"


def printable(text: str) -> str:
    """`text` as a terminal may show it: nothing in it commands anything."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def whole_number(raw: str | None, name: str, *, default: int, least: int, most: int) -> int:
    if raw is None:
        return default
    # The pattern comes first: int() is slow on, then refuses, thousands of digits.
    if re.fullmatch(r"[0-9]{1,18}", raw, re.ASCII) and least <= int(raw) <= most:
        return int(raw)
    raise BadInput(
        f"{name}={echo(raw)} is not allowed. Allowed: a whole number from {least} to {most}.",
        name,
    )


def instant(raw: str | None, *, now: datetime, name: str = "at") -> datetime:
    """The instant asked for, in UTC; `now` when none is. Raises BadInput on a future one."""
    if raw is None:
        return now
    moment = parsed_instant(raw)
    if moment is None or moment.year < FIRST_YEAR:
        raise BadInput(
            f"{name}={echo(raw)} is not an instant. Allowed: ISO 8601 with a zone, "
            f"from {FIRST_YEAR} on, such as 2026-05-04T14:00:00Z.",
            name,
        )
    if moment > now:
        raise BadInput(
            f"{name}={echo(raw)} is in the future. Allowed: any instant up to now.", name
        )
    return moment


def zulu(moment: datetime) -> str:
    """`moment` as the API writes it, and `instant` reads it."""
    return moment.isoformat().replace("+00:00", "Z")


def parsed_instant(raw: str) -> datetime | None:
    """`raw` in UTC, or None unless it is a whole instant with its zone (":60" is not one)."""
    try:
        moment = parse_datetime(raw) if raw.isascii() and raw.isprintable() else None
        return moment.astimezone(UTC) if moment and moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def day(raw: str, *, name: str) -> date:
    """The date asked for, as 2026-05-04."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", raw, re.ASCII):
            return date.fromisoformat(raw)
    except ValueError:
        pass
    raise BadInput(
        f"{name}={echo(raw)} is not a date. Allowed: a day of the calendar, such as 2026-05-04.",
        name,
    )


ERROR_PAGES = {BadInput: 400, TooMany: 429, Busy: 503}


class ErrorPageMiddleware:
    """A page that cannot be had for one of ERROR_PAGES says the reason."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if type(error) not in ERROR_PAGES:
            return None
        status = ERROR_PAGES[type(error)]
        page = render(request, f"{status}.html", {"reason": str(error)}, status=status)
        if wait := getattr(error, "wait", None):
            page["Retry-After"] = str(wait)
        return page
