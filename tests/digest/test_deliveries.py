"""Digests by e-mail, against a real server that behaves, and that misbehaves in every known way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import Message
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.mail import EmailMultiAlternatives
from django.test import Client

from studiomode.beats.models import Artist, Beat, Follow, Producer
from studiomode.digest import deliveries, outbox
from studiomode.digest.deliveries import NotDelivered, deliver, put_out
from studiomode.digest.models import Declined, Delivery, DigestRun
from studiomode.digest.notices import write_notices
from tests.conftest import AT

from .smtp import Mailbox, serving

DAY = AT.date()
NEXT = AT + timedelta(days=1)


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    mailbox = Mailbox()
    with serving(mailbox) as port:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 0.5
        yield mailbox


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes minutes takes parts of a second."""
    monkeypatch.setattr(deliveries, "BUDGET", timedelta(seconds=4))
    monkeypatch.setattr(deliveries, "NAP", 0.01)
    monkeypatch.setattr(deliveries, "REST", timedelta(seconds=0.1))
    monkeypatch.setattr(outbox, "FIRST_PAUSE", timedelta(seconds=0.1))


@pytest.fixture
def producer(db: None) -> Producer:
    return Producer.objects.create(handle="dj-a", name="DJ A")


@pytest.fixture
def fans(producer: Producer) -> list[Artist]:
    """Five, who follow DJ A since a year and have verified their addresses."""
    return [fan(f"ear{number}", producer) for number in range(5)]


def fan(name: str, producer: Producer, *, verified: bool = True) -> Artist:
    artist = Artist.objects.create_user(name, f"{name}@example.com")
    EmailAddress.objects.create(user=artist, email=artist.email, verified=verified, primary=True)
    Follow.objects.create(artist=artist, producer=producer, created_at=AT - timedelta(days=365))
    return artist


@pytest.fixture
def run(publish: Callable[..., Beat], fans: list[Artist]) -> DigestRun:
    """A run that has told them of one beat and put the digests out."""
    publish("fresh")
    return told(AT)


def told(at: Any) -> DigestRun:
    run = DigestRun.objects.claim(at.date(), at)
    write_notices(run)
    put_out(run)
    return run


def next_run(run: DigestRun) -> DigestRun:
    """The one of the day after."""
    run.end()
    return DigestRun.objects.claim(NEXT.date(), NEXT)


def states() -> dict[str, str]:
    return dict(Delivery.objects.order_by("artist").values_list("artist__username", "state"))


ALL = [f"ear{number}@example.com" for number in range(5)]
SENT = {f"ear{number}": "sent" for number in range(5)}


def test_each_gets_one_message(run: DigestRun, mailbox: Mailbox) -> None:
    assert deliver(run) == 5
    assert deliver(run) == 0
    assert mailbox.addresses == ALL
    assert states() == SENT


def test_a_message_says_what_it_has_to(run: DigestRun, mailbox: Mailbox) -> None:
    deliver(run)
    address, message = mailbox.messages[0]
    pk = Artist.objects.get(email=address).pk
    assert message["Message-ID"] == f"<digest.2026-05-06.{pk}.email@studiomode.example>"
    assert message["Subject"] == "StudioMode: 1 new beat by DJ A"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (
        message["List-Unsubscribe"].strip().startswith("<https://studiomode.example/unsubscribe/")
    )
    text, html = parts(message)
    for part in (text, html):
        assert "Fresh" in part
        assert "https://studiomode.example/beats/fresh/" in part
        assert message["List-Unsubscribe"].strip(" <>") in part


def parts(message: Message) -> list[str]:
    found = [part for part in message.walk() if not part.is_multipart()]
    assert [part.get_content_type() for part in found] == ["text/plain", "text/html"]
    return [part.get_payload(decode=True).decode() for part in found]  # type: ignore[union-attr]


def test_putting_out_twice_is_harmless(run: DigestRun) -> None:
    assert put_out(run) == 0
    assert Delivery.objects.count() == 5


def test_nothing_is_sent_to_an_unverified_address(
    producer: Producer, publish: Callable, mailbox: Mailbox
) -> None:
    fan("new", producer, verified=False)
    publish("fresh")
    deliver(told(AT))
    assert mailbox.messages == []
    assert not Delivery.objects.exists()


