"""The daily run as a process of its own, in a database of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from tests.postgres import server

BEGIN = """
import os, sys
sys.path.insert(0, os.getcwd())
os.environ["DJANGO_SETTINGS_MODULE"] = "studiomode.settings"
import django
django.setup()
"""
FILL = """
from datetime import UTC, datetime, timedelta
from django.core.management import call_command
from studiomode.beats.models import *
AT = datetime(2026, 5, 6, 14, tzinfo=UTC)
call_command("migrate", verbosity=0)
producer = Producer.objects.create(handle="dj-a", name="DJ A")
genre = Genre.objects.create(slug="house", name="House")
beat = Beat.objects.create(
    slug="steady", title="Steady", producer=producer, genre=genre,
    published_at=AT - timedelta(90))
for days in range(60):
    artist = Artist.objects.create(username=f"fan{days}")
    save = beat.saved_by(artist)
    save.created_at = AT - timedelta(days + 0.5)
    SavedBeat.objects.bulk_create([save])
"""


@contextmanager
def empty_database(folder: Path) -> Iterator[str]:
    """The DATABASE_URL of one on the kind of server that the suite runs on."""
    if connection.vendor == "postgresql":
        with server() as url:
            yield url
    else:
        yield f"sqlite:///{folder}/own.sqlite3"


def started(url: str, code: str, **environment: str) -> subprocess.Popen[str]:
    """A process that does `code` with Django set up."""
    return subprocess.Popen(
        [sys.executable, "-c", BEGIN + code],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": url, "DEBUG": "on"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def done(url: str, code: str, **environment: str) -> str:
    """What it printed; it has to end well."""
    process = started(url, code, **environment)
    out, error = process.communicate(timeout=120)
    assert process.returncode == 0, out + error
    return out
