from __future__ import annotations

from django.urls import path

from . import api

urlpatterns = [
    path("history/<key:archive>/", api.ArchiveRows.as_view(), name="api-archive"),
]
