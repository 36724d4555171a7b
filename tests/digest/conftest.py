from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from studiomode.beats.models import Beat
from tests.conftest import AT, Saves

DAY = AT.date()
Told = tuple[str, dict[str, Any], str | None]


@pytest.fixture
def digest(db: None) -> Callable[..., Told]:
    """digest(day) runs the command: what it printed, its line for machines, and its error."""

    def run(day: date | None = DAY, **options: Any) -> Told:
        out, error = StringIO(), None
        try:
            call_command("daily_digest", date=day, stdout=out, **options)
        except CommandError as raised:
            error = str(raised)
        lines = [line for line in out.getvalue().splitlines() if line.startswith("{")]
        return out.getvalue(), json.loads(lines[-1]) if lines else {}, error

    return run


@pytest.fixture
def steady_saves(make_beat: Callable[..., Beat], make_saves: Saves) -> list[Beat]:
    """Two beats that are saved every day for 60 days."""
    beats = [make_beat("steady"), make_beat("steadier", producer="dj-b", genre="dub")]
    for days in range(60):
        make_saves(beats[0], 1, days_ago=days + 0.5)
        make_saves(beats[1], 2, days_ago=days + 0.5)
    return beats


@pytest.fixture
def publish(make_beat: Callable[..., Beat]) -> Callable[..., Beat]:
    """publish("new-one", moment) → a beat by dj-a that came out then."""

    def make(slug: str, moment: datetime = AT - timedelta(hours=3), **fields: Any) -> Beat:
        return make_beat(slug, published_at=moment, **fields)

    return make
