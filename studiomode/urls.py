"""Every address. The floors bring their own; the roof puts them together."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularJSONAPIView

from . import api as roof
from . import reference

api: list[URLPattern | URLResolver] = [
    path("", include("leaderboards.api_urls")),  # first what is asked most
    path("", include("studiomode.beats.api_urls")),
    path("", include("history.api_urls")),
    path("", include("studiomode.digest.api_urls")),
    path("schema/", SpectacularJSONAPIView.as_view(), name="api-schema"),
    path("docs/", reference.docs, name="api-docs"),
    re_path(r"^(?P<address>[\s\S]*)$", roof.UnknownAddress.as_view()),  # line feeds and all
]

urlpatterns = [
    path("api/v1/", include(api)),
    path("", include("leaderboards.urls")),
    path("", include("history.urls")),
    path("", include("sharecards.urls")),
    path("", include("studiomode.digest.urls")),
    path("", include("studiomode.beats.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
]

handler400, handler403 = roof.unreadable, roof.forbidden
handler404, handler500 = roof.unknown, roof.broken
