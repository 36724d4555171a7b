"""Work that is done once the response has been sent, so that who asked does not wait for it."""

from __future__ import annotations

import logging
from collections.abc import Callable

from asgiref.local import Local
from django.http import HttpRequest, HttpResponse

Work = Callable[[], object]

logger = logging.getLogger(__name__)
_due = Local()  # `works`: of the request under way


def afterwards(work: Work) -> None:
    """Do `work` when the request under way has been answered. Its failure is logged."""
    _due.works = [*getattr(_due, "works", []), work]


def taken() -> list[Work]:
    """What is due, which from now on is the caller's to do."""
    works, _due.works = getattr(_due, "works", []), []
    return works


def do(works: list[Work]) -> None:
    for work in works:
        try:
            work()
        except Exception:  # the answer is out: nobody but the log can be told
            logger.exception("What was to be done after a response failed.")


class AfterwardsMiddleware:
    """The outermost: what is due hangs on the response that is sent, whichever that is.

    Its `close` is called when the client has its body. The connection that the work uses is looked
    after by Django when the thread's next request begins.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        taken()  # nothing of an earlier request
        response = self.get_response(request)
        works, close = taken(), response.close

        def close_and_do() -> None:
            close()
            do(works)

        if works:
            response.close = close_and_do  # type: ignore[method-assign]
        return response
