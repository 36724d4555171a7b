"""The artist's notices, and what machines ask of a service."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.generic import ListView
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from studiomode.beats.accounts import signed_in

from .metrics import REGISTRY
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
def metrics(request: HttpRequest) -> HttpResponse:
    """What Prometheus scrapes, for whoever has the token."""
    if not settings.METRICS_TOKEN:
        raise Http404("There are no metrics: METRICS_TOKEN is not set.")
    expected = f"Bearer {settings.METRICS_TOKEN}"
    if not constant_time_compare(request.headers.get("Authorization", ""), expected):
        refusal = HttpResponse("The token of METRICS_TOKEN is needed.\n", status=401)
        refusal["WWW-Authenticate"] = 'Bearer realm="metrics"'
        return refusal
    try:
        return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)
    except DatabaseError:
        return HttpResponse("no database\n", status=503, content_type="text/plain")


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """The daily run did its work. For monitors: restarting a process would mend none of it."""
    try:
        found = complaints(timezone.now())
    except DatabaseError:
        found = ["no database"]
    status = "unhealthy" if found else "ok"
    return JsonResponse({"status": status, "complaints": found}, status=503 if found else 200)
