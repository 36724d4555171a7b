"""A refresh that is killed leaves nothing stuck: a short run of the campaign in benchmarks/."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from tests.postgres import server

SCRIPT = Path(settings.BASE_DIR) / "benchmarks" / "faults_boards.py"
BENCHMARK = {"DJANGO_SETTINGS_MODULE": "studiomode.settings"}  # not the suite's own
KILLS = os.environ.get("KILLS", "10")


@pytest.fixture
def empty_database(tmp_path: Path) -> Iterator[str]:
    """A database of its own, on the kind of server that the suite runs on."""
    if connection.vendor == "postgresql":
        with server() as url:
            yield url
    else:
        yield f"sqlite:///{tmp_path}/killed.sqlite3"


def test_killed_refreshes_leave_nothing_stuck(empty_database: str) -> None:
    done = subprocess.run(
        [sys.executable, SCRIPT, "--kills", KILLS],
        env=os.environ | BENCHMARK | {"DATABASE_URL": empty_database},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"| refreshes left stuck / kills | 0.0 | {float(KILLS):.1f} |" in done.stdout
