"""Telling a monitor of cron jobs of each run: PING_URL/start, then PING_URL or PING_URL/fail.

The monitor's trouble is not the run's: it waits a few seconds for it, and goes on.
"""

from __future__ import annotations

import logging
from threading import Thread
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from django.conf import settings

PATIENCE = 5.0  # seconds
START, SUCCESS, FAIL = "/start", "", "/fail"
# No other handlers: wherever a monitor redirects to, no file is opened and no FTP spoken.
HANDLERS = (
    ProxyHandler,
    HTTPHandler,
    HTTPSHandler,
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
)
log = logging.getLogger(__name__)


class OnlyWeb(HTTPRedirectHandler):
    """Follows redirects to http and https; urllib's own follows ftp as well."""

    def redirect_request(
        self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        if urlsplit(newurl).scheme not in ("http", "https"):
            raise URLError("redirected to what is neither http nor https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def ping(what: str, said: str = "", *, patience: float = PATIENCE) -> None:
    """One of START, SUCCESS and FAIL, with `said` for the monitor's log. Never raises."""
    if not settings.PING_URL:
        return
    # In a thread, since nothing else bounds looking up a name, or an answer byte by byte.
    thread = Thread(target=send, args=(settings.PING_URL + what, said), daemon=True)
    thread.start()
    thread.join(patience)
    if thread.is_alive():
        log.warning("The monitor of PING_URL has not answered within %s s.", patience)


def send(url: str, said: str) -> None:
    # The address itself is a secret of sorts, and not told.
    try:
        web().open(Request(url, data=said.encode()), timeout=PATIENCE).close()  # noqa: S310
    except Exception as error:  # whatever it is, the run goes on
        log.warning("The monitor of PING_URL could not be told: %s", type(error).__name__)


def web() -> OpenerDirector:
    opener = OpenerDirector()
    for handler in (*HANDLERS, OnlyWeb):
        opener.add_handler(handler())
    return opener
