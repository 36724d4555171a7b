"""Joining, verifying, signing in and out, and lost passwords, from an app."""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr
from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from studiomode.beats import limits
from studiomode.beats.models import Artist, Device, Spent
from tests.conftest import AT

V1 = "/api/v1/"
PASSWORD = "correct horse battery"
NEW = {"username": "nova", "email": "nova@example.com", "password": "three quiet drums"}
TRIES, THREADS = 1_000, 16


class Phone:
    """An app: JSON in and out, no cookies, a token once it has one."""

    def __init__(self) -> None:
        self.client = APIClient(enforce_csrf_checks=True)

    def ask(self, method: str, address: str, body: Any = None, **headers: str) -> Any:
        answer = getattr(self.client, method)(V1 + address, body, format="json", headers=headers)
        assert not answer.cookies
        return answer

    def post(self, address: str, **body: Any) -> Any:
        return self.ask("post", address, body)

    def sign_in(self, login: str = "ada", password: str = PASSWORD, device: str = "x") -> Any:
        answer = self.post("tokens/", login=login, password=password, device=device)
        if answer.status_code == 201:
            self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['token']}")
        return answer


@pytest.fixture
def phone() -> Phone:
    return Phone()


@pytest.fixture
def signed_in(phone: Phone, artist: Artist) -> Phone:
    assert phone.sign_in(device="Ada's phone").status_code == 201
    return phone


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that were hashed."""
    hashed, encode = [], MD5PasswordHasher.encode

    def noted(self: Any, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", noted)
    return hashed


def wrong(answer: Any, status: int = 400) -> dict[str, str]:
    """The codes of what is wrong, by pointer."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    return {error["pointer"]: error["code"] for error in answer.json()["errors"]}


def key() -> str:
    """The last part of the link in the last mail."""
    return re.findall(r"https://studiomode\.example/\S+/([^/\s]+)/", mail.outbox[-1].body)[0]


# --- joining ---


def test_joining_verifying_and_signing_in(phone: Phone, db: None) -> None:
    assert phone.post("accounts/", **NEW).status_code == 202
    assert [sent.to for sent in mail.outbox] == [["nova@example.com"]]
    assert phone.sign_in("nova", NEW["password"]).status_code == 201
    assert phone.ask("get", "me/").json()["is_email_verified"] is False
    assert phone.post("accounts/verify/", key=key()).status_code == 204
    assert phone.ask("get", "me/").json() == {
        "name": "nova",
        "email": "nova@example.com",
        "is_email_verified": True,
        "producers": [],
    }
    assert wrong(phone.post("accounts/verify/", key=key())) == {"#/key": "bad_key"}


def test_the_link_of_the_mail_leads_to_the_page(phone: Phone, client: Client, db: None) -> None:
    phone.post("accounts/", **NEW)
    path = re.findall(r"https://studiomode\.example(/\S+)", mail.outbox[-1].body)[0]
    assert client.post(path).status_code == 302
    assert EmailAddress.objects.get().verified


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"username": "a b"}, {"#/username": "invalid"}),
        ({"username": "x.png"}, {"#/username": "invalid"}),
        ({"username": "ADA"}, {"#/username": "username_taken"}),
        ({"email": "x"}, {"#/email": "invalid"}),
        ({"password": "12345678"}, {"#/password": "password_entirely_numeric"}),
        ({"password": "nova@example.com"}, {"#/password": "password_too_similar"}),
        ({"password": "short"}, {"#/password": "password_too_short"}),
        ({"username": None}, {"#/username": "null"}),
        ({"username": "\0"}, {"#/username": "null_characters_not_allowed"}),
        ({"password": "x" * 5_000}, {"#/password": "max_length"}),
        ({"email": {}}, {"#/email": "invalid"}),
    ],
)
def test_what_is_wrong_is_pointed_at(
    given: dict[str, Any], expected: dict[str, str], phone: Phone, artist: Artist
) -> None:
    assert expected.items() <= wrong(phone.post("accounts/", **(NEW | given))).items()
    assert Artist.objects.count() == 1
    assert mail.outbox == []


