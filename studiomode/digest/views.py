"""The artist's notices, and the three questions a machine asks of a service's health."""

from __future__ import annotations

from django.contrib.auth.mixins import LoginRequiredMixin
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.generic import ListView

from studiomode.beats.accounts import signed_in

from .models import NoticeQuerySet
from .status import complaints


class Notices(LoginRequiredMixin, ListView):
    """What the artist was told, newest first; an artist's digest of a day is that day's notices."""

    template_name = "digest/notices.html"
    context_object_name = "notices"
    paginate_by = 50

    def get_queryset(self) -> NoticeQuerySet:
        return signed_in(self.request).notices.with_beats().with_is_saved().newest_first()


@never_cache
def livez(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """The process answers, and so does its database."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "unavailable", "reason": "no database"}, status=503)
    return JsonResponse({"status": "ok"})


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """The daily run did its work. For monitors: restarting a process would mend none of it."""
    try:
        found = complaints(timezone.now())
    except DatabaseError:
        found = ["no database"]
    status = "unhealthy" if found else "ok"
    return JsonResponse({"status": status, "complaints": found}, status=503 if found else 200)
