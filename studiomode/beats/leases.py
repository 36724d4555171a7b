"""A row that one process at a time holds: the same on every database, and no lock outlives it."""

from __future__ import annotations

import os
import socket
import uuid
from datetime import timedelta
from typing import Any, Self

import psutil
from django.db import models

from .models import DatabaseNow

SILENCE = timedelta(seconds=60)  # a holder that has not beaten for so long is dead or stuck


class LeaseLost(Exception):
    """Another process has taken this one for dead and taken over."""


def claimed() -> dict[str, Any]:
    """The values of a lease that this process takes now."""
    return {"token": uuid.uuid4(), **this_process()}


def this_process() -> dict[str, Any]:
    """A pid may be another process's by the time somebody looks: its start time goes along."""
    pid = os.getpid()
    started = psutil.Process(pid).create_time()
    return {"host": socket.gethostname(), "pid": pid, "pid_started": started}


class Lease(models.Model):
    """Held from its creation, or from being taken over, until `ended_at`."""

    token = models.UUIDField()
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    pid_started = models.FloatField(help_text="When the process began, seconds since 1970.")
    started_at = models.DateTimeField(db_default=DatabaseNow())
    heartbeat_at = models.DateTimeField(db_default=DatabaseNow())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    @property
    def holder(self) -> str:
        return f"process {self.pid} on {self.host}, started {self.started_at:%Y-%m-%d %H:%M:%S} UTC"

    @property
    def is_own(self) -> bool:
        """Held by this very process."""
        return all(getattr(self, name) == value for name, value in this_process().items())

    def holder_is_alive(self) -> bool | None:
        """None where it cannot be known: the holder is on another host."""
        if self.host != socket.gethostname():
            return None
        try:
            process = psutil.Process(self.pid)
            is_the_same = abs(process.create_time() - self.pid_started) < 1
            return is_the_same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def is_silent(self) -> bool:
        """By the database's clock, which all hosts share."""
        silent = {"heartbeat_at__lt": DatabaseNow() - SILENCE}
        return type(self)._default_manager.filter(pk=self.pk, **silent).exists()

    def taken_over(self, **values: Any) -> Self:
        """The row, held by this process now. Raises LeaseLost when another was quicker."""
        fresh = claimed()
        since = {"started_at": DatabaseNow(), "heartbeat_at": DatabaseNow(), "ended_at": None}
        self.write(**fresh, **since, **values)
        return type(self)._default_manager.get(pk=self.pk)

    def write(self, **values: Any) -> None:
        """Change the row while the lease is ours. Raises LeaseLost when it no longer is."""
        held = type(self)._default_manager.filter(pk=self.pk, token=self.token)
        if not held.update(**values):
            raise LeaseLost(f"Another process has taken over the {self}.")

    def show_life(self) -> None:
        self.write(heartbeat_at=DatabaseNow())
