"""Every endpoint × every verb × everybody, generated from the addresses: what each is answered.

An address, or a verb of one, that is not declared here fails. Nothing of an artist's own may stand
in an answer to anybody else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.urls import URLPattern, get_resolver
from rest_framework.test import APIClient

from studiomode.beats.models import Artist
from studiomode.digest.models import Notice

VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
PEOPLE = ("nobody", "owner", "another", "staff")

Statuses = tuple[int, int, int, int]  # of PEOPLE, in their order
ALL: Statuses = (200, 200, 200, 200)
SIGNED_IN: Statuses = (401, 200, 200, 200)
DONE: Statuses = (401, 204, 204, 204)
SENT_NOTHING: Statuses = (400, 400, 400, 400)  # a body is needed, and none was sent
OWNERS: Statuses = (401, 204, 404, 404)
READ = {"GET": ALL, "HEAD": ALL}
OWN = {"GET": SIGNED_IN, "HEAD": SIGNED_IN}

# By the name of the address: what each verb is answered; any other is a 405.
TABLE: dict[str, dict[str, Statuses]] = {
    "api-boards": READ,
    "api-board": READ,
    "api-board-csv": READ,
    "api-board-atom": READ,
    "api-badge": READ,
    "api-badge-json": READ,
    "api-place": READ,
    "api-recap": READ,
    "api-archive": READ,
    "api-beats": READ,
    "api-beat": READ,
    "api-schema": READ,
    "api-docs": READ,
    "api-recompute": dict.fromkeys(VERBS, (403, 403, 403, 403)),  # as if there were none
    "api-save": {"PUT": SIGNED_IN, "DELETE": DONE},
    "api-follow": {"PUT": DONE, "DELETE": DONE},
    "api-vault": OWN,
    "api-notices": OWN,
    "api-me": OWN,
    "api-tokens": OWN | {"POST": SENT_NOTHING, "DELETE": DONE},
    "api-current-token": {"DELETE": DONE},
    "api-token": {"DELETE": OWNERS},
    "api-sign-up": {"POST": SENT_NOTHING},
    "api-verify": {"POST": SENT_NOTHING},
    "api-resend": {"POST": SENT_NOTHING},
    "api-reset": {"POST": SENT_NOTHING},
    "api-reset-confirm": {"POST": SENT_NOTHING},
}
PARTS = {
    "lens": "beats", "key": "slow-burn", "archive": "beats", "slug": "slow-burn", "handle": "dj-a",
}  # fmt: skip
SECRETS = ("ada@example.com", "The phone of ada")


def addresses() -> Iterator[URLPattern]:
    """Those of the API, by its own resolver."""
    (api,) = (found for found in get_resolver().url_patterns if str(found.pattern) == "api/v1/")
    waiting = list(api.url_patterns)
    while waiting:
        found = waiting.pop()
        if isinstance(found, URLPattern):
            yield found
        else:
            waiting += found.url_patterns


NAMED = sorted(found.name for found in addresses() if found.name)


def test_every_address_is_declared() -> None:
    assert set(NAMED) == set(TABLE)
    assert [str(found.pattern) for found in addresses() if not found.name] == [
        r"^(?P<address>[\s\S]*)$"
    ]


@pytest.fixture
def people(artist: Artist, make_beat: Callable) -> dict[str, APIClient]:
    beat = make_beat("slow-burn")
    artist.save_beat(beat)
    Notice.objects.create(artist=artist, beat=beat, date=date(2026, 5, 6))
    others = {
        "another": Artist.objects.create_user("bob", "bob@example.com"),
        "staff": Artist.objects.create_superuser("root", "root@example.com", "x"),
    }
    clients = {name: signed_in(one, name) for name, one in others.items()}
    return {"nobody": APIClient(), "owner": signed_in(artist, "The phone of ada"), **clients}


def signed_in(artist: Artist, device: str) -> APIClient:
    _, token = artist.sign_in_on(device, datetime.now(UTC))
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def address_of(name: str, artist: Artist) -> str:
    (pattern,) = (found.pattern for found in addresses() if found.name == name)
    parts = PARTS | {"device": artist.devices.get().uuid}
    path = str(pattern)
    for part, kind in pattern.converters.items():
        path = path.replace(f"<{type_of(kind)}:{part}>", str(parts[part]))
    return f"/api/v1/{path}"


def type_of(converter: Any) -> str:
    return "uuid" if type(converter).__name__ == "UUIDConverter" else "key"


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("name", NAMED)
def test_everybody_is_answered_as_declared(
    name: str, verb: str, who: str, people: dict[str, APIClient], artist: Artist
) -> None:
    address = address_of(name, artist)
    answer = people[who].generic(verb, address, content_type="application/json")
    told = answer.content.decode() if not answer.streaming else ""
    if who != "owner":
        assert not any(secret in told for secret in SECRETS), told
    assert answer.status_code in expected(name, verb, who), told


def expected(name: str, verb: str, who: str) -> tuple[int, ...]:
    declared = TABLE[name]
    if verb in declared:
        return (declared[verb][PEOPLE.index(who)],)
    # Who is not signed in learns that first, where signing in is needed for anything.
    return (405,) if who != "nobody" else (401, 403, 405)


def test_what_is_secret_is_told_to_its_owner(people: dict[str, APIClient], artist: Artist) -> None:
    """Or else nothing above would prove anything."""
    told = "".join(
        people["owner"].get(address_of(name, artist)).content.decode()
        for name, verbs in TABLE.items()
        if "GET" in verbs
    )
    for secret in SECRETS:
        assert secret in told


@pytest.mark.parametrize("name", ["api-vault", "api-notices"])
def test_lists_of_ones_own_hold_nobody_elses(
    name: str, people: dict[str, APIClient], artist: Artist
) -> None:
    found = {
        who: len(client.get(address_of(name, artist)).json().get("results", []))
        for who, client in people.items()
    }
    assert found == {"nobody": 0, "owner": 1, "another": 0, "staff": 0}


def test_what_another_did_left_the_owners_own_as_it_was(
    people: dict[str, APIClient], artist: Artist
) -> None:
    for name in NAMED:
        for verb in ("POST", "PUT", "PATCH", "DELETE"):
            for who in ("nobody", "another", "staff"):
                people[who].generic(verb, address_of(name, artist))
    assert artist.devices.count() == 1
    assert artist.saves.count() == 1
    assert artist.notices.count() == 1
    artist.refresh_from_db()
    assert artist.is_active
