from __future__ import annotations

from django.apps import AppConfig
from django.urls import register_converter

from .addresses import KeyConverter


class BeatsConfig(AppConfig):
    """Floor 0: the catalogue, the ♡ and follows."""

    name = "studiomode.beats"
    label = "beats"
    verbose_name = "Beats"

    def ready(self) -> None:
        register_converter(KeyConverter, "key")  # every floor's addresses have keys in them
