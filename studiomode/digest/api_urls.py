from __future__ import annotations

from django.urls import path

from . import api

urlpatterns = [path("me/notices/", api.MyNotices.as_view(), name="api-notices")]
