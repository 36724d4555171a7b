"""The daily run as operators see it: a calendar of days, the runs, and the outbox."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from studiomode.beats.admin import ReadOnlyAdmin

from .digests import Digests
from .models import Delivery, DigestRun, Notice
from .outbox import DeliveryQuerySet, State
from .status import BAD, GRACE, Day, counted, days, told

WEEK = 7


class DigestAdmin(ReadOnlyAdmin):
    title: str

    class Media:
        css: ClassVar = {"all": ["admin-digest.css"]}

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        told = {"title": self.title} | (extra_context or {})
        return super().changelist_view(request, told)


@admin.register(DigestRun)
class DigestRunAdmin(DigestAdmin):
    title = "The daily run"
    list_display = ("date", "became", "began", "lasted", "attempts", "host")
    list_filter = ("failures",)
    date_hierarchy = "date"
    fields = (
        "date", "at", "became", "attempts", "before", "started_at", "heartbeat_at", "ended_at",
        "completed_at", "holder", "token", "work", "snapshots",
    )  # fmt: skip

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        found = days(timezone.now() - GRACE)
        worst = [day for day in found if day.state in BAD]
        calendar = {"weeks": weeks(found), "told": counted(found), "worst": worst}
        return super().changelist_view(request, calendar)

    @admin.display(description="the run")
    def became(self, run: DigestRun) -> str:
        return run.told

    @admin.display(description="began", ordering="started_at")
    def began(self, run: DigestRun) -> str:
        return f"{run.started_at:%Y-%m-%d %H:%M:%S}"

    @admin.display(description="took")
    def lasted(self, run: DigestRun) -> str:
        return f"{run.took.total_seconds():.1f} s" if run.took else ""

    @admin.display(description="chores")
    def work(self, run: DigestRun) -> str:
        """Line by line, as digest_status tells it."""
        return format_html_join("", "<div>{}</div>", ((told(*o),) for o in run.outcomes))


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
class NoticeAdmin(DigestAdmin):
    title = "What artists were told"
    list_display = ("date", "artist", "beat")
    list_select_related = ("artist", "beat")
    date_hierarchy = "date"
    search_fields = ("=artist__username", "=beat__slug")


@admin.register(Delivery)
class DeliveryAdmin(DigestAdmin):
    """The outbox: what waits, what went wrong, and what was said."""

    title = "The outbox"
    list_display = ("date", "artist", "channel", "state", "say", "story")
    list_filter = ("state", "channel")
    list_select_related = ("artist",)
    date_hierarchy = "date"
    search_fields = ("=artist__username",)
    actions = ("retry",)

    @admin.display(description="what happened")
    def story(self, delivery: Delivery) -> str:
        tries = f"{delivery.attempts} attempts" if delivery.attempts > 1 else ""
        is_waiting = delivery.state == State.WAITING
        again = f"again {delivery.next_try_at:%d %b %H:%M}" if is_waiting else ""
        return "; ".join(filter(None, (delivery.error, tries, again)))

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
