from __future__ import annotations

from django.contrib import admin

from studiomode.beats.admin import ReadOnlyAdmin

from .models import DigestRun, Notice


@admin.register(DigestRun)
class DigestRunAdmin(ReadOnlyAdmin):
    list_display = ("date", "completed_at", "started_at", "ended_at", "failures", "host", "pid")
    list_filter = ("failures",)
    date_hierarchy = "date"


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    list_display = ("date", "artist", "beat")
    list_select_related = ("artist", "beat")
    date_hierarchy = "date"
    search_fields = ("=artist__username", "=beat__slug")
