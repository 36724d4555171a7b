"""How much may be asked: what each budget allows, and what is spent of it by whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from math import ceil
from threading import Lock
from time import monotonic

from allauth.core.internal.httpkit import get_client_ip
from allauth.core.internal.ratelimit import truncate_ip
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.http import HttpRequest, HttpResponse

from .inputs import TooMany

MINUTE = 60  # seconds


@dataclass(frozen=True)
class Budget:
    """So many of `unit` may be had in so many minutes, by each who asks."""

    name: str
    most: int
    minutes: int
    unit: str

    @property
    def seconds(self) -> int:
        return self.minutes * MINUTE

    @property
    def allowed(self) -> str:
        span = "a minute" if self.minutes == 1 else f"within {self.minutes} minutes"
        return f"{self.most} {self.unit} {span}"


READS = Budget("reads", settings.READS_A_MINUTE, 1, "reads")
SAVES = Budget("saves", settings.SAVES_A_MINUTE, 1, "♡ and follows, or their undoing,")
SIGN_IN = Budget("sign-in", 10, 15, "tries to sign in with one name or e-mail address")
SIGN_IN_FROM = Budget("sign-in-from", 30, 15, "tries from one address")
MAILS = Budget("mails", 5, 60, "mails to one e-mail address")
MAILS_FROM = Budget("mails-from", 20, 60, "mails asked for from one address")
BUDGETS = (READS, SAVES, SIGN_IN, SIGN_IN_FROM, MAILS, MAILS_FROM)


@dataclass(frozen=True)
class Spending:
    """What has been spent of a budget, this time included, and in how many seconds it is full."""

    budget: Budget
    spent: int
    resets_in: int

    @property
    def left(self) -> int:
        return max(0, self.budget.most - self.spent)

    def check(self) -> None:
        """Raises TooMany when it is more than there was."""
        if self.spent > self.budget.most:
            raise TooMany(f"Allowed: {self.budget.allowed}.", self.resets_in)


# --- exact: in the database, by its clock, which all hosts share ---

# By hand: the ORM's upsert neither counts up nor returns what it wrote. One statement, so that of
# any number at once no two read the same count.
SPEND = """
INSERT INTO beats_spent (key, spent, resets_at)
VALUES (%(key)s, 1, {now} + %(seconds)s)
ON CONFLICT (key) DO UPDATE SET
    spent = CASE WHEN beats_spent.resets_at <= {now} THEN 1 ELSE beats_spent.spent + 1 END,
    resets_at = CASE WHEN beats_spent.resets_at <= {now} THEN excluded.resets_at
        ELSE beats_spent.resets_at END
RETURNING spent, resets_at - {now} AS resets_in
"""
NOW = {  # seconds since 1970
    "postgresql": "EXTRACT(EPOCH FROM now())::bigint",
    "sqlite": "CAST(strftime('%%s', 'now') AS integer)",
}


def spend_statement() -> str:
    return SPEND.format(now=NOW[connection.vendor])


def spend_values(budget: Budget, who: object) -> dict[str, str | int | None]:
    return {"key": f"{budget.name}:{who}", "seconds": budget.seconds}


def spend(budget: Budget, who: object) -> None:
    """One more of the budget. Raises TooMany when there is none left."""
    with connection.cursor() as cursor:
        cursor.execute(spend_statement(), spend_values(budget, who))
        tell(Spending(budget, *cursor.fetchone()))


def tell(spending: Spending) -> None:
    """With the answer to the request under way. Raises TooMany when it was too much."""
    _told.set((*_told.get(), spending))
    spending.check()


# --- reads: each process for itself, since a statement would take longer than a stored board ---


class Minute:
    """What each has read in the minute under way; forgotten with it, so that it stays small."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.number = 0.0
        self.spent: Counter[str] = Counter()

    def add(self, who: str, number: int = 1) -> Spending:
        now = monotonic()
        with self.lock:
            if now // MINUTE != self.number:
                self.number, self.spent = now // MINUTE, Counter()
            self.spent[who] += number
            return Spending(READS, self.spent[who], ceil(MINUTE - now % MINUTE))


reads = Minute()
_reader: ContextVar[str] = ContextVar("reader", default="")  # who is counted for the request
_told: ContextVar[tuple[Spending, ...]] = ContextVar("told", default=())  # spent by the request


def begin() -> None:
    """A new request, which has spent nothing."""
    _reader.set("")
    _told.set(())


def spend_read(who: str) -> None:
    """One more read; of each request only once. Raises TooMany when there is none left."""
    if not _reader.get():
        _reader.set(who)
        _told.set((reads.add(who),))
    _told.get()[0].check()


def give_back_read() -> None:
    if _reader.get():
        _told.set((reads.add(_reader.get(), -1),))


# --- whoever asks ---


def address(request: HttpRequest) -> str:
    """Where the request comes from, as the proxies that are trusted say; IPv6 by its /64."""
    try:
        found = get_client_ip(request)
    except ImproperlyConfigured:  # it came past those proxies
        found = None
    return network(found or request.META.get("REMOTE_ADDR") or "unknown")


network: Callable[[str], str] = lru_cache(maxsize=4096)(truncate_ip)


def hashed(text: str) -> str:
    """What people type, as it may be kept: a password in the wrong field is not."""
    return sha256(text.strip().lower().encode(errors="surrogatepass")).hexdigest()


class LimitsMiddleware:
    """Tells with each answer what it spent; what has not changed is not counted as read.

    The headers are those of draft-ietf-httpapi-ratelimit-headers.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begin()
        response = self.get_response(request)
        if response.status_code == 304:
            give_back_read()
        for name, value in headers():
            response[name] = value
        return response


def headers() -> Iterator[tuple[str, str]]:
    if told := _told.get():
        policies = [f'"{s.budget.name}";q={s.budget.most};w={s.budget.seconds}' for s in told]
        yield "RateLimit-Policy", ", ".join(policies)
        left = [f'"{s.budget.name}";r={s.left};t={s.resets_in}' for s in told]
        yield "RateLimit", ", ".join(left)