def test_nor_to_one_that_is_unverified_by_then(run: DigestRun, mailbox: Mailbox) -> None:
    EmailAddress.objects.filter(email="ear1@example.com").update(verified=False)
    deliver(run)
    assert states() == SENT | {"ear1": "refused"}


def test_who_declines_gets_none(fans: list[Artist], publish: Callable, mailbox: Mailbox) -> None:
    Declined.objects.create(artist=fans[0], channel="email")
    publish("fresh")
    run = told(AT)
    Declined.objects.create(artist=fans[1], channel="email")  # after it was put out
    deliver(run)
    assert mailbox.addresses == ALL[2:]
    assert states()["ear1"] == "declined"


def test_who_is_muted_is_not_told_of(
    fans: list[Artist], publish: Callable, mailbox: Mailbox
) -> None:
    fans[0].follows.update(is_muted=True)
    publish("fresh")
    deliver(told(AT))
    assert mailbox.addresses == ALL[1:]
    assert not fans[0].notices.exists()


# --- what goes wrong ---


def test_a_refused_recipient_holds_up_nobody(run: DigestRun, mailbox: Mailbox) -> None:
    mailbox.refuses["ear2@example.com"] = "550 5.1.1 no such user"
    assert deliver(run) == 4
    assert states() == SENT | {"ear2": "refused"}
    assert "550" in Delivery.objects.get(state="refused").error
    assert deliver(run) == 0  # and is not tried again


def test_a_greylisted_one_is_tried_again_in_the_same_run(run: DigestRun, mailbox: Mailbox) -> None:
    mailbox.answers = ["451 4.7.1 greylisted, come again"]
    assert deliver(run) == 5
    assert (mailbox.addresses, states()) == (ALL, SENT)
    assert sorted(Delivery.objects.values_list("attempts", flat=True)) == [1, 1, 1, 1, 2]


def test_what_outlasts_the_budget_is_left_to_the_next_run(
    run: DigestRun, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "FIRST_PAUSE", timedelta(hours=1))
    mailbox.refuses["ear2@example.com"] = "451 come again"
    assert deliver(run) == 4
    assert states() == SENT | {"ear2": "waiting"}
    mailbox.refuses.clear()
    assert deliver(next_run(run)) == 1
    assert states() == SENT


def test_what_there_is_no_time_for_fails_the_run_so_that_the_next_tick_goes_on(
    run: DigestRun, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "BUDGET", timedelta(seconds=0.7))
    mailbox.silence = 0.3
    with pytest.raises(NotDelivered, match="the time was too short for"):
        deliver(run)
    monkeypatch.setattr(deliveries, "BUDGET", timedelta(seconds=4))
    assert deliver(run) > 0
    assert (mailbox.addresses, states()) == (ALL, SENT)


def test_a_server_that_hangs_up_is_called_again(run: DigestRun, mailbox: Mailbox) -> None:
    mailbox.hangs_up_after = 2
    deliver(run)
    assert states() == SENT
    assert set(mailbox.addresses) == set(ALL)


def test_a_busy_server_is_called_again(run: DigestRun, mailbox: Mailbox) -> None:
    mailbox.answers = ["421 4.3.2 too many, closing"]
    deliver(run)
    assert states() == SENT
    # The one it hung up on alone is sent again, and that is no attempt of its own.
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}
    assert Delivery.objects.filter(next_try_at__gt=AT).count() == 1


def test_silence_is_not_waited_for(run: DigestRun, mailbox: Mailbox) -> None:
    mailbox.silence = 1.0  # seconds; the time-out is half a second
    with pytest.raises(NotDelivered, match="email is down"):
        deliver(run)
    mailbox.silence = 0
    deliver(next_run(run))
    assert states() == SENT


def test_repeats_bear_the_same_message_id(run: DigestRun, mailbox: Mailbox) -> None:
    deliver(run)
    first = {message["Message-ID"] for _, message in mailbox.messages}
    # As when it was killed between the server's 250 and the commit.
    Delivery.objects.update(state="waiting")
    deliver(run)
    assert len(mailbox.messages) == 10
    assert {message["Message-ID"] for _, message in mailbox.messages} == first


