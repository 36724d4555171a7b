"""Mails about accounts: links from SITE_URL, and a mail server that is down breaks no page."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client

from studiomode.beats.models import Artist


def reset(client: Client) -> str:
    client.post("/accounts/password/reset/", {"email": "ada@example.com"}, HTTP_HOST="localhost")
    return mail.outbox[-1].body


def test_links_come_from_site_url_and_not_from_the_host_header(client: Client, artist: Artist):
    assert "https://studiomode.example/accounts/password/reset/key/" in reset(client)
    assert "localhost" not in mail.outbox[-1].body + mail.outbox[-1].subject


def test_the_link_of_a_reset_leads_to_a_new_password(client: Client, artist: Artist):
    path = reset(client).partition("https://studiomode.example")[2].split()[0]
    page = client.get(path, follow=True)
    assert page.status_code == 200
    assert "password1" in page.content.decode()


def test_signing_up_works_while_the_mail_server_is_down(client: Client, db, settings, caplog):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    fields = {"username": "nova", "email": "nova@example.com", "password1": "three quiet drums"}
    answer = client.post("/accounts/signup/", fields)
    assert answer.status_code == 302
    assert Artist.objects.filter(username="nova").exists()
    assert "could not be sent" in caplog.text


@pytest.mark.parametrize("debug", [False])
def test_a_failure_is_told_on_standard_error(debug, client: Client, db, monkeypatch, caplog):
    monkeypatch.setattr("leaderboards.views.answer", lambda *args, **options: 1 / 0)
    client.raise_request_exception = False
    assert client.get("/").status_code == 500
    assert "ZeroDivisionError" in caplog.text
