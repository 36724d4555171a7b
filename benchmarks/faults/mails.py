"""F22, F23: mail servers that misbehave in every known way, and runs killed while they send."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import Message
from functools import partial
from pathlib import Path
from random import Random
from time import monotonic, sleep

from allauth.account.models import EmailAddress
from django.conf import settings

from studiomode.digest import deliveries, outbox
from studiomode.digest.models import Delivery
from studiomode.digest.outbox import State
from tests.digest.smtp import Mailbox, free_port, serving

from .world import FOLDER, LAST, Count, Process, begin_again, forget, give_addresses, run_digest

Tell = Callable[[int, int], None]
TIMEOUT = 0.5  # seconds, where servers misbehave
PATIENT = 10.0  # where they do not
RUNS = 10  # a day each, at most
HANGS_UP_AFTER = 30
MAILED_IN = 4  # one in so many more artists
SLOW = 0.15  # seconds a mail


def hurried(timeout: float) -> None:
    """In the run's process: what takes minutes takes seconds."""
    deliveries.BUDGET = timedelta(seconds=10 * timeout)
    outbox.LONGEST_WAIT = timedelta(days=RUNS)
    deliveries.REST = outbox.FIRST_PAUSE = timedelta(seconds=timeout)
    deliveries.NAP = 0.05
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_TIMEOUT = "127.0.0.1", timeout


@dataclass
class Post:
    """A mail server's port, and what ever came in there: address → Message-IDs."""

    port: int = field(default_factory=free_port)
    letters: Path = Path(FOLDER.name) / "letters"

    def emptied(self) -> Post:
        self.letters.write_text("")
        return self

    def keep(self, address: str, message: Message) -> None:
        with self.letters.open("a") as letters:
            letters.write(f"{address} {message['Message-ID']}\n")

    @property
    def received(self) -> dict[str, list[str]]:
        received: dict[str, list[str]] = {}
        for line in self.letters.read_text().splitlines():
            address, message_id = line.split()
            received.setdefault(address, []).append(message_id)
        return received

    def send(self, day: int = 0, timeout: float = PATIENT) -> None:
        """A run, so many days after the one that told."""
        hurried(timeout)
        settings.EMAIL_PORT = self.port
        run_digest(LAST + timedelta(days=day))


@contextmanager
def open_post(post: Post, misbehave: Callable[[Mailbox], None]) -> Iterator[None]:
    """The server, in a process of its own."""
    mailbox = Mailbox()
    mailbox.keep = post.keep  # type: ignore[method-assign]
    misbehave(mailbox)
    server = Process(partial(serve, mailbox, post.port))
    while "open" not in server.said:
        sleep(0.01)
    try:
        yield
    finally:
        server.send(signal.SIGKILL)
        server.ended()


def serve(mailbox: Mailbox, port: int) -> None:
    with serving(mailbox, port):
        print("open", flush=True)
        sleep(600)


def have_told() -> None:
    """Everything of LAST is done; only the sending begins anew each time."""
    give_addresses(MAILED_IN)
    begin_again()
    assert Process(run_digest).ended() == 0


# --- F22 ---


def behave(mailbox: Mailbox) -> None:
    """As one would wish."""


def refuse_one(mailbox: Mailbox) -> None:
    mailbox.refuses[recipients()[0]] = "550 5.1.1 no such user"


def greylist(mailbox: Mailbox) -> None:
    mailbox.answers = ["451 4.7.1 greylisted, come again"] * 10


def hang_up(mailbox: Mailbox) -> None:
    mailbox.hangs_up_after = HANGS_UP_AFTER


def be_silent(mailbox: Mailbox) -> None:
    mailbox.silence = 3 * TIMEOUT


def be_slow(mailbox: Mailbox) -> None:
    mailbox.silence = SLOW


def be_full(mailbox: Mailbox) -> None:
    mailbox.answers = ["421 4.3.2 too many, closing"] * 10


# name → (how it misbehaves, for how many runs); None: nobody answers at all
BEHAVIOURS: dict[str, tuple[Callable[[Mailbox], None] | None, int]] = {
    "down": (None, 1),
    "refuses one recipient (550)": (refuse_one, RUNS),
    "greylists (451)": (greylist, 1),
    f"hangs up in place of answering mail {HANGS_UP_AFTER}": (hang_up, RUNS),
    "accepts and says nothing": (be_silent, 1),
    "is slow": (be_slow, RUNS),
    "is busy (421)": (be_full, 1),
}


