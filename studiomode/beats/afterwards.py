"""Work that is done once the response has been sent, so that who asked does not wait for it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from asgiref.local import Local

Work = Callable[[], object]

logger = logging.getLogger(__name__)
_due = Local()  # `works`: of the request under way


def afterwards(work: Work) -> None:
    """Do `work` when the request under way has been answered. Its failure is logged."""
    _due.works = [*works_due(), work]


def works_due() -> list[Work]:
    return getattr(_due, "works", [])


def do_what_is_due(**_: Any) -> None:
    """Receives `request_finished`.

    The connection used here is looked after by Django when the thread's next request begins.
    """
    works, _due.works = works_due(), []
    for work in works:
        attempt(work)


def attempt(work: Work) -> None:
    try:
        work()
    except Exception:  # the answer is out: nobody but the log can be told
        logger.exception("What was to be done after a response failed.")
