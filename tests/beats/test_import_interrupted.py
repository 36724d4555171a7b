"""An import killed at any moment is run again, and is whole then."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from studiomode.beats.imports import BATCH

from .conftest import House

ROWS = 4 * BATCH


def write(path: Path) -> None:
    with path.open("w") as file:
        file.write("artist,beat,title,producer,genre,published_at,saved_at\n")
        for n in range(ROWS):
            beat = n % 500
            file.write(
                f"fan{n // 500},b{beat},Beat {beat},p{beat % 90},g{beat % 9},"
                f"2026-01-01T00:00:00Z,2026-02-{1 + n % 28:02}T00:00:{n % 60:02}Z\n"
            )


def count(house: House) -> int:
    return house.ask("SELECT count(*) FROM saved_beats")[0][0]


def kill_beyond(house: House, path: Path, rows: int) -> int:
    """SIGKILL the import as soon as more than `rows` have landed; how many have."""
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = house.start("manage.py", "import_saves", path, **silent)
    while count(house) <= rows:
        assert process.poll() is None, "it ended by itself"
        time.sleep(0.01)
    process.kill()
    process.wait()
    return count(house)


def test_an_import_killed_again_and_again_is_whole_in_the_end(house: House, tmp_path: Path) -> None:
    path = tmp_path / "saves.csv"
    write(path)
    for rows in (0, BATCH + 1):
        landed = kill_beyond(house, path, rows)
        assert rows < landed < ROWS
        assert landed % BATCH == 0, "a batch lands whole or not at all"

    code, out, err = house.manage("import_saves", path)

    assert (code, "line " in err) == (0, False)
    assert out.strip() == (
        f"Imported {ROWS - landed:,} saves from {ROWS:,} rows: "
        f"{landed:,} were there already, 0 were refused."
    )
    assert count(house) == ROWS
    assert house.ask("SELECT count(*) FROM beats_beat") == [(500,)]
