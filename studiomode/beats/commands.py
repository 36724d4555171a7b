"""What the commands share: arguments read strictly, and progress on long work."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import date, datetime
from time import monotonic
from typing import TextIO

from django.utils import timezone

from . import inputs
from .inputs import BadInput
from .windows import last_snapshot_day

WIDTH = 24  # of a progress bar


def past_instant(raw: str) -> datetime:
    try:
        return inputs.instant(raw, now=timezone.now(), name="--at")
    except BadInput as error:
        raise ArgumentTypeError(str(error)) from error


def past_day(raw: str) -> date:
    """A day of the calendar whose 14:00 UTC has come."""
    newest = last_snapshot_day(timezone.now())
    try:
        day = inputs.day(raw, name="--date")
    except BadInput as error:
        raise ArgumentTypeError(str(error)) from error
    if day > newest:
        raise ArgumentTypeError(
            f"{raw}, 14:00 UTC, is in the future. Allowed: days up to {newest}."
        )
    return day


class Progress:
    """How far a long work is: one line rewritten on a terminal, a line now and then elsewhere."""

    def __init__(self, stream: TextIO, what: str) -> None:
        self.stream = stream
        self.what = what
        self.on_terminal = stream.isatty()
        self.every = 0.2 if self.on_terminal else 5.0  # seconds
        self.told_at = monotonic()

    def tell(self, done: int, of: int | None = None) -> None:
        if monotonic() - self.told_at < self.every:
            return
        self.told_at = monotonic()
        line = f"{self.what}: {done:,}" + (f" of {of:,}" if of else "")
        self.stream.write(f"\r{bar(done, of)}{line}\x1b[K" if self.on_terminal else f"{line}\n")
        self.stream.flush()

    def end(self) -> None:
        if self.on_terminal:
            self.stream.write("\r\x1b[K")  # leaves no half line behind
            self.stream.flush()


def bar(done: int, of: int | None) -> str:
    if not of:
        return ""
    full = min(WIDTH, WIDTH * done // of)
    return f"[{'#' * full}{'.' * (WIDTH - full)}] "
