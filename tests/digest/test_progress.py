"""Long work says how far it is: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import io
from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection

from studiomode.beats import commands
from studiomode.beats.commands import Progress
from studiomode.beats.models import Artist, Follow, Genre, Producer
from studiomode.digest.models import DigestRun
from studiomode.digest.notices import write_notices
from tests.conftest import AT


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch):
    """clock[0] is the time in seconds."""
    now = [0.0]
    monkeypatch.setattr(commands, "monotonic", lambda: now[0])
    return now


def told(stream: io.StringIO, clock: list[float], *moments: tuple[float, int]) -> str:
    progress = Progress(stream, "notices")
    for moment, done in moments:
        clock[0] = moment
        progress.tell(done, 1_000_000)
    progress.end()
    return stream.getvalue()


def test_a_bar_on_a_terminal(clock):
    said = told(Terminal(), clock, (0.1, 1), (0.3, 250_000), (0.4, 300_000), (0.6, 1_000_000))
    assert said.split("\r")[1:] == [
        "[######..................] notices: 250,000 of 1,000,000\x1b[K",
        "[########################] notices: 1,000,000 of 1,000,000\x1b[K",
        "\x1b[K",
    ]


def test_plain_lines_elsewhere(clock):
    said = told(io.StringIO(), clock, (1, 1), (5.5, 250_000), (6, 300_000), (11, 900_000))
    assert said == "notices: 250,000 of 1,000,000\nnotices: 900,000 of 1,000,000\n"


def test_without_an_end_it_is_a_number(clock):
    stream = Terminal()
    progress = Progress(stream, "rows")
    clock[0] = 1
    progress.tell(12_345)
    assert stream.getvalue() == "\rrows: 12,345\x1b[K"


def test_notices_say_how_far_they_are(publish, monkeypatch):
    monkeypatch.setattr("studiomode.digest.notices.BATCH", 4)
    for number in range(3):
        producer = publish(f"fresh{number}", producer=f"dj-{number}").producer
        fans = [Artist.objects.create_user(f"ear{number}{name}") for name in "ab"]
        for fan in fans:
            Follow.objects.create(artist=fan, producer=producer, created_at=AT - timedelta(9))
    run = DigestRun.objects.claim(AT.date(), AT)
    said: list[tuple[int, int]] = []
    run.progress = lambda done, of: said.append((done, of))
    assert write_notices(run) == 6
    assert said == [(4, 6), (6, 6)]


def test_a_producer_with_very_many_followers_is_told_in_parts(publish, monkeypatch):
    """And so that a batch more or less is no artist more or less."""
    monkeypatch.setattr("studiomode.digest.notices.BATCH", 3)
    producer = Producer.objects.create(handle="dj-a", name="DJ A")
    fans = [Artist.objects.create_user(f"ear{number}") for number in range(9)]
    for number, fan in enumerate(fans):
        Follow.objects.create(
            artist=fan, producer=producer, created_at=AT - timedelta(9), is_muted=number == 4
        )
    beat = publish("fresh")
    run = DigestRun.objects.claim(AT.date(), AT)
    batches: list[int] = []
    run.progress = lambda done, of: batches.append(beat.notices.count())
    assert write_notices(run) == 8
    assert batches == [3, 5, 8, 8]
    assert set(beat.notices.values_list("artist", flat=True)) == {
        fan.pk for fan in fans[:4] + fans[5:]
    }
    assert Producer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_others_write_meanwhile(publish, monkeypatch):
    """SQLite refuses at once to write while one reads what another has changed since."""
    monkeypatch.setattr("studiomode.digest.notices.BATCH", 2)
    beats = [publish(f"fresh{number}", producer=f"dj-{number}") for number in range(4)]
    fan = Artist.objects.create_user("ear")
    for beat in beats:
        Follow.objects.create(artist=fan, producer=beat.producer, created_at=AT - timedelta(9))
    run = DigestRun.objects.claim(AT.date(), AT)

    def another(done: int, of: int) -> None:
        Genre.objects.create(slug=f"genre{done}", name="Another")
        connection.close()

    def meanwhile(done: int, of: int) -> None:
        thread = Thread(target=another, args=(done, of))
        thread.start()
        thread.join()

    run.progress = meanwhile
    assert write_notices(run) == 4
    assert Genre.objects.filter(name="Another").count() == 2
