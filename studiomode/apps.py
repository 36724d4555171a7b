from __future__ import annotations

from django.apps import AppConfig


class StudioModeConfig(AppConfig):
    """The roof. It has no models; it brings the system checks."""

    name = "studiomode"
    label = "studiomode"

    def ready(self) -> None:
        from . import checks  # noqa: F401  registering is all that is wanted
