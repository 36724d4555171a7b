"""What can be made again from the tables, kept for a while in the cache of CACHE_URL.

A cache that fails costs speed and nothing else: whatever it raises counts as not found, and then it
is left alone for a few seconds, so that a dead server does not hold up every request.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic, sleep
from typing import Any, TypeVar

from django.core.cache import caches

Value = TypeVar("Value")

REST = 5  # seconds without the cache after it has failed
PATIENCE = 10  # seconds that one who makes a value is waited for
logger = logging.getLogger(__name__)
_rests_until = 0.0


def recalled(key: str) -> Any:
    """The value kept under `key`; None when there is none, or no cache."""
    return _tried("get", key)


def remember(key: str, value: Any, seconds: float) -> None:
    _tried("set", key, value, seconds)


def forget(key: str) -> None:
    _tried("delete", key)


def once(key: str, make: Callable[[], Value], seconds: float) -> Value:
    """The value under `key`; where there is none it is made, by one at a time.

    «One» is as far as the cache reaches: of this process, or of all that share a server.
    """
    found = recalled(key)
    if found is None and not _tried("add", f"{key}:made", True, PATIENCE, failed=True):
        found = _awaited(key)
    return make_and_remember(key, make, seconds) if found is None else found


def make_and_remember(key: str, make: Callable[[], Value], seconds: float) -> Value:
    try:
        value = make()
        remember(key, value, seconds)
    finally:
        forget(f"{key}:made")
    return value


def _awaited(key: str) -> Any:
    """What another is making; None when it makes nothing after all."""
    until = monotonic() + PATIENCE
    while monotonic() < until and recalled(f"{key}:made"):
        sleep(0.02)
    return recalled(key)


def _tried(verb: str, *arguments: Any, failed: Any = None) -> Any:
    global _rests_until
    if monotonic() < _rests_until:
        return failed
    try:
        return getattr(caches["derived"], verb)(*arguments)
    except Exception:  # each kind of cache has its own
        _rests_until = monotonic() + REST
        logger.warning("The cache of CACHE_URL failed; going on without.", exc_info=True)
        return failed
