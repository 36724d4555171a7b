"""Windows: the half-open spans of time a lens looks at. All instants are UTC."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from .inputs import FIRST_YEAR, BadInput, day, echo

WEEK = timedelta(days=7)
ROLLING = "7d"
LONGEST_SPAN = 366  # days
BETWEEN = "/"  # of the first and last day in a span's name, as ISO 8601 writes an interval
SNAPSHOT_TIME = time(14, tzinfo=UTC)  # the instant of every day at which the boards are kept


@dataclass(frozen=True)
class Window:
    """`[start, end)`. `in_progress` marks one that has been cut at the instant asked for."""

    name: str
    start: datetime
    end: datetime
    in_progress: bool = False
    length: timedelta = WEEK  # when it is whole

    @property
    def previous(self) -> Window:
        """The same span one length earlier, which movement is measured against."""
        return replace(self, start=self.start - self.length, end=self.end - self.length)

    @property
    def is_rolling(self) -> bool:
        return self.name == ROLLING

    @property
    def is_span(self) -> bool:
        return BETWEEN in self.name

    @property
    def params(self) -> dict[str, str]:
        """What asks for it in a query."""
        if self.is_span:
            return dict(zip(("from", "to"), self.name.split(BETWEEN), strict=True))
        return {"window": self.name}

    @property
    def label(self) -> str:
        if self.is_rolling:
            return "Last 7 days"
        if self.is_span:
            return " to ".join(self.params.values()) + (" so far" if self.in_progress else "")
        year, week = self.name.split("-W")
        return f"Week {int(week)} of {year}" + (" so far" if self.in_progress else "")


def window(name: str | None, at: datetime) -> Window:
    """The window called `name` (`7d`, the default, or an ISO week) as it stood at `at`."""
    if name is None or name == ROLLING:
        return Window(ROLLING, at - WEEK, at)
    return iso_week(name, at)


def window_of(params: Mapping[str, str], at: datetime) -> Window:
    """The window that `window` names, or `from` and `to` bound."""
    bounds = [name for name in ("from", "to") if name in params]
    if not bounds:
        return window(params.get("window"), at)
    if len(bounds) == 1 or "window" in params:
        raise BadInput("Allowed: from and to together, or window, or none of them.", bounds[0])
    first, last = (day(params[name], name=name) for name in bounds)
    return span(first, last, at)


def iso_week(name: str, at: datetime) -> Window:
    start = datetime.combine(first_day(name), time(), UTC)
    if start > at:
        raise BadInput(
            f"window={echo(name)} has not begun. Allowed: weeks up to {week_of(at)}.", "window"
        )
    end = start + WEEK
    return Window(name, start, min(end, at), in_progress=at < end)


def span(first: date, last: date, at: datetime) -> Window:
    """From the first day to the last, both included, as it stood at `at`."""
    length = last - first + timedelta(days=1)
    if first.year <= FIRST_YEAR:
        raise BadInput(f"from={first} is too early. Allowed: {FIRST_YEAR + 1} and later.", "from")
    if not timedelta(0) < length <= timedelta(days=LONGEST_SPAN):
        raise BadInput(
            f"from={first} to={last} is not a span. Allowed: from up to to, both included, "
            f"at most {LONGEST_SPAN} days.",
            "from",
        )
    start = datetime.combine(first, time(), UTC)
    if start > at:
        raise BadInput(f"from={first} has not begun. Allowed: days up to {at:%Y-%m-%d}.", "from")
    end = start + length
    return Window(f"{first}{BETWEEN}{last}", start, min(end, at), at < end, length)


def first_day(name: str) -> date:
    """The Monday of the ISO week called `name`; raises BadInput for one that does not exist."""
    match = re.fullmatch(r"(\d{4})-W(\d{2})", name, re.ASCII)
    try:
        if match and int(match[1]) > FIRST_YEAR:
            return date.fromisocalendar(int(match[1]), int(match[2]), 1)
    except ValueError:
        pass
    raise BadInput(
        f"window={echo(name)} is not a window. Allowed: {ROLLING}, the last seven days, or an ISO "
        f"week from {FIRST_YEAR + 1}-W01 on, such as 2026-W18 (52 or 53 a year).",
        "window",
    )


def week_of(at: datetime) -> str:
    """The name of the ISO week that `at` lies in. (`%Y-W%V` would be wrong at New Year.)"""
    year, week, _ = at.astimezone(UTC).isocalendar()
    return f"{year}-W{week:02}"


def snapshot_instant(day: date) -> datetime:
    return datetime.combine(day, SNAPSHOT_TIME)


def last_snapshot_day(at: datetime) -> date:
    """The latest day whose 14:00 UTC has come."""
    today = at.astimezone(UTC).date()
    return today if at >= snapshot_instant(today) else today - timedelta(days=1)