@pytest.mark.parametrize("body", [[], "x", 7, None, [{}]])
@pytest.mark.parametrize(
    "address",
    ["accounts/", "accounts/verify/", "accounts/reset/", "accounts/reset/confirm/", "tokens/"],
)
def test_a_body_that_is_no_object(address: str, body: Any, phone: Phone, db: None) -> None:
    assert phone.ask("post", address, body).status_code == 400


def test_nothing_else_of_an_account_can_be_set(phone: Phone, db: None) -> None:
    forged = {"is_staff": True, "is_superuser": True, "is_active": False, "id": 7, "pk": 7}
    assert phone.post("accounts/", **NEW, **forged).status_code == 202
    joined = Artist.objects.get()
    assert (joined.is_staff, joined.is_superuser, joined.is_active) == (False, False, True)


# --- whether an address is known is told to nobody ---


@pytest.fixture
def verified(artist: Artist) -> Artist:
    EmailAddress.objects.create(user=artist, email=artist.email, primary=True, verified=True)
    return artist


KNOWN = {"email": "ada@example.com", "password": NEW["password"]}


def same(first: Any, second: Any) -> None:
    assert first.status_code == second.status_code
    assert first.content == second.content
    assert dict(first.items()) == dict(second.items())


def test_joining_with_a_known_address_looks_the_same(
    phone: Phone, verified: Artist, hashes: list[str]
) -> None:
    known = phone.post("accounts/", username="mia", **KNOWN)
    first, sent = len(hashes), mail.outbox[-1]
    Spent.objects.all().delete()
    unknown = phone.post("accounts/", **NEW)
    same(known, unknown)
    assert (first, len(hashes)) == (1, 2)
    assert sent.to == ["ada@example.com"]
    assert "already" in sent.body.lower()
    assert len(mail.outbox) == 2


def test_what_was_joined_with_a_known_address_looks_the_same_too(
    phone: Phone, verified: Artist
) -> None:
    phone.post("accounts/", username="mia", **KNOWN)
    assert phone.sign_in("mia", KNOWN["password"]).status_code == 201
    me = phone.ask("get", "me/").json()
    assert (me["email"], me["is_email_verified"]) == ("ada@example.com", False)
    assert wrong(phone.post("accounts/", **(NEW | {"username": "mia"}))) == {
        "#/username": "username_taken"
    }
    # The address stays its owner's.
    assert Phone().sign_in("ada@example.com").status_code == 201
    assert Phone().sign_in("ada@example.com", KNOWN["password"]).status_code == 401


def test_the_page_tells_as_little(client: Client, verified: Artist) -> None:
    answers = [
        client.__class__().post(
            "/accounts/signup/", {"username": name, "email": email, "password1": NEW["password"]}
        )
        for name, email in (("mia", "ada@example.com"), ("nova", "nova@example.com"))
    ]
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(302, "/")] * 2


@pytest.mark.parametrize("login", ["ada", "ADA", "ada@example.com", "nobody", "n@example.com"])
def test_signing_in_hashes_once_whoever_it_is(
    login: str, phone: Phone, verified: Artist, hashes: list[str]
) -> None:
    Artist.objects.create_user("mia", "ada@example.com", "x")
    hashes.clear()
    answer = phone.sign_in(login, "wrong")
    assert wrong(answer, 401) == {}
    assert hashes == ["wrong"]
    Spent.objects.all().delete()
    same(answer, phone.sign_in("somebody", "wrong"))


