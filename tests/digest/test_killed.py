from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from tests.postgres import server

SCRIPT = Path(settings.BASE_DIR) / "benchmarks" / "faults_digest.py"


@pytest.fixture
def empty_database(tmp_path):
    """A database of its own, on the kind of server that the suite runs on."""
    if connection.vendor == "postgresql":
        with server() as url:
            yield url
    else:
        yield f"sqlite:///{tmp_path}/killed.sqlite3"


def test_killed_runs_lose_and_double_nothing(empty_database):
    kills = os.environ.get("KILLS", "3")
    done = subprocess.run(
        [sys.executable, SCRIPT, "--kills", kills],
        env=os.environ | {"DATABASE_URL": empty_database},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"| kills | {kills} |" in done.stdout
