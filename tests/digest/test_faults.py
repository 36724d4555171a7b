"""What can happen to the daily run: a short run of each fault of benchmarks/faults_digest.py."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from .processes import empty_database

SCRIPT = Path(settings.BASE_DIR) / "benchmarks" / "faults_digest.py"
BENCHMARK = {"DJANGO_SETTINGS_MODULE": "studiomode.settings"}  # not the suite's own
TIMES = {
    "kills": 3,
    "crowds": 3,  # of a new day, after one that died, after one that failed
    "leases": 2,  # a holder that goes on, and one that is killed
    "mail-servers": 1,
    "mail-kills": 2,  # at a random moment, and between 250 and commit
    "late-commits": 10,
    "zones": 1,
    "clock-jumps": 1,
    "clock-steps": 2,  # forth and back
} | ({"restarts": 2} if connection.vendor == "postgresql" else {"full-disks": 2})


@pytest.mark.parametrize("fault", TIMES)
def test_nothing_is_lost_doubled_or_halved(fault: str, tmp_path: Path) -> None:
    with empty_database(tmp_path) as url:
        done = subprocess.run(
            [sys.executable, SCRIPT, fault, "--times", os.environ.get("TIMES", str(TIMES[fault]))],
            env=os.environ | BENCHMARK | {"DATABASE_URL": url},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"| {fault} | " in done.stdout
