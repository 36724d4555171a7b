from __future__ import annotations

from django.apps import AppConfig


class BeatsConfig(AppConfig):
    """Floor 0: the catalogue, the ♡ and follows."""

    name = "studiomode.beats"
    label = "beats"
    verbose_name = "Beats"