def misbehave(times: int, chance: Random, tell: Tell) -> Iterator[Count]:
    have_told()
    yield Count(
        "mail servers' misbehaviours, each to so many recipients", len(recipients()), None, True
    )
    counts = Counter[str]()
    for number in range(times):
        for behaviour, (misbehaviour, days) in BEHAVIOURS.items():
            counts[behaviour] = max(counts[behaviour], tried(misbehaviour, days, counts))
        tell(number + 1, times)
    for behaviour in BEHAVIOURS:
        yield Count(f"runs until all was sent: {behaviour}", counts[behaviour], None, is_worst=True)
    yield Count("mails lost", counts["lost"])
    yield Count("recipients refused and not marked so", counts["unmarked"])
    yield Count("runs that ended in a traceback, or never", counts["odd"])
    yield Count("repeats; allowed: as often as it hung up", counts["repeats"], counts["hung up"])
    yield Count("repeats with another Message-ID", counts["other"])


def tried(misbehaviour: Callable[[Mailbox], None] | None, days: int, counts: Counter[str]) -> int:
    """The runs it took until nothing waited any more."""
    forget(Delivery)
    post = Post().emptied()
    for day in range(RUNS):
        with open_to(post, misbehaviour if day < days else behave):
            counts["odd"] += Process(partial(post.send, day, TIMEOUT)).ended() not in (0, 1)
        if not Delivery.objects.filter(state=State.WAITING).exists():
            break
    refused = recipients()[:1] if misbehaviour is refuse_one else []
    counts["unmarked"] += len(refused) - Delivery.objects.filter(state=State.REFUSED).count()
    counts["hung up"] += hang_ups(post) if misbehaviour is hang_up else 0
    judge(post, refused, counts)
    return day + 1


@contextmanager
def open_to(post: Post, misbehaviour: Callable[[Mailbox], None] | None) -> Iterator[None]:
    if misbehaviour is None:
        yield
        return
    with open_post(post, misbehaviour):
        yield


def hang_ups(post: Post) -> int:
    return sum(map(len, post.received.values())) // HANGS_UP_AFTER


def recipients() -> list[str]:
    told = EmailAddress.objects.filter(user__notices__date=LAST).distinct()
    return list(told.order_by("pk").values_list("email", flat=True))


def judge(post: Post, refused: list[str], counts: Counter[str]) -> None:
    received = post.received
    counts["lost"] += len(set(recipients()) - set(refused) - set(received))
    counts["repeats"] += sum(len(letters) - 1 for letters in received.values())
    counts["other"] += sum(len(set(letters)) - 1 for letters in received.values())


# --- F23 ---


def kill(times: int, chance: Random, tell: Tell) -> Iterator[Count]:
    """Half of the kills at random moments of the sending, half between a 250 and our commit."""
    have_told()
    counts, longest = Counter[str](), sending_takes()
    while counts["kills"] < times:
        kill_one(chance, longest, counts)
        tell(counts["kills"], times)
    yield Count("kills while mails went out", counts["kills"], None)
    yield Count("of them between the server's 250 and our commit", counts["between"], None)
    yield Count("mails lost", counts["lost"])
    yield Count("runs after a kill that failed", counts["failed"])
    yield Count("repeats; allowed: one a kill", counts["repeats"], counts["kills"])
    yield Count("repeats with another Message-ID", counts["other"])


def sending_takes() -> float:
    forget(Delivery)
    post = Post().emptied()
    with open_post(post, behave):
        began = monotonic()
        assert Process(post.send).ended() == 0
        return monotonic() - began


def kill_one(chance: Random, longest: float, counts: Counter[str]) -> None:
    forget(Delivery)
    post = Post().emptied()
    with open_post(post, behave):
        between = counts["kills"] % 2 == 1
        if not (killed_between(post, chance) if between else killed(post, chance, longest)):
            return
        counts["kills"] += 1
        counts["between"] += between
        counts["failed"] += Process(post.send).ended() != 0
    judge(post, [], counts)


def killed(post: Post, chance: Random, longest: float) -> bool:
    return Process(post.send).killed(chance.uniform(0, longest))


def killed_between(post: Post, chance: Random) -> bool:
    last = chance.randrange(len(recipients()))
    return Process(partial(send_and_die, post, last)).ended() == -signal.SIGKILL


def send_and_die(post: Post, after: int) -> None:
    """Killed once the server has taken so many mails more than one, before the last is marked."""
    end = Delivery.end

    def end_or_die(delivery: Delivery, *args: object) -> None:
        if Delivery.objects.filter(state=State.SENT, date=LAST).count() == after:
            os.kill(os.getpid(), signal.SIGKILL)
        end(delivery, *args)  # type: ignore[arg-type]

    Delivery.end = end_or_die  # type: ignore[method-assign]
    post.send()
