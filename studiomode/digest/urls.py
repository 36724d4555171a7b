from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [
    path("notices/", views.Notices.as_view(), name="notices"),
    path("livez", views.livez, name="livez"),
    path("readyz", views.readyz, name="readyz"),
    path("healthz", views.healthz, name="healthz"),
]
