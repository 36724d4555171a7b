"""What is due is done once the response has been sent, by WSGI and by ASGI alike."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from studiomode.beats.afterwards import afterwards

done: list[str] = []


def view(request: HttpRequest) -> HttpResponse:
    afterwards(lambda: done.append("first"))
    afterwards(lambda: 1 / 0)
    afterwards(lambda: done.append("last"))
    done.append("answered")
    return HttpResponse("body", headers={"ETag": '"x"'})


urlpatterns = [path("", view)]


@pytest.fixture(autouse=True)
def only_the_view(settings: Any) -> None:
    settings.ROOT_URLCONF = __name__
    done.clear()


def test_by_wsgi(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    assert client.get("/").content == b"body"
    assert done == ["answered", "first", "last"]
    assert "ZeroDivisionError" in caplog.text


def test_after_a_304(client: Client) -> None:
    assert client.get("/", headers={"If-None-Match": '"x"'}).status_code == 304
    assert done == ["answered", "first", "last"]


async def ask() -> bytes:
    scope = {
        "type": "http", "method": "GET", "path": "/", "query_string": b"",
        "headers": [(b"host", b"testserver")],
    }  # fmt: skip
    server = ApplicationCommunicator(get_asgi_application(), scope)
    await server.send_input({"type": "http.request", "body": b"", "more_body": False})
    await server.receive_output()
    body = await server.receive_output()
    await server.wait()
    return bytes(body["body"])


def test_by_asgi() -> None:
    # In a thread of its own: another test's browser may have a loop in this one.
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(asyncio.run, ask()).result() == b"body"
    assert done == ["answered", "first", "last"]
