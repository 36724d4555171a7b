"""A real SMTP server that misbehaves on demand."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Mailbox:
    """What came in. `refuses`: answers to RCPT by address; `answers`: to DATA, in order."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, Message]] = []
        self.refuses: dict[str, str] = {}
        self.answers: list[str] = []
        self.hangs_up_after = 0  # messages of a connection; the last one gets no answer
        self.silence = 0.0  # seconds before each answer to DATA

    @property
    def addresses(self) -> list[str]:
        return sorted(address for address, _ in self.messages)

    def keep(self, address: str, message: Message) -> None:
        self.messages.append((address, message))

    async def handle_RCPT(  # noqa: N802  aiosmtpd's word
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        await asyncio.sleep(self.silence)
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if not answer.startswith("250"):
            return answer
        session.taken = getattr(session, "taken", 0) + 1
        self.keep(envelope.rcpt_tos[0], parsed(envelope.content))
        if session.taken == self.hangs_up_after:
            server.transport.close()
        return answer


def parsed(content: Any) -> Message:
    return message_from_bytes(content, policy=policy.default)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def serving(mailbox: Mailbox, port: int = 0) -> Iterator[int]:
    """The port it listens on."""
    port = port or free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop(no_assert=True)
