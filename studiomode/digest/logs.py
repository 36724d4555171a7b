"""What the daily run does, one line an event; and lines that nothing in them can forge.

With LOG_FORMAT=json each line is an object: `at`, `level`, `logger`, `event`, then what is known of
it (`run` is the run's id), and `error` with the traceback.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from studiomode.beats.inputs import printable, zulu

if TYPE_CHECKING:
    from .models import DigestRun

log = logging.getLogger(__name__)
_run: dict[str, Any] = {}  # of this process, while it has one


def tell(event: str, run: DigestRun, **facts: Any) -> None:
    log.info("%s", event, extra={"facts": about(run) | facts})


def tell_failure(event: str, run: DigestRun, **facts: Any) -> None:
    """With the traceback of what is being handled."""
    log.error("%s", event, exc_info=True, extra={"facts": about(run) | facts})


@contextmanager
def during(run: DigestRun) -> Iterator[None]:
    """Whatever this process logs meanwhile, in whichever thread, bears the run's id."""
    _run.update(about(run))
    try:
        yield
    finally:
        _run.clear()


def about(run: DigestRun) -> dict[str, Any]:
    return {"run": str(run.token), "date": run.date.isoformat()}


class JSONLines(logging.Formatter):
    """An object a line. JSON escapes whatever is not a plain character."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        line = {
            "at": zulu(at),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
            **_run,
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class PlainLines(logging.Formatter):
    """For people: the line, its facts, and a traceback set off below it."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  logging's name
        facts = "".join(f" {name}={fact}" for name, fact in getattr(record, "facts", {}).items())
        return printable(super().formatMessage(record) + facts)

    def formatException(self, ei: Any) -> str:  # noqa: N802  the same
        lines = super().formatException(ei).splitlines()
        return "\n".join(f"    {printable(line)}" for line in lines)
