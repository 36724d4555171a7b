"""Every example of docs/api.md is run, in its order, and answered as it says.

`…` stands for anything: within a text, for a value, as the last of a list for all that follow, and
as a key for all others. A header such as `$ETag` is that of the answer before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db.models import F
from django.test import Client
from django.utils import timezone

from studiomode.beats.limits import BUDGETS
from studiomode.beats.models import Artist, Beat, Producer, SavedBeat
from studiomode.beats.problems import KINDS
from tests.conftest import AT

GUIDE = (Path(settings.BASE_DIR) / "docs/api.md").read_text()
NOW = AT + timedelta(minutes=30)
ANY = "…"


@dataclass
class Exchange:
    verb: str
    address: str
    asked: dict[str, str]
    sent: str
    status: int
    told: dict[str, str]
    body: str


def exchanges() -> Iterator[Exchange]:
    for block in re.findall(r"```http\n(.*?)```", GUIDE, re.DOTALL):
        request, answer = block.split("HTTP/1.1 ", 1)
        verb, address, asked, sent = parts(request)
        status, phrase, told, body = parts(answer)
        assert HTTPStatus(int(status)).phrase == phrase
        yield Exchange(verb, address, asked, sent, int(status), told, body)


def parts(text: str) -> tuple[str, str, dict[str, str], str]:
    """Both halves of the first line, the headers and the body."""
    head, _, body = text.partition("\n\n")
    first, *headers = head.strip().split("\n")
    one, _, other = first.partition(" ")
    return one, other, dict(line.split(": ", 1) for line in headers), body.strip()


def fits(said: Any, found: Any) -> bool:
    """Whether what was found is what the guide says."""
    if said == ANY:
        return True
    if isinstance(said, dict) and isinstance(found, dict):
        named = {name: value for name, value in said.items() if name != ANY}
        whole = ANY in said or set(named) == set(found)
        return whole and all(name in found and fits(named[name], found[name]) for name in named)
    if isinstance(said, list) and isinstance(found, list):
        first = said[:-1] if said[-1:] == [ANY] else said
        whole = len(first) < len(said) or len(first) == len(found)
        return whole and len(found) >= len(first) and all(map(fits, first, found))
    if isinstance(said, str) and ANY in said:
        return re.fullmatch(".*".join(map(re.escape, said.split(ANY))), str(found)) is not None
    return bool(said == found)


@pytest.fixture
def town(artist: Artist, make_beat: Callable, make_saves: Callable) -> None:
    """Three producers in two genres; this week and the one before."""
    for slug, producer, genre, before, now in (
        ("night-bus", "mira-vale", "house", 1, 4),
        ("first-light", "mira-vale", "lofi", 0, 1),
        ("slow-burn", "tape-otto", "lofi", 2, 3),
        ("hush", "kite", "house", 0, 1),
    ):
        beat = make_beat(slug, producer=producer, genre=genre)
        make_saves(beat, before, days_ago=9)
        make_saves(beat, now, days_ago=1)
    Beat.objects.filter(slug="slow-burn").update(published_at=AT - timedelta(days=20))
    for producer in Producer.objects.all():
        producer.name = producer.handle.replace("-", " ").title()
        producer.save()
    artist.emailaddress_set.create(email=artist.email, primary=True)


def test_every_example_is_answered_as_it_says(town: None) -> None:
    client, known = Client(), {"token": ""}
    found = list(exchanges())
    first_save = next(number for number, one in enumerate(found) if one.verb == "PUT")
    assert first_save > 3
    assert len(found) > first_save + 5
    with time_machine.travel(NOW, tick=False):
        for exchange in found[:first_save]:
            answer(exchange, client, known)
    # The database dates a ♡ by its own clock, which cannot be moved: the town comes to it.
    SavedBeat.objects.update(created_at=F("created_at") + (timezone.now() - NOW))
    signing_in = next(one for one in found if one.address.endswith("/tokens/"))
    for exchange in [signing_in, *found[first_save:]]:
        answer(exchange, client, known)


def answer(exchange: Exchange, client: Client, known: dict[str, str]) -> None:
    headers = {
        name: known[value[1:]] if value.startswith("$") else value.replace(ANY, known["token"])
        for name, value in exchange.asked.items()
    }
    kind = headers.pop("Content-Type", "application/json")
    told = client.generic(exchange.verb, exchange.address, exchange.sent, kind, headers=headers)
    check(exchange, told)
    known.update(told.headers)
    if exchange.address.endswith("/tokens/"):
        known["token"] = told.json()["token"]


def check(exchange: Exchange, answer: Any) -> None:
    what = f"{exchange.verb} {exchange.address}: {answer.status_code} {answer.content.decode()}"
    assert answer.status_code == exchange.status, what
    for name, value in exchange.told.items():
        assert fits(value, answer[name]), f"{what}\n{name}: {answer[name]}"
    if exchange.body:
        assert fits(json.loads(exchange.body), answer.json()), what
    else:
        assert not answer.content, what


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"a": 1}, {"a": 2}), ({"a": 1}, {"a": 1, "b": 2}), ({"a": 1, ANY: ANY}, {"b": 1}),
        ([1], [1, 2]), ([1, 2, ANY], [1]), ("a…c", "ab"), ([], [1]), (None, 0), ("x", "y"),
    ],
)  # fmt: skip
def test_what_differs_is_seen(said: Any, found: Any) -> None:
    assert not fits(said, found)


def test_it_names_every_budget_and_status() -> None:
    for budget in BUDGETS:
        assert str(budget.most) in GUIDE
    for status in KINDS:
        assert re.search(rf"\b{status}\b", GUIDE), status
