"""The ♡ over HTTP, beside a bare view that does one INSERT: eight clients, in turns, in one run.

    python tests/postgres.py --durable python benchmarks/hearts.py
    python benchmarks/hearts.py --saves 100000

gunicorn serves StudioMode and the views of bare.py from the database of DATABASE_URL, which must be
empty (a SQLite file of its own without one). Each client is a signed-in artist on one connection
that is kept, and saves one beat after the other; ours and bare take turns on the same connections.
"""

from __future__ import annotations

import argparse
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from itertools import chain
from pathlib import Path
from statistics import median, quantiles
from time import monotonic, perf_counter, process_time

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from ledger import AT, BEATS, fill, genre_of, producer_of, settle, write
from setup import Table, call_command, connection, served

from studiomode.beats.models import Artist, Producer

CLIENTS = 8
TOKEN = "a" * 32
STARS = 200_000  # beats of the one producer whom everybody saves
HERE = Path(__file__).resolve().parent

Label = tuple[int, int, int]  # beat, producer, genre


@dataclass
class Client:
    """One artist on one connection; remembers what each way has saved, for its undoing."""

    artist: int
    session: str
    beats: Iterator[Label]
    stars: Iterator[Label]
    saved: dict[str, list[int]] = field(default_factory=dict)

    def connect(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, method: str, address: str) -> None:
        """The whole exchange, by hand: an HTTP library would take a share of what is measured."""
        self.socket.sendall(
            f"{method} {address} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-CSRFToken: {TOKEN}\r\n"
            "Prefer: return=minimal\r\n"  # the place is a board's affair, measured beside boards
            f"Cookie: sessionid={self.session}; csrftoken={TOKEN}\r\n\r\n".encode()
        )
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            more = self.socket.recv(4096)
            assert more, f"{method} {address}: the server hung up after {answer!r}"
            answer += more
        assert answer.startswith(b"HTTP/1.1 204"), f"{method} {address}: {answer!r}"


def save(client: Client) -> None:
    beat, *_ = next(client.beats)
    client.ask("PUT", f"/api/v1/beats/beat{beat}/save/")
    client.saved.setdefault("ours", []).append(beat)


def save_bare(client: Client) -> None:
    beat, producer, genre = next(client.beats)
    client.ask("PUT", f"/bare/{beat}/{producer}/{genre}/")
    client.saved.setdefault("bare", []).append(beat)


def save_barest(client: Client) -> None:
    beat, producer, genre = next(client.beats)
    client.ask("PUT", f"/barest/{client.artist}/{beat}/{producer}/{genre}/")


def save_star(client: Client) -> None:
    beat, *_ = next(client.stars)
    client.ask("PUT", f"/api/v1/beats/beat{beat}/save/")


def save_star_bare(client: Client) -> None:
    beat, producer, genre = next(client.stars)
    client.ask("PUT", f"/bare/{beat}/{producer}/{genre}/")


def unsave(client: Client) -> None:
    client.ask("DELETE", f"/api/v1/beats/beat{client.saved['ours'].pop()}/save/")


def unsave_bare(client: Client) -> None:
    client.ask("DELETE", f"/bare/{client.saved['bare'].pop()}/")


Deed = Callable[[Client], None]
# What is undone comes after what did it.
COMPARED: tuple[tuple[str, Deed, Deed, float | None], ...] = (
    ("♡ / a bare view with one INSERT", save, save_bare, 1.4),
    ("♡ / the same, asking nobody who they are", save, save_barest, None),
    ("♡ on beats of one producer / a bare view with one INSERT", save_star, save_star_bare, None),
    ("un-♡ / a bare view with one DELETE", unsave, unsave_bare, None),
)
DEEDS = tuple(dict.fromkeys(deed for _, *both, _ in COMPARED for deed in both))