@pytest.mark.parametrize(
    ("known", "unknown"), [("ada", "nobody"), ("ada@example.com", "n@example.com")]
)
def test_signing_in_takes_as_many_queries_whoever_it_is(
    known: str, unknown: str, phone: Phone, verified: Artist
) -> None:
    def queries(login: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            phone.sign_in(login, "wrong")
        return len(captured)

    phone.sign_in("warms", "up")
    assert queries(known) == queries(unknown)


def test_the_page_hashes_once_too(client: Client, verified: Artist, hashes: list[str]) -> None:
    for login in ("ada", "ada@example.com", "n@example.com"):
        hashes.clear()
        client.post("/accounts/login/", {"login": login, "password": "wrong"})
        assert hashes == ["wrong"]


@pytest.mark.parametrize("address", ["accounts/reset/", "accounts/verify/resend/"])
def test_asking_for_a_mail_looks_the_same(
    address: str, phone: Phone, artist: Artist, monkeypatch: pytest.MonkeyPatch
) -> None:
    EmailAddress.objects.create(user=artist, email=artist.email, primary=True)
    looked: list[str] = []
    monkeypatch.setattr("studiomode.beats.accounts_api.afterwards", looked.append)
    known = phone.post(address, email="ada@example.com")
    Spent.objects.all().delete()
    same(known, phone.post(address, email="nobody@example.com"))
    assert known.status_code == 202
    # Not before the answer is out.
    assert (len(looked), mail.outbox) == (2, [])


def test_an_address_that_two_gave_is_whose_it_is_verified(phone: Phone, artist: Artist) -> None:
    for name in ("mia", "zoe"):
        found = Artist.objects.create_user(name, "m@example.com", name * 5)
        EmailAddress.objects.create(user=found, email="m@example.com", primary=True)
    assert phone.sign_in("m@example.com", "miamiamiamiamia").status_code == 201
    EmailAddress.objects.filter(user__username="zoe").update(verified=True)
    assert phone.sign_in("M@example.com", "zoezoezoezoezoe").status_code == 201
    assert phone.sign_in("m@example.com", "miamiamiamiamia").status_code == 401


# --- mails ---


def test_a_link_is_mailed_again(phone: Phone, artist: Artist) -> None:
    EmailAddress.objects.create(user=artist, email=artist.email, primary=True)
    assert phone.post("accounts/verify/resend/", email="ADA@example.com").status_code == 202
    assert phone.post("accounts/verify/", key=key()).status_code == 204
    sent = len(mail.outbox)
    assert phone.post("accounts/verify/resend/", email="ada@example.com").status_code == 202
    assert len(mail.outbox) == sent


def test_a_lost_password(signed_in: Phone, artist: Artist, client_of_artist: Client) -> None:
    phone = Phone()
    assert phone.post("accounts/reset/", email="ada@example.com").status_code == 202
    sent = key()
    weak = phone.post("accounts/reset/confirm/", key=sent, password="12345678")
    assert "#/password" in wrong(weak)
    assert signed_in.ask("get", "me/").status_code == 200
    changed = phone.post("accounts/reset/confirm/", key=sent, password="three quiet drums")
    assert changed.status_code == 204
    assert signed_in.ask("get", "me/").status_code == 401
    assert client_of_artist.get("/vault/").status_code == 302
    assert phone.sign_in("ada", "three quiet drums").status_code == 201
    again = phone.post("accounts/reset/confirm/", key=sent, password="four quiet drums")
    assert wrong(again) == {"#/key": "bad_key"}


def test_a_mail_to_who_has_no_account_links_home(phone: Phone, db: None) -> None:
    phone.ask("post", "accounts/reset/", {"email": "nobody@example.com"}, Host="localhost")
    assert "https://studiomode.example/accounts/signup/" in mail.outbox[0].body
    assert "localhost" not in mail.outbox[0].body


BAD_KEYS = [
    "", "x", "-", "1-", "-x", "1-x", "zzzzzzzzzzzzz-x", "z" * 10_000, "💥-💥", "1:2:3",
    "9999999999999-cabc12-0123456789abcdef", "../../x", "١-x",
]  # fmt: skip


@pytest.mark.parametrize("bad", BAD_KEYS)
def test_keys_that_are_none(bad: str, phone: Phone, artist: Artist) -> None:
    assert wrong(phone.post("accounts/verify/", key=bad)).keys() == {"#/key"}
    answer = phone.post("accounts/reset/confirm/", key=bad, password="three quiet drums")
    assert wrong(answer).keys() == {"#/key"}


@pytest.mark.parametrize("text", [r"\ud800", r"\u0000", r"\u202e"])
def test_texts_that_no_database_keeps(text: str, phone: Phone, artist: Artist) -> None:
    for address, names in (
        ("accounts/", ("username", "email", "password")),
        ("accounts/reset/confirm/", ("key", "password")),
        ("tokens/", ("login", "password", "device")),
    ):
        body = ", ".join(f'"{name}": "{text}"' for name in names)
        answer = phone.client.generic(
            "POST", V1 + address, f"{{{body}}}", content_type="application/json"
        )
        assert answer.status_code in (400, 401)


def test_mails_are_sent_although_the_answer_is_out(
    phone: Phone, artist: Artist, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert phone.post("accounts/reset/", email="ada@example.com").status_code == 202
    assert "could not be sent" in caplog.text


# --- devices ---


def test_a_device_is_told_its_token_once(phone: Phone, artist: Artist) -> None:
    answer = phone.sign_in(device="Ada's phone")
    assert answer["Cache-Control"] == "no-store"
    told = answer.json()
    assert list(told) == ["token", "device"]
    device = Device.objects.get()
    listed = phone.ask("get", "tokens/").json()
    assert listed == [told["device"]]
    assert listed[0]["id"] == str(device.uuid)
    assert listed[0]["is_current"] is True
    assert listed[0]["name"] == "Ada's phone"
    ends = datetime.fromisoformat(listed[0]["expires_at"])
    assert abs(ends - timezone.now() - timedelta(days=90)) < timedelta(minutes=5)


def test_a_token_needs_neither_cookie_nor_csrf_token(signed_in: Phone, make_beat: Any) -> None:
    make_beat("slow-burn")
    assert signed_in.ask("put", "beats/slow-burn/save/").status_code == 200
    answer = signed_in.ask("get", "me/vault/")
    assert len(answer.json()["results"]) == 1
    assert answer["Cache-Control"] == "private, no-cache"
    assert "Authorization" in answer["Vary"]


def test_a_token_comes_before_a_session(signed_in: Phone) -> None:
    other = Artist.objects.create_user("other")
    signed_in.client.force_login(other)
    assert signed_in.client.get(V1 + "me/").json()["name"] == "ada"


def test_a_session_may_list_and_revoke_as_well(signed_in: Phone, client_of_artist: Client) -> None:
    (listed,) = client_of_artist.get(V1 + "tokens/").json()
    assert listed["is_current"] is False
    assert client_of_artist.delete(V1 + "tokens/current/").status_code == 404
    assert client_of_artist.delete(f"{V1}tokens/{listed['id']}/").status_code == 204
    assert signed_in.ask("get", "me/").status_code == 401


def test_signing_out(signed_in: Phone, artist: Artist) -> None:
    second = Phone()
    second.sign_in()
    assert signed_in.ask("delete", "tokens/current/").status_code == 204
    assert signed_in.ask("get", "me/").status_code == 401
    assert second.ask("get", "me/").status_code == 200
    third = Phone()
    third.sign_in()
    assert second.ask("delete", "tokens/").status_code == 204
    assert third.ask("get", "me/").status_code == second.ask("get", "me/").status_code == 401
    # Who signs in may still send the old token.
    assert third.sign_in().status_code == 201


def test_a_device_is_its_artists_own(signed_in: Phone) -> None:
    Artist.objects.create_user("mallory", password=PASSWORD)
    mallory = Phone()
    mallory.sign_in("mallory")
    mine = signed_in.ask("get", "tokens/").json()[0]["id"]
    assert len(mallory.ask("get", "tokens/").json()) == 1
    unknown = "00000000-0000-4000-8000-000000000000"
    answers = [mallory.ask("delete", f"tokens/{device}/") for device in (mine, unknown)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    mallory.ask("delete", "tokens/")
    assert signed_in.ask("get", "me/").status_code == 200


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("get", "tokens/"), ("delete", "tokens/"), ("delete", "tokens/current/"), ("get", "me/"),
        ("delete", "tokens/00000000-0000-4000-8000-000000000000/"),
    ],
)  # fmt: skip
def test_the_signed_out_are_told_how(method: str, address: str, phone: Phone, db: None) -> None:
    answer = phone.ask(method, address)
    assert wrong(answer, 401) == {}
    assert answer["WWW-Authenticate"] == "Bearer"


TOKENS = [
    "", "x", "x y", "0" * 63, "0" * 64, "G" * 64, "é" * 64, "\xff\xfe", "\0" * 64, "0" * 100_000,
    "' OR 1=1 --",
]  # fmt: skip


@pytest.mark.parametrize("token", TOKENS)
def test_tokens_that_are_none(token: str, phone: Phone, artist: Artist) -> None:
    for scheme in ("Bearer", "bearer"):
        phone.client.credentials(HTTP_AUTHORIZATION=f"{scheme} {token}")
        assert phone.ask("get", "me/").status_code == 401


@pytest.mark.parametrize("address", ["beats/", "me/vault/"])
def test_a_token_that_is_none_is_not_taken_for_nobody(address: str, phone: Phone, db: None) -> None:
    phone.client.credentials(HTTP_AUTHORIZATION=f"Bearer {'0' * 64}")
    assert phone.ask("get", address).status_code == 401


def test_guessing_tokens_is_counted(phone: Phone, db: None, monkeypatch: Any) -> None:
    monkeypatch.setattr(limits, "monotonic", lambda: 90)
    monkeypatch.setitem(vars(limits.READS), "most", 3)
    phone.client.credentials(HTTP_AUTHORIZATION=f"Bearer {'0' * 64}")
    assert [phone.ask("get", "me/").status_code for _ in range(4)] == [401] * 3 + [429]
    assert phone.ask("put", "beats/x/save/").status_code == 429


def test_an_artist_who_was_shut_out(signed_in: Phone, client_of_artist: Client) -> None:
    Artist.objects.update(is_active=False)
    assert signed_in.ask("get", "me/").status_code == 401
    assert client_of_artist.get(V1 + "me/").status_code == 401
    assert signed_in.sign_in().status_code == 401


def test_a_new_password_on_the_page_signs_devices_out(
    signed_in: Phone, client_of_artist: Client
) -> None:
    fields = {"oldpassword": PASSWORD, "password1": "four quiet drums"}
    client_of_artist.post("/accounts/password/change/", fields | {"password2": "four quiet drums"})
    assert Artist.objects.get().check_password("four quiet drums")
    assert signed_in.ask("get", "me/").status_code == 401


def test_other_changes_of_an_artist_sign_nobody_out(
    signed_in: Phone, artist: Artist, settings: Any
) -> None:
    artist.first_name = "Ada"
    artist.save()
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]
    assert Phone().sign_in().status_code == 201  # which hashes the password anew, and better
    assert Artist.objects.get().password.startswith("pbkdf2")
    assert signed_in.ask("get", "me/").status_code == 200


