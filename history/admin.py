from __future__ import annotations

from django.contrib import admin

from studiomode.beats.admin import ReadOnlyAdmin

from .archives import ARCHIVES


class ArchiveAdmin(ReadOnlyAdmin):
    list_display = ("snapshot_date", "rank", "name", "saves", "window_end", "created_at")
    date_hierarchy = "snapshot_date"
    search_fields = ("name",)


for archive in ARCHIVES.values():
    admin.site.register(archive.model, ArchiveAdmin)