@dataclass
class Times:
    """Of one deed: each answer's seconds, and the seconds that all took together."""

    answers: list[float] = field(default_factory=list)
    lasted: float = 0

    @property
    def median(self) -> float:
        return median(self.answers) * 1000

    @property
    def p99(self) -> float:
        return quantiles(self.answers, n=100)[98] * 1000

    @property
    def per_second(self) -> float:
        return len(self.answers) / self.lasted


def turn(clients: list[Client], deed: Deed, seconds: float) -> Times:
    """All clients at once, each as fast as it is answered."""
    began = monotonic()
    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = pool.map(lambda client: timed(client, deed, began + seconds), clients)
    return Times(list(chain(*answers)), monotonic() - began)


def timed(client: Client, deed: Deed, until: float) -> list[float]:
    times = []
    with suppress(IndexError):  # nothing is left to be undone
        while monotonic() < until:
            began = perf_counter()
            deed(client)
            times.append(perf_counter() - began)
    return times


def measure(port: int, clients: list[Client], rounds: int, seconds: float) -> dict[Deed, Times]:
    """Each round on new connections, which the workers share out anew."""
    found = {deed: Times() for deed in DEEDS}
    for number in range(rounds + 1):
        for client in clients:
            client.connect(port)
        for deed in DEEDS:
            times = turn(clients, deed, seconds)
            if number:  # the first warms up
                found[deed].answers += times.answers
                found[deed].lasted += times.lasted
        for client in clients:
            client.socket.close()
    return found


def sign_in() -> list[Client]:
    """Artists who have saved nothing yet; no two ever save the beats of one producer at once."""
    star = Producer.objects.create(handle="star", name="Star").pk
    numbers = range(BEATS + 1, BEATS + STARS + 1)
    write(
        "beats_beat",
        ("id", "slug", "title", "producer_id", "genre_id", "published_at", "created_at"),
        ((n, f"beat{n}", f"Beat {n}", star, 1, AT, AT) for n in numbers),
    )
    settle()
    return [client(number, star) for number in range(CLIENTS)]


def client(number: int, star: int) -> Client:
    artist = Artist.objects.create_user(f"client{number}")
    own = range(number + 1, BEATS, CLIENTS)
    stars = range(BEATS + number + 1, BEATS + STARS, CLIENTS)
    return Client(
        artist=artist.pk,
        session=session_of(artist),
        beats=((n, producer_of(n), genre_of(n)) for n in own),
        stars=((n, star, 1) for n in stars),
    )


def session_of(artist: Artist) -> str:
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(artist.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = artist.get_session_auth_hash()
    session.create()
    return session.session_key


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--saves", type=int, default=1_000_000, help="in the ledger beforehand")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3, help="of a turn")
    options = parser.parse_args()
    call_command("migrate", verbosity=0)
    fill(options.saves, options.saves // 33)
    clients, disk = sign_in(), durability()
    connection.close()
    with served("bare:application", threads=CLIENTS) as port:
        began, worked = monotonic(), process_time()
        times = measure(port, clients, options.rounds, options.seconds)
        share = (process_time() - worked) / (monotonic() - began)
    table = Table(f"♡ over HTTP: {connection.vendor}, {options.saves:,} saves, {CLIENTS} clients")
    for what, ours, bare, at_most in COMPARED:
        mine, theirs = times[ours], times[bare]
        table.add(f"{what}, median", mine.median, theirs.median, "ms", at_most)
        table.add(f"{what}, p99", mine.p99, theirs.p99, "ms")
        table.add(f"{what}", mine.per_second, theirs.per_second, "a second")
    table.notes = f"The clients together took {share:.0%} of one core. {disk}"
    print(table.notes)
    table.write()


def durability() -> str:
    if connection.vendor != "postgresql":
        return "A commit waits for no disk (WAL, synchronous=NORMAL)."
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('fsync'), current_setting('synchronous_commit')")
        return "fsync is {}, synchronous_commit {}.".format(*cursor.fetchone())


if __name__ == "__main__":
    main()