def test_without_a_server_the_run_fails_and_nothing_is_lost(
    run: DigestRun, mailbox: Mailbox, settings: Any
) -> None:
    there, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    with pytest.raises(NotDelivered, match="0 sent"):
        deliver(run)
    settings.EMAIL_PORT = there
    deliver(next_run(run))
    assert states() == SENT


def test_what_never_goes_through_is_given_up(
    run: DigestRun, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "FIRST_PAUSE", timedelta(milliseconds=1))
    mailbox.refuses["ear2@example.com"] = "451 come again"
    deliver(run)
    assert states() == SENT | {"ear2": "given up"}
    assert Delivery.objects.get(state="given up").attempts == outbox.MOST_ATTEMPTS


def test_a_poisoned_digest_holds_up_nobody(
    run: DigestRun, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = EmailMultiAlternatives.send

    def poisoned(message: EmailMultiAlternatives, **options: Any) -> int:
        if message.to == ["ear0@example.com"]:
            message.subject = "forged\r\nBcc: everybody@example.com"
        return send(message, **options)

    monkeypatch.setattr(EmailMultiAlternatives, "send", poisoned)
    deliver(run)
    assert mailbox.addresses == ALL[1:]
    assert "BadHeaderError" in Delivery.objects.get(artist__username="ear0").error


@pytest.mark.parametrize("title", ["</p><script>alert(1)</script>", "Beat\r\nBcc: a@example.com"])
def test_titles_command_nothing(
    title: str, fans: list[Artist], publish: Callable, mailbox: Mailbox
) -> None:
    publish("fresh", title=title)
    Producer.objects.update(name=title)
    deliver(told(AT))
    for _, message in mailbox.messages:
        assert "Bcc" not in message
        assert "<script>" not in parts(message)[1]
    assert len(mailbox.messages) == 5


# --- what it says ---


def text_to(mailbox: Mailbox, number: int = 0) -> str:
    return parts(dict(mailbox.messages)[f"ear{number}@example.com"])[0]


def test_beats_are_grouped_by_producer_and_capped(
    fans: list[Artist], publish: Callable, mailbox: Mailbox
) -> None:
    other = Producer.objects.create(handle="dj-b", name="DJ B")
    Follow.objects.create(artist=fans[0], producer=other, created_at=AT - timedelta(days=9))
    for number in range(15):
        publish(f"a{number}")
        publish(f"b{number}", producer="dj-b")
    deliver(told(AT))
    text = text_to(mailbox)
    assert (text.count("DJ A"), text.count("DJ B")) == (1, 1)
    assert text.count("/beats/") == 20
    assert "and 10 more" in text
    assert dict(mailbox.messages)["ear0@example.com"]["Subject"].endswith("by DJ A and 1 more")


def test_what_became_of_the_vault_closes_the_loop(
    fans: list[Artist], publish: Callable, make_beat: Callable, make_saves: Callable,
    mailbox: Mailbox,
) -> None:  # fmt: skip
    winner, climber, other = make_beat("winner"), make_beat("climber"), make_beat("sinker")
    for beat, before, now in ((winner, 3, 9), (climber, 1, 5), (other, 2, 4)):
        make_saves(beat, before, days_ago=8)
        make_saves(beat, now, days_ago=1)
    fans[0].save_beat(winner)
    fans[0].save_beat(other)
    fans[1].save_beat(climber)
    publish("fresh")
    deliver(told(AT))
    assert "Winner is the most saved beat of the week" in text_to(mailbox, 0)
    assert "Sinker" not in text_to(mailbox, 0)  # it lost a place
    assert "Climber climbed 1 place to #2" in text_to(mailbox, 1)
    assert "From your vault" not in text_to(mailbox, 2)


def test_it_never_goes_out_alone(
    fans: list[Artist], make_beat: Callable, make_saves: Callable, mailbox: Mailbox
) -> None:
    winner = make_beat("winner")
    make_saves(winner, 3)
    fans[0].save_beat(winner)
    deliver(told(AT))
    assert mailbox.messages == []


def test_a_gap_is_one_digest(fans: list[Artist], publish: Callable, mailbox: Mailbox) -> None:
    DigestRun.objects.claim(DAY - timedelta(days=10), AT - timedelta(days=10)).end()
    for days in (1, 3, 5, 9):
        publish(f"out{days}", moment=AT - timedelta(days=days))
    deliver(told(AT))
    assert mailbox.addresses == ALL
    assert text_to(mailbox).count("/beats/out") == 4


def test_what_a_dead_run_told_is_in_the_next_days_digest(
    fans: list[Artist], publish: Callable, mailbox: Mailbox
) -> None:
    """It was killed between telling and putting out, and its day is over."""
    publish("yesterday")
    dead = DigestRun.objects.claim(DAY, AT)
    write_notices(dead)
    DigestRun.objects.update(pid_started=1.0)
    publish("today", moment=NEXT - timedelta(hours=1))
    deliver(told(NEXT))
    assert mailbox.addresses == ALL
    assert "/beats/yesterday/" in text_to(mailbox)
    assert "/beats/today/" in text_to(mailbox)


def test_and_is_not_repeated_the_day_after(
    fans: list[Artist], publish: Callable, mailbox: Mailbox
) -> None:
    """Though no run has been complete since."""
    for days in range(3):
        at = AT + timedelta(days=days)
        publish(f"out{days}", moment=at - timedelta(hours=1))
        deliver(told(at))
        DigestRun.objects.update(pid_started=1.0)
    texts = [parts(message)[0] for address, message in mailbox.messages if address == ALL[0]]
    assert [text.count("/beats/out") for text in texts] == [1, 1, 1]


def test_what_was_told_while_the_artist_declined_is_not_sent_later(
    fans: list[Artist], publish: Callable, mailbox: Mailbox
) -> None:
    declined = Declined.objects.create(artist=fans[0], channel="email")
    publish("yesterday")
    told(AT).end()
    declined.delete()
    publish("today", moment=NEXT - timedelta(hours=1))
    deliver(told(NEXT))
    assert "/beats/yesterday/" not in text_to(mailbox)


# --- leaving ---


def link(mailbox: Mailbox, number: int = 0) -> str:
    message = dict(mailbox.messages)[f"ear{number}@example.com"]
    return message["List-Unsubscribe"].strip(" <>").removeprefix("https://studiomode.example")


def test_a_link_shows_on_get_and_acts_on_post(
    run: DigestRun, mailbox: Mailbox, client: Client
) -> None:
    deliver(run)
    assert "No more digests?" in client.get(link(mailbox)).content.decode()
    assert not Declined.objects.exists()
    strict = Client(enforce_csrf_checks=True)
    for _ in range(2):
        answer = strict.post(link(mailbox), {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    assert [row.artist.username for row in Declined.objects.all()] == ["ear0"]


def test_who_has_left_sees_the_same_page(run: DigestRun, mailbox: Mailbox, client: Client) -> None:
    deliver(run)
    address = link(mailbox)
    Artist.objects.get(username="ear0").delete()
    assert "No more digests?" in client.get(address).content.decode()
    assert "Done" in client.post(address).content.decode()
    assert not Declined.objects.exists()


@pytest.mark.parametrize("token", ["x", "WzEsImVtYWlsIl0:forged", "%00", "a" * 5_000])
def test_a_forged_link_is_none(token: str, db: None, client: Client) -> None:
    assert client.post(f"/unsubscribe/{token}/").status_code == 404


def test_an_artist_chooses(fans: list[Artist], client: Client) -> None:
    client.force_login(fans[0])
    page = client.get("/preferences/").content.decode()
    assert page.count(" checked") == 2
    client.post("/preferences/", {"channel": []})
    assert fans[0].declined.get().channel == "email"
    assert fans[0].follows.get().is_muted
    client.post("/preferences/", {"channel": "email", "producer": "dj-a"})
    assert not fans[0].declined.exists()
    assert not fans[0].follows.get().is_muted
    assert not Declined.objects.exists()


def test_nobody_else_is_let_in(db: None, client: Client) -> None:
    assert client.get("/preferences/").status_code == 302
