from __future__ import annotations

from django.urls import path, register_converter

from studiomode.beats.addresses import KeyConverter

from . import views


class PictureConverter(KeyConverter):
    """What a card can be had as."""

    regex = "png|svg"


register_converter(PictureConverter, "picture")

urlpatterns = [
    path("cards/<key:card>.<picture:kind>", views.card, name="card"),
    path("cards/<key:card>/<key:handle>.<picture:kind>", views.card, name="producer-card"),
]
