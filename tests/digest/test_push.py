"""Digests by Web Push, to a real server in the place of a browser maker's."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client
from py_vapid import Vapid

from studiomode.beats.models import Artist, Beat, Follow, Producer
from studiomode.digest import deliveries, outbox
from studiomode.digest.deliveries import NotDelivered, deliver, put_out
from studiomode.digest.models import Delivery, DigestRun, PushSubscription
from studiomode.digest.notices import write_notices
from tests.conftest import AT

SECRET = b"sixteen bytes ok"
BROWSER = "https://fcm.googleapis.com/fcm/send/abc"


def encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


class PushService(ThreadingHTTPServer):
    """Keeps what it is told, and answers by path."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.told: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: dict[str, int] = {}

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


class Handler(BaseHTTPRequestHandler):
    server: PushService

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.told.append((self.path, dict(self.headers), body))
        self.send_response(self.server.answers.get(self.path, 201))
        self.send_header("Location", self.server.url("/elsewhere"))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture
def service() -> Iterator[PushService]:
    service = PushService()
    Thread(target=service.serve_forever, daemon=True).start()
    yield service
    service.shutdown()
    service.server_close()


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "BUDGET", timedelta(seconds=4))
    monkeypatch.setattr(deliveries, "NAP", 0.01)
    monkeypatch.setattr(deliveries, "REST", timedelta(seconds=0.1))
    monkeypatch.setattr(outbox, "FIRST_PAUSE", timedelta(seconds=0.05))


@pytest.fixture(autouse=True)
def vapid(settings: Any) -> str:
    vapid = Vapid()
    vapid.generate_keys()
    number = vapid.private_key.private_numbers().private_value
    settings.VAPID_PRIVATE_KEY = encoded(number.to_bytes(32, "big"))
    return settings.VAPID_PRIVATE_KEY


@pytest.fixture
def key() -> Any:
    """The browser's own."""
    return generate_private_key(SECP256R1())