def moved(**by: timedelta) -> Device:
    device = Device.objects.get()
    values = {name: getattr(device, name) + delta for name, delta in by.items()}
    Device.objects.update(**values)
    return Device.objects.get()


def test_reading_writes_nothing_within_a_day(
    signed_in: Phone, django_assert_num_queries: Any
) -> None:
    moved(last_used_at=-timedelta(hours=23))
    with django_assert_num_queries(3):  # the device, whether verified, producers
        signed_in.ask("get", "me/")


def test_use_puts_the_end_off_once_a_day(signed_in: Phone) -> None:
    before = moved(last_used_at=-timedelta(days=80), expiry=-timedelta(days=80))
    signed_in.ask("get", "me/")
    after = Device.objects.get()
    assert after.expiry - before.expiry > timedelta(days=79)
    assert after.last_used_at - before.last_used_at > timedelta(days=79)


def test_but_for_a_year_at_most(signed_in: Phone) -> None:
    moved(created=-timedelta(days=300), last_used_at=-timedelta(days=2))
    signed_in.ask("get", "me/")
    device = Device.objects.get()
    assert device.expiry == device.created + timedelta(days=365)
    moved(expiry=-timedelta(days=66))
    assert signed_in.ask("get", "me/").status_code == 401


def test_a_device_that_was_signed_out_meanwhile(signed_in: Phone) -> None:
    device = moved(last_used_at=-timedelta(days=2))
    Device.objects.all().delete()
    device.is_used(timezone.now())
    assert not Device.objects.exists()


