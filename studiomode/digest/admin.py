"""The daily run as operators see it: a calendar of days, the runs, and the outbox."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html

from studiomode.beats.admin import ReadOnlyAdmin

from .digests import Digests
from .models import Delivery, DigestRun, Notice
from .outbox import DeliveryQuerySet
from .status import GRACE, Day, days

WEEK = 7


@admin.register(DigestRun)
class DigestRunAdmin(ReadOnlyAdmin):
    list_display = ("date", "state", "completed_at", "started_at", "ended_at", "failures", "host")
    list_filter = ("failures",)
    date_hierarchy = "date"
    change_list_template = "admin/digest/digestrun/change_list.html"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        calendar = {"weeks": weeks(days(timezone.now() - GRACE))}
        return super().changelist_view(request, (extra_context or {}) | calendar)


def weeks(found: list[Day]) -> list[list[Day | None]]:
    """Mondays first; None stands for a day that nothing is expected of."""
    if not found:
        return []
    states = {day.date: day for day in found}
    monday = found[0].date - timedelta(days=found[0].date.weekday())
    span = (found[-1].date - monday).days + 1
    shown = [states.get(monday + timedelta(days=number)) for number in range(span)]
    return [shown[start : start + WEEK] for start in range(0, span, WEEK)]


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    list_display = ("date", "artist", "beat")
    list_select_related = ("artist", "beat")
    date_hierarchy = "date"
    search_fields = ("=artist__username", "=beat__slug")


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """The outbox: what waits, what went wrong, and what was said."""

    list_display = ("date", "artist", "channel", "state", "attempts", "next_try_at", "error", "say")
    list_filter = ("state", "channel")
    list_select_related = ("artist",)
    date_hierarchy = "date"
    search_fields = ("=artist__username",)
    actions = ("retry",)

    @admin.display(description="digest")
    def say(self, delivery: Delivery) -> str:
        address = reverse("admin:digest_delivery_preview", args=[delivery.pk])
        return format_html('<a href="{}">Preview</a>', address)

    @admin.action(description="Try again with the next run", permissions=["retry"])
    def retry(self, request: HttpRequest, chosen: DeliveryQuerySet) -> None:
        number = chosen.retry(timezone.now())
        self.message_user(request, f"{number} will be tried again.", messages.SUCCESS)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def get_urls(self) -> list[URLPattern]:
        preview = self.admin_site.admin_view(self.preview)
        return [
            path("<int:pk>/preview/", preview, name="digest_delivery_preview"),
            *super().get_urls(),
        ]

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The mail as it would be sent now; its links lead nowhere that acts."""
        delivery = get_object_or_404(Delivery.objects.select_related("artist"), pk=pk)
        digest = Digests().of(delivery)
        if digest is None:
            return HttpResponse("There is nothing new to tell any more.", content_type="text/plain")
        return render(request, "digest/mail.html", {"digest": digest, "unsubscribe": "#"})