def public(key: Any) -> str:
    return encoded(key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


@pytest.fixture
def listener(db: None) -> Artist:
    listener = Artist.objects.create_user("listener")
    producer = Producer.objects.create(handle="dj-a", name="DJ A")
    Follow.objects.create(artist=listener, producer=producer, created_at=AT - timedelta(days=9))
    return listener


def browser(artist: Artist, endpoint: str, key: Any) -> PushSubscription:
    return PushSubscription.objects.create(
        artist=artist, endpoint=endpoint, p256dh=public(key), auth=encoded(SECRET)
    )


def told(publish: Callable[..., Beat]) -> DigestRun:
    publish("fresh")
    run = DigestRun.objects.claim(AT.date(), AT)
    write_notices(run)
    put_out(run)
    return run


def test_a_browser_is_told_what_only_it_can_read(
    service: PushService, listener: Artist, key: Any, publish: Callable
) -> None:
    browser(listener, service.url("/one"), key)
    deliver(told(publish))
    assert Delivery.objects.get().error == ""
    (path, headers, body), *more = service.told
    assert (path, more) == ("/one", [])
    assert headers["authorization"].startswith("vapid t=")
    assert (headers["ttl"], headers["content-encoding"]) == ("86400", "aes128gcm")
    said = json.loads(http_ece.decrypt(body, private_key=key, auth_secret=SECRET))
    assert said == {
        "title": "StudioMode",
        "body": "1 new beat by DJ A",
        "url": "https://studiomode.example/notices/",
        "tag": "digest-2026-05-06",
    }


def test_a_repeat_takes_the_place_of_the_first(
    service: PushService, listener: Artist, key: Any, publish: Callable
) -> None:
    browser(listener, service.url("/one"), key)
    run = told(publish)
    deliver(run)
    Delivery.objects.update(state="waiting")
    deliver(run)
    assert len({headers["topic"] for _, headers, _ in service.told}) == 1
    assert len(service.told) == 2


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten(
    status: int, service: PushService, listener: Artist, key: Any, publish: Callable
) -> None:
    browser(listener, service.url("/gone"), key)
    browser(listener, service.url("/there"), key)
    service.answers["/gone"] = status
    assert deliver(told(publish)) == 1
    assert [row.endpoint for row in PushSubscription.objects.all()] == [service.url("/there")]


def test_with_the_last_one_gone_nothing_is_tried_again(
    service: PushService, listener: Artist, key: Any, publish: Callable
) -> None:
    browser(listener, service.url("/gone"), key)
    service.answers["/gone"] = 410
    assert deliver(told(publish)) == 0
    assert Delivery.objects.get().state == "refused"


@pytest.mark.parametrize("status", [429, 500, 503, 307])
def test_a_busy_service_is_asked_again_and_never_followed_elsewhere(
    status: int, service: PushService, listener: Artist, key: Any, publish: Callable,
) -> None:  # fmt: skip
    browser(listener, service.url("/busy"), key)
    service.answers["/busy"] = status
    try:
        assert deliver(told(publish)) == 0
    except NotDelivered:
        assert status == 307
    assert len(service.told) > 1
    assert {path for path, _, _ in service.told} == {"/busy"}


def test_a_browser_that_fails_holds_up_no_other(
    service: PushService, listener: Artist, key: Any, publish: Callable
) -> None:
    browser(listener, service.url("/busy"), key)
    browser(listener, service.url("/there"), key)
    service.answers["/busy"] = 503
    assert deliver(told(publish)) == 0
    assert "/there" in {path for path, _, _ in service.told}
    service.answers.clear()
    Delivery.objects.update(state="waiting", next_try_at=AT)
    assert deliver(DigestRun.objects.get()) == 1


def test_a_service_that_is_down_loses_nothing(
    listener: Artist, key: Any, publish: Callable
) -> None:
    browser(listener, "http://127.0.0.1:1/one", key)
    with pytest.raises(NotDelivered, match="push is down"):
        deliver(told(publish))
    assert Delivery.objects.get().state in ("waiting", "given up")


def test_without_a_key_nothing_is_pushed(
    listener: Artist, key: Any, publish: Callable, settings: Any
) -> None:
    settings.VAPID_PRIVATE_KEY = ""
    browser(listener, BROWSER, key)
    told(publish)
    assert not Delivery.objects.exists()


# --- turning it on ---


def subscription(key: Any, **changed: Any) -> dict[str, Any]:
    keys = {"p256dh": public(key), "auth": encoded(SECRET)}
    return {"endpoint": BROWSER, "expirationTime": None, "keys": keys} | changed


def put(client: Client, body: Any) -> int:
    text = body if isinstance(body, str) else json.dumps(body)
    return client.put("/preferences/push/", text, content_type="application/json").status_code


def test_a_browser_turns_it_on_and_off(listener: Artist, key: Any, client: Client) -> None:
    client.force_login(listener)
    for _ in range(2):
        assert put(client, subscription(key)) == 204
    assert PushSubscription.objects.get().artist == listener
    for _ in range(2):
        gone = client.delete(
            "/preferences/push/", json.dumps(subscription(key)), content_type="application/json"
        )
        assert gone.status_code == 204
    assert not PushSubscription.objects.exists()


def test_a_browser_belongs_to_who_is_signed_in_last(
    listener: Artist, artist: Artist, key: Any, client: Client
) -> None:
    for who in (listener, artist):
        client.force_login(who)
        put(client, subscription(key))
    assert PushSubscription.objects.get().artist == artist


@pytest.mark.parametrize(
    "changed",
    [
        {"endpoint": "https://169.254.169.254/latest"},
        {"endpoint": "http://fcm.googleapis.com/fcm/send/abc"},
        {"endpoint": "https://fcm.googleapis.com.evil.example/x"},
        {"endpoint": "https://evilfcm.googleapis.com@evil.example/x"},
        {"endpoint": "file:///etc/passwd"},
        {"endpoint": "https://fcm.googleapis.com/" + "a" * 600},
        {"endpoint": 7},
        {"keys": {"p256dh": "AAAA", "auth": encoded(SECRET)}},
        {"keys": {"p256dh": "é" * 87, "auth": "\u0000"}},
        {"keys": {}},
        {"keys": None},
    ],
)
def test_what_is_no_subscription_is_refused(
    changed: dict, listener: Artist, key: Any, client: Client
) -> None:
    client.force_login(listener)
    assert put(client, subscription(key, **changed)) == 400
    assert not PushSubscription.objects.exists()


@pytest.mark.parametrize("body", ["", "[]", "7", "null", "{", "[" * 100_000, '{"endpoint": "x"}'])
def test_what_is_no_json_is_refused(body: str, listener: Artist, client: Client) -> None:
    client.force_login(listener)
    assert put(client, body) == 400


def test_nobody_who_is_signed_out(db: None, key: Any, client: Client) -> None:
    assert put(client, subscription(key)) == 302


def test_the_page_offers_it_with_our_public_key(
    listener: Artist, client: Client, vapid: str, settings: Any
) -> None:
    client.force_login(listener)
    page = client.get("/preferences/").content.decode()
    shown = page.split('data-push-key="')[1].partition('"')[0]
    assert len(urlsafe_b64decode(shown + "=")) == 65
    settings.VAPID_PRIVATE_KEY = ""
    assert "data-push-key" not in client.get("/preferences/").content.decode()


def test_the_worker_lies_at_the_root(db: None, client: Client) -> None:
    answer = client.get("/push-worker.js")
    assert answer["Content-Type"] == "text/javascript"
    assert "showNotification" in answer.content.decode()