def test_an_expired_device_is_neither_let_in_nor_listed_nor_kept(
    signed_in: Phone, client_of_artist: Client
) -> None:
    moved(expiry=-timedelta(days=90, minutes=10))
    assert signed_in.ask("get", "me/").status_code == 401
    assert client_of_artist.get(V1 + "tokens/").json() == []
    assert Device.objects.exists()  # asking deletes nothing
    call_command("daily_digest", stdout=io.StringIO())
    assert not Device.objects.exists()


def test_of_too_many_devices_the_least_used_go(artist: Artist) -> None:
    made = [artist.sign_in_on(f"d{n}", AT + timedelta(days=n))[0] for n in range(Device.MOST + 2)]
    left = set(Device.objects.values_list("name", flat=True))
    assert left == {device.name for device in made[2:]}


# --- the page ---


def test_the_page_lists_and_signs_out(signed_in: Phone, client_of_artist: Client) -> None:
    page = client_of_artist.get("/devices/")
    assert "Ada&#x27;s phone" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    address = f"/devices/{Device.objects.get().uuid}/sign-out/"
    assert client_of_artist.get(address).status_code == 405
    assert client_of_artist.post(address)["Location"] == "/devices/"
    assert not Device.objects.exists()
    assert client_of_artist.post(address).status_code == 404
    assert "No app is signed in as you" in client_of_artist.get("/devices/").content.decode()


