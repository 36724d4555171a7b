"""Stored boards under load: beside a bare view of the same bytes, refreshed meanwhile, and cold.

    python tests/postgres.py python benchmarks/stored.py
    python benchmarks/stored.py --saves 100000

gunicorn serves StudioMode and the view of served.py with two workers, from the database of
DATABASE_URL, which must be empty (a SQLite file of its own without one). The load is wrk's:
`apt-get install wrk`. The table is printed and takes its section's place in docs/PERFORMANCE.md.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import shutil
import subprocess
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from threading import Barrier

NOW = datetime.now(UTC)
os.environ["LEDGER_AT"] = (NOW + timedelta(hours=2)).isoformat()

from ledger import fill  # noqa: E402
from served import BOARD  # noqa: E402
from setup import Table, call_command, connection, served  # noqa: E402

from leaderboards.models import StoredRecap  # noqa: E402
from studiomode.beats.windows import week_of  # noqa: E402

HERE = Path(__file__).resolve().parent
CONNECTIONS = 8
CLIENTS = 200  # on a cold board
COLD = 10  # boards
SECONDS = {"G": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6}

Figures = dict[str, list[float]]  # what → one a round


def fresh_for(seconds: int) -> AbstractContextManager[int]:
    return served("served:application", threads=8, BOARD_FRESH_SECONDS=str(seconds))


def load(port: int, path: str, seconds: int, *headers: str) -> tuple[float, float]:
    """Requests a second, and the 99th percentile of their latencies in milliseconds."""
    address = f"http://127.0.0.1:{port}{path}"
    command = ["wrk", "--threads=1", f"--connections={CONNECTIONS}", f"--duration={seconds}s"]
    more = [f"--header={header}" for header in headers]
    told = subprocess.run(
        [*command, *more, "--latency", address], capture_output=True, text=True, check=True
    ).stdout
    if "Non-2xx" in told:  # a 304 is none for wrk
        raise SystemExit(told)
    number, unit = re.findall(r"99%\s+([\d.]+)(\w+)", told)[0]
    rate = float(re.findall(r"Requests/sec:\s+([\d.]+)", told)[0])
    return rate, float(number) * SECONDS[unit] * 1000


def in_turns(port: int, asked: dict[str, tuple[str, ...]], rounds: int, seconds: int) -> Figures:
    """`rate` and `p99` of each, by "what rate" and "what p99"; asked are a path and headers."""
    figures: Figures = defaultdict(list)
    for path, *headers in asked.values():
        load(port, path, 1, *headers)  # both processes have seen it
    for _ in range(rounds):
        for what, (path, *headers) in asked.items():
            rate, p99 = load(port, path, seconds, *headers)
            figures[f"{what} rate"].append(rate)
            figures[f"{what} p99"].append(p99)
    return figures


def etag(port: int) -> str:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    client.request("GET", BOARD)
    return client.getresponse().headers["ETag"]


def measure(table: Table, rounds: int, seconds: int) -> None:
    asked: dict[str, tuple[str, ...]] = {"bare": ("/bare/",), "stored": (BOARD,)}
    with fresh_for(5) as port:
        refreshed = in_turns(port, asked, rounds, seconds)
    with fresh_for(300) as port:
        asked["known"] = (BOARD, f"If-None-Match: {etag(port)}")
        resting = in_turns(port, asked, rounds, seconds)
    for what, found in (("refreshed every 5 s", refreshed), ("not refreshed", resting)):
        rates = median(found["bare rate"]), median(found["stored rate"])
        table.add(f"requests a second: bare view / stored board, {what}", *rates, "1/s", 1.3)
    rates = median(resting["bare rate"]), median(resting["known rate"])
    table.add("requests a second: bare view / stored board, with If-None-Match", *rates, "1/s")
    p99 = median(resting["known p99"]), median(resting["bare p99"])
    table.add("p99: stored board, with If-None-Match / bare view", *p99, "ms")
    p99 = median(refreshed["stored p99"]), median(resting["stored p99"])
    table.add("p99 of a stored board: refreshed every 5 s / not refreshed", *p99, "ms")
    p99 = median(refreshed["stored p99"]), median(refreshed["bare p99"])
    table.add("p99 while boards are refreshed: stored board / bare view", *p99, "ms")


def answers_at_once(port: int, path: str) -> list[tuple[int, str]]:
    """Status and `generated_at` of as many answers as there are clients."""
    together = Barrier(CLIENTS)

    def ask() -> tuple[int, str]:
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        client.connect()
        together.wait()
        client.request("GET", path)
        answer = client.getresponse()
        return answer.status, json.loads(answer.read()).get("generated_at", "")

    with ThreadPoolExecutor(CLIENTS) as pool:
        return [asked.result() for asked in [pool.submit(ask) for _ in range(CLIENTS)]]


def measure_cold(table: Table) -> None:
    """Weeks that nobody has asked for: each is a recap of its own, computed for an instant each."""
    StoredRecap.objects.all().delete()
    weeks = [week_of(NOW - timedelta(weeks=ago)) for ago in range(1, COLD + 1)]
    with fresh_for(5) as port:
        answers = [answers_at_once(port, f"{BOARD}?window={week}") for week in weeks]
    refused = sum(status != 200 for asked in answers for status, _ in asked)
    computed = max(len({instant for _, instant in asked}) for asked in answers)
    table.add(
        f"computations for {CLIENTS} clients on a cold board, most of {COLD}", computed, 1, "", 1
    )
    print(f"{refused} of {CLIENTS * COLD} were told to come again")
    table.notes = (
        f"{refused} of the {CLIENTS * COLD} clients on cold boards were told to come again (503)."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--saves", type=int, default=1_000_000)
    parser.add_argument("--week", type=int, default=30_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=6, help="of load a round")
    options = parser.parse_args()
    if not shutil.which("wrk"):
        raise SystemExit("The load is wrk's, which is not installed. Type: apt-get install wrk")
    call_command("migrate", verbosity=0)
    fill(options.saves, options.week)
    connection.close()
    size = f"{options.saves:,} saves, {options.week:,} in the week"
    table = Table(f"Stored boards: {connection.vendor}, {size}")
    measure_cold(table)
    measure(table, options.rounds, options.seconds)
    table.write()


if __name__ == "__main__":
    main()
