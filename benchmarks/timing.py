"""Whether an address is known, by the clock: the time of answers, each way 500 times, in turns.

    python tests/postgres.py --durable python benchmarks/timing.py
    python benchmarks/timing.py --samples 100

gunicorn serves StudioMode from the database of DATABASE_URL, which must be empty (a SQLite file of
its own without one). An answer's time ends with its last byte; what is done after it is waited for.
The table takes its section's place in docs/SECURITY.md.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable
from http.client import HTTPConnection
from itertools import count
from math import sqrt
from statistics import NormalDist, median
from time import perf_counter, sleep

import timed  # the hasher that the server has, too
from allauth.account.models import EmailAddress
from setup import HERE, call_command, connection, put_section, served

from studiomode.beats.models import Artist, Spent

PAPER = HERE.parent / "docs" / "SECURITY.md"
TITLE = "By the clock"
AFTERWARDS = 0.03  # seconds
NUMBERS = count()
PASSWORD = "three quiet drums"

Body = dict[str, str]
Ways = tuple[str, Callable[[], Body], Callable[[], Body]]  # address; of somebody known, unknown


def new(text: str) -> str:
    return text.format(next(NUMBERS))


def sign_in(login: str) -> Body:
    return {"login": login, "password": PASSWORD, "device": "x"}


def join(email: str) -> Body:
    return {"username": new("joined{}"), "email": email, "password": PASSWORD}


COMPARED: dict[str, Ways] = {
    "signing in with a name": (
        "tokens/",
        lambda: sign_in("ada"),
        lambda: sign_in(new("n{}")),
    ),
    "signing in with an address": (
        "tokens/",
        lambda: sign_in("ada@example.com"),
        lambda: sign_in(new("n{}@example.com")),
    ),
    "joining": (
        "accounts/",
        lambda: join("ada@example.com"),
        lambda: join(new("n{}@example.com")),
    ),
    "a lost password": (
        "accounts/reset/",
        lambda: {"email": "ada@example.com"},
        lambda: {"email": new("n{}@example.com")},
    ),
    "the link once more": (
        "accounts/verify/resend/",
        lambda: {"email": "mia@example.com"},
        lambda: {"email": new("n{}@example.com")},
    ),
}


def ask(port: int, address: str, body: Body) -> float:
    """The milliseconds until the last byte of the answer."""
    Spent.objects.all().delete()
    client = HTTPConnection("127.0.0.1", port, timeout=60)
    client.connect()
    began = perf_counter()
    headers = {"Content-Type": "application/json"}
    client.request("POST", f"/api/v1/{address}", json.dumps(body), headers)
    answer = client.getresponse()
    answer.read()
    lasted = (perf_counter() - began) * 1000
    client.close()
    assert answer.status in (202, 401), answer.status
    sleep(AFTERWARDS)
    return lasted


def measure(port: int, ways: Ways, samples: int) -> tuple[list[float], list[float]]:
    """Of somebody known, and of somebody unknown, in an order that nobody could foresee."""
    address, *bodies = ways
    times: tuple[list[float], list[float]] = ([], [])
    order = [0, 1] * samples
    random.shuffle(order)
    for way in order:
        times[way].append(ask(port, address, bodies[way]()))
    return times


def mann_whitney(first: list[float], second: list[float]) -> float:
    """How likely samples so far apart are when both are of one kind (two-sided)."""
    ranked = sorted([(time, 0) for time in first] + [(time, 1) for time in second])
    ranks = sum(rank for rank, (_, way) in enumerate(ranked, start=1) if way == 0)
    n, m = len(first), len(second)
    u = ranks - n * (n + 1) / 2
    z = (u - n * m / 2) / sqrt(n * m * (n + m + 1) / 12)
    return 2 * (1 - NormalDist().cdf(abs(z)))


def populate() -> None:
    for name, verified in (("ada", True), ("mia", False)):
        artist = Artist.objects.create_user(name, f"{name}@example.com", "another password")
        EmailAddress.objects.create(
            user=artist, email=artist.email, primary=True, verified=verified
        )


def write(rows: list[str], samples: int) -> None:
    table = ["| | known | unknown | Mann-Whitney p |", "|---|---|---|---|", *rows]
    words = (
        f"Medians in milliseconds of {samples} answers each way, in random order, on "
        f"{connection.vendor}, with {timed.Quick.iterations:,} rounds of hashing where production "
        "has fifty times as many (`python benchmarks/timing.py`)."
    )
    put_section(PAPER, TITLE, [words, "", *table])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--samples", type=int, default=500, help="each way, at most 1,000")
    samples = min(parser.parse_args().samples, 1_000)
    call_command("migrate", verbosity=0)
    populate()
    rows = []
    with served("timed:application", threads=4) as port:
        for what, ways in COMPARED.items():
            measure(port, ways, 20)  # warms up
            known, unknown = measure(port, ways, samples)
            medians = f"{median(known):.2f} | {median(unknown):.2f}"
            rows.append(f"| {what} | {medians} | {mann_whitney(known, unknown):.2f} |")
            print(rows[-1], flush=True)
    write(rows, samples)


if __name__ == "__main__":
    main()