def test_the_page_is_ones_own(signed_in: Phone, client: Client) -> None:
    client.force_login(Artist.objects.create_user("mallory"))
    assert "Ada" not in client.get("/devices/").content.decode()
    assert client.post(f"/devices/{Device.objects.get().uuid}/sign-out/").status_code == 404
    assert Client().get("/devices/").status_code == 302
    assert Device.objects.exists()


# --- what is secret stays so ---


def everything(house_tables: list[str]) -> str:
    with connection.cursor() as cursor:
        rows = []
        for table in house_tables:
            cursor.execute(f'SELECT * FROM "{table}"')
            rows += cursor.fetchall()
    return str(rows)


def test_no_token_or_password_is_kept_or_logged(
    phone: Phone, artist: Artist, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with redirect_stderr(io.StringIO()) as errors:
        token = phone.sign_in().json()["token"]
        phone.sign_in("ada", "a wrong password")
        phone.sign_in("a password in the wrong field", "x")
        phone.ask("get", "nowhere/")
        phone.ask("get", "me/")
    kept = everything(connection.introspection.table_names())
    for secret in (token, token[16:], "wrong password", "wrong field", PASSWORD):
        assert secret not in kept
        assert secret not in errors.getvalue()
        assert secret not in "".join(
            r.getMessage() for r in caplog.records if r.name != "django.db.backends"
        )
    device = Device.objects.get()
    assert str(device) == "x"
    assert not (
        {device.digest, device.token_key} & set(phone.ask("get", "tokens/").json()[0].values())
    )


def test_the_admin_shows_devices_but_no_hash(signed_in: Phone, client: Client) -> None:
    client.force_login(Artist.objects.create_superuser("root"))
    page = client.get("/admin/beats/device/").content.decode()
    device = Device.objects.get()
    assert "Ada&#x27;s phone" in page
    assert device.digest not in page
    assert device.token_key not in page
    assert client.get(f"/admin/beats/device/{device.digest}/change/").status_code == 403
    assert client.get("/admin/beats/device/add/").status_code == 403


# --- brute force ---


def test_tries_to_sign_in_are_counted_by_what_was_typed(phone: Phone, artist: Artist) -> None:
    statuses = [phone.sign_in(login, "wrong").status_code for login in ["ada", " ADA "] * 6]
    assert statuses == [401] * 10 + [429] * 2
    answer = phone.sign_in("ada")
    assert "Allowed: 10 tries to sign in" in answer.json()["detail"]
    assert 0 < int(answer["Retry-After"]) <= 900
    policies = '"sign-in-from";q=30;w=900, "sign-in";q=10;w=900'
    assert answer["RateLimit-Policy"] == policies


def test_tries_are_counted_for_the_unknown_alike(phone: Phone, db: None) -> None:
    statuses = [phone.sign_in("nobody", "wrong").status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]


def test_tries_are_counted_by_where_they_come_from(phone: Phone, artist: Artist) -> None:
    forged = [{"X-Forwarded-For": f"203.0.113.{n}"} for n in range(40)]
    statuses = Counter(
        phone.ask(
            "post", "tokens/", {"login": f"n{n}", "password": "x", "device": "x"}, **header
        ).status_code
        for n, header in enumerate(forged)
    )
    assert statuses == {401: 30, 429: 10}


@pytest.mark.parametrize("page", ["/accounts/login/", "/admin/login/"])
def test_pages_share_the_count_with_the_api(
    page: str, client: Client, phone: Phone, artist: Artist
) -> None:
    for _ in range(5):
        assert phone.sign_in("ada", "wrong").status_code == 401
        fields = {"login": "ada", "username": "ada", "password": "wrong"}
        assert client.post(page, fields).status_code == 200
    answer = client.post(page, fields)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 60
    assert "Allowed: 10 tries to sign in" in answer.content.decode()
    assert phone.sign_in("ada").status_code == 429


@pytest.mark.django_db(transaction=True)
def test_exactly_ten_of_a_thousand_tries_at_once(
    artist: Artist, settings: Any, hashes: list[str]
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1

    def attempt(number: int) -> int:
        body = {"login": "ada", "password": f"guess {number}", "device": "x"}
        ways = {"X-Forwarded-For": f"10.{number // 250}.0.{number % 250}"}
        return Phone().ask("post", "tokens/", body, **ways).status_code

    def some(first: int) -> list[int]:
        try:
            return [attempt(number) for number in range(first, TRIES, THREADS)]
        finally:
            connection.close()

    hashes.clear()
    with ThreadPoolExecutor(THREADS) as pool:
        found = Counter(status for ends in pool.map(some, range(THREADS)) for status in ends)
    assert found == {401: 10, 429: TRIES - 10}
    assert len(hashes) == 10


@pytest.mark.parametrize("address", ["accounts/reset/", "accounts/verify/resend/"])
def test_mails_to_an_address_are_counted(address: str, phone: Phone, artist: Artist) -> None:
    statuses = [phone.post(address, email=" ADA@example.com").status_code for _ in range(6)]
    assert statuses == [202] * 5 + [429]


def test_mails_asked_for_from_an_address_are_counted(phone: Phone, db: None) -> None:
    statuses = Counter(
        phone.post("accounts/reset/", email=f"n{n}@example.com").status_code for n in range(25)
    )
    assert statuses == {202: 20, 429: 5}
    assert len(mail.outbox) == 20
