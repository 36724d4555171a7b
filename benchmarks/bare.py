"""StudioMode as it is served, with bare views beside it: one statement each, no law kept.

They are what the framework asks for anyway, and so what a ♡ over HTTP is measured against.
"""

from __future__ import annotations

from typing import ClassVar

import setup  # noqa: F401  Django, as the benchmarks have it
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import include, path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from studiomode.beats.models import SavedBeat


class Bare(APIView):
    """Who asks is found by the session, as in the API; the rest of the row is in the address."""

    def put(self, request: Request, **label: int) -> Response:
        SavedBeat.objects.create(artist_id=request.user.pk, **label)
        return Response(status=204)

    def delete(self, request: Request, beat_id: int) -> Response:
        SavedBeat.objects.filter(artist_id=request.user.pk, beat_id=beat_id).delete()
        return Response(status=204)


class Barest(APIView):
    """Nobody is asked who they are: the whole row is in the address."""

    authentication_classes: ClassVar = []

    def put(self, request: Request, **row: int) -> Response:
        SavedBeat.objects.create(**row)
        return Response(status=204)


LABEL = "<int:beat_id>/<int:producer_id>/<int:genre_id>/"
urlpatterns = [
    path(f"bare/{LABEL}", Bare.as_view()),
    path("bare/<int:beat_id>/", Bare.as_view()),
    path(f"barest/<int:artist_id>/{LABEL}", Barest.as_view()),
    path("", include(settings.ROOT_URLCONF)),
]
settings.ROOT_URLCONF = __name__
application = get_wsgi_application()
