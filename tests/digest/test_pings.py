"""PING_URL is told of each run; its trouble is never the run's."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import sleep

import pytest
from django.core.exceptions import ImproperlyConfigured

from studiomode.digest import pings
from studiomode.digest.models import DigestRun
from studiomode.settings import read_ping_url
from tests.conftest import AT

DAY = AT.date()
COMPLETE = f"The daily run of {DAY} is complete."


class Monitor(ThreadingHTTPServer):
    """Remembers what it was told; answers as `answer` says."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.told: list[tuple[str, str, str]] = []
        self.status, self.location = 200, ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/a-uuid"


class Handler(BaseHTTPRequestHandler):
    server: Monitor

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.server.told.append((self.command, self.path, body))
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST  # noqa: N815  after a redirect

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def monitor(settings) -> Iterator[Monitor]:
    with Monitor() as monitor:
        thread = threading.Thread(target=monitor.serve_forever, args=(0.01,))
        thread.start()
        settings.PING_URL = monitor.url
        yield monitor
        monitor.shutdown()
        thread.join()


def test_a_run_is_told_when_it_begins_and_is_complete(digest, monitor):
    digest(DAY)
    assert monitor.told == [("POST", "/a-uuid/start", ""), ("POST", "/a-uuid", COMPLETE)]


def test_a_failed_one_is_told_with_its_chores(digest, steady_saves, monitor, monkeypatch):
    monkeypatch.setattr("studiomode.digest.chores.take", lambda archive, day: 1 / 0)
    _, _, error = digest(DAY)
    assert [path for _, path, _ in monitor.told] == ["/a-uuid/start", "/a-uuid/fail"]
    assert monitor.told[-1][2] == error


def test_a_stuck_one_is_told(digest, monitor, monkeypatch):
    DigestRun.objects.claim(DAY, AT)
    monkeypatch.setattr(DigestRun, "is_silent", lambda run: True)
    digest(DAY)
    assert [path for _, path, _ in monitor.told] == ["/a-uuid/fail"]


def test_where_there_is_nothing_to_do_nothing_is_told(digest, monitor):
    digest(DAY)
    monitor.told.clear()
    digest(DAY, if_due=True)
    digest(DAY, dry_run=True)
    assert monitor.told == []


def test_nor_by_a_second_run_at_the_same_time(digest, monitor):
    DigestRun.objects.claim(DAY, AT)
    digest(DAY)
    assert monitor.told == []


@pytest.mark.parametrize("status", [404, 429, 500, 503])
def test_a_monitor_that_fails_fails_no_run(digest, monitor, status):
    monitor.status = status
    _, summary, error = digest(DAY)
    assert (summary["complete"], error) == (True, None)
    assert len(monitor.told) == 2


def test_nor_does_one_that_is_not_there(digest, settings):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.PING_URL = f"http://127.0.0.1:{free.getsockname()[1]}/a-uuid"
    assert digest(DAY)[2] is None


@pytest.mark.parametrize("says", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: "], ids=["silent", "drips"])
def test_nor_does_one_that_never_answers(settings, says):
    """Not even one that says a byte now and then, which no timeout of a socket would end."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.PING_URL = f"http://127.0.0.1:{server.getsockname()[1]}/a-uuid"
        thread = threading.Thread(target=drip, args=(server, says, over))
        thread.start()
        pings.ping("/start", patience=0.5)  # comes back, though nobody answers
        over.set()
        thread.join()


def drip(server: socket.socket, says: bytes, over: threading.Event) -> None:
    connection, _ = server.accept()
    with connection:
        connection.sendall(says)
        while not over.is_set():
            if says:
                connection.sendall(b"x")
            sleep(0.05)


def test_five_seconds_at_most():
    assert pings.PATIENCE == 5


class TestRedirects:
    def test_to_the_web_are_followed(self, digest, monitor):
        monitor.status, monitor.location = 302, "/elsewhere"
        pings.ping("/start")
        assert monitor.told[:2] == [("POST", "/a-uuid/start", ""), ("GET", "/elsewhere", "")]

    @pytest.mark.parametrize(
        "location", ["file:///etc/passwd", "ftp://127.0.0.1:{port}/", "gopher://127.0.0.1:{port}/"]
    )
    def test_to_anything_else_are_not(self, monitor, location, caplog):
        with socket.create_server(("127.0.0.1", 0)) as other:
            other.settimeout(0.2)
            monitor.status = 302
            monitor.location = location.format(port=other.getsockname()[1])
            pings.ping("/start")
            with pytest.raises(TimeoutError):
                other.accept()
        (told,) = caplog.messages
        assert told.startswith("The monitor of PING_URL could not be told: ")


def test_the_address_is_not_told(settings, caplog):
    settings.PING_URL = "http://127.0.0.1:1/a-secret"
    pings.ping("/start")
    assert "a-secret" not in caplog.text


@pytest.mark.parametrize(
    "value", ["hc-ping.com/x", "ftp://host/x", "file:///etc/passwd", "https://", "https://h/?a=b"]
)
def test_an_address_that_is_none_stops_the_start(value, monkeypatch):
    monkeypatch.setenv("PING_URL", value)
    with pytest.raises(ImproperlyConfigured, match="PING_URL is not the address of a monitor"):
        read_ping_url("PING_URL")


def test_a_last_slash_does_not_matter(monkeypatch):
    monkeypatch.setenv("PING_URL", "https://hc-ping.com/a-uuid/")
    assert read_ping_url("PING_URL") == "https://hc-ping.com/a-uuid"
