"""Ending a run in its middle: SIGTERM and SIGINT (Ctrl-C) are heard at once, heeded between units.

A unit of work (a day of an archive, a batch of notices) is finished first. One that takes too long
is cut off, and the database rolls it back; a process that even then does not end is ended.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Self

from django.db import DEFAULT_DB_ALIAS, Error, connections

ENDING = (signal.SIGTERM, signal.SIGINT)
CUT = signal.SIGUSR1  # from the listener to the main thread
CUT_AFTER = 2.0  # seconds for the unit under way
GIVE_UP_AFTER = 4.5  # seconds in all: systemd and orchestrators wait for ten or more
OVER = 0  # no signal's number


class Interrupted(KeyboardInterrupt):
    """Somebody asked the run to end. No `except Exception` swallows it.

    For this kind of exception psycopg cancels the statement under way.
    """

    def __init__(self, asked: signal.Signals) -> None:
        super().__init__(asked.name)
        self.signal = asked

    @property
    def exit_code(self) -> int:
        """What a shell would say of a process that the signal ended."""
        return 128 + self.signal


class Stop:
    """Whether somebody asked the run to end. Nobody can before `listening`."""

    def __init__(self) -> None:
        self.asked: signal.Signals | None = None
        self.is_leaving = False
        self.over = threading.Event()

    def check(self) -> None:
        """Raises Interrupted once somebody has asked."""
        if self.asked:
            raise Interrupted(self.asked)

    @contextmanager
    def listening(self) -> Iterator[Self]:
        """Only the main thread can; elsewhere nothing is heard."""
        if threading.current_thread() is not threading.main_thread():
            yield self
            return
        # A thread listens: while SQLite works or waits, the main thread hears nothing.
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        listener = threading.Thread(target=self.listen, args=(reader, connection_of_run()))
        restore = install({**dict.fromkeys(ENDING, self.hear), CUT: self.cut_off}, writer)
        listener.start()
        try:
            yield self
        finally:
            restore()
            self.over.set()
            os.write(writer, bytes([OVER]))
            listener.join()
            os.close(reader)
            os.close(writer)

    def hear(self, number: int, frame: Any) -> None:
        self.asked = signal.Signals(number)

    def cut_off(self, number: int, frame: Any) -> None:
        if self.asked and not self.is_leaving:
            raise Interrupted(self.asked)

    def listen(self, reader: int, connection: Any) -> None:
        while (number := os.read(reader, 1)[0]) not in (OVER, *ENDING):
            pass  # another signal that something handles
        if number == OVER:
            return
        self.asked = signal.Signals(number)
        if self.over.wait(CUT_AFTER):
            return
        self.cut(connection)
        if not self.over.wait(GIVE_UP_AFTER - CUT_AFTER):
            os.write(2, b"The run did not end by itself; the next one goes on where it stopped.\n")
            os._exit(128 + number)

    def cut(self, connection: Any) -> None:
        if self.is_leaving:
            return
        if connection.vendor == "sqlite" and connection.connection:
            with suppress(Error):  # closed meanwhile
                connection.connection.interrupt()
        signal.pthread_kill(threading.main_thread().ident or 0, CUT)

    def leave(self) -> None:
        """From now on nothing is cut off; what was under way is rolled back by the database."""
        self.is_leaving = True
        with suppress(Error):
            connections[DEFAULT_DB_ALIAS].close()
        del connections[DEFAULT_DB_ALIAS]  # it may have been cut off anywhere: a new one is made


def connection_of_run() -> Any:
    return connections[DEFAULT_DB_ALIAS]


def install(handlers: dict[signal.Signals, Any], writer: int) -> Any:
    """Handle the signals, each also told to `writer`; returns what undoes it."""
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    told = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)

    def restore() -> None:
        signal.set_wakeup_fd(told)
        for number, handler in before.items():
            signal.signal(number, handler)

    return restore
