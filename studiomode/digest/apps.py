from __future__ import annotations

from django.apps import AppConfig


class DigestConfig(AppConfig):
    """Floor 4: the daily run and its notices."""

    name = "studiomode.digest"
    label = "digest"
    verbose_name = "Digest"
