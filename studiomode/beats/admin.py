from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import Model
from django.http import HttpRequest

from .models import Artist, Beat, Device, Follow, Genre, Producer, SavedBeat

admin.site.site_header = admin.site.site_title = "StudioMode"


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that are looked at here, and written elsewhere."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class CatalogueAdmin(admin.ModelAdmin):
    """Rows that others hang on: saves, follows, notices go with them, though read-only here."""

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, Any, Any]:
        found, counts, needed, protected = super().get_deleted_objects(objs, request)
        read_only = {
            str(model._meta.verbose_name)
            for model, page in self.admin_site._registry.items()
            if isinstance(page, ReadOnlyAdmin)
        }
        return found, counts, {name for name in needed if str(name) not in read_only}, protected


@admin.register(Artist)
class ArtistAdmin(CatalogueAdmin, UserAdmin):
    pass


@admin.register(Producer)
class ProducerAdmin(CatalogueAdmin):
    """Here an artist is given a producer."""

    list_display = ("name", "handle", "artist")
    search_fields = ("name", "handle", "artist__username")
    autocomplete_fields = ("artist",)
    list_select_related = ("artist",)


@admin.register(Genre)
class GenreAdmin(CatalogueAdmin):
    list_display = ("name", "slug")
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}


@admin.register(Beat)
class BeatAdmin(CatalogueAdmin):
    """A new producer or genre here takes the beat's saves along."""

    list_display = ("title", "producer", "genre", "published_at")
    list_filter = ("genre",)
    search_fields = ("title", "slug", "producer__name", "producer__handle")
    autocomplete_fields = ("producer", "genre")
    list_select_related = ("producer", "genre")
    date_hierarchy = "published_at"
    prepopulated_fields = {"slug": ("title",)}


@admin.register(SavedBeat)
class SavedBeatAdmin(ReadOnlyAdmin):
    list_display = ("artist", "beat", "producer", "genre", "created_at")
    list_select_related = ("artist", "beat", "producer", "genre")
    search_fields = ("=artist__username", "=beat__slug")
    show_full_result_count = False  # counting the ledger for a footnote is dear


@admin.register(Follow)
class FollowAdmin(ReadOnlyAdmin):
    list_display = ("artist", "producer", "created_at")
    list_select_related = ("artist", "producer")
    search_fields = ("=artist__username", "=producer__handle")


@admin.register(Device)
class DeviceAdmin(ReadOnlyAdmin):
    """No page of its own: its address would tell the token's hash."""

    list_display = ("name", "user", "created", "last_used_at", "expiry")
    list_display_links = None
    list_select_related = ("user",)
    search_fields = ("=user__username",)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return obj is None and super().has_view_permission(request, obj)
