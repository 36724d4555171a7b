from __future__ import annotations

from django.urls import path

from . import preferences, views

urlpatterns = [
    path("notices/", views.Notices.as_view(), name="notices"),
    path("preferences/", preferences.preferences, name="preferences"),
    path("preferences/push/", preferences.push_subscription, name="push-subscription"),
    path("push-worker.js", preferences.push_worker, name="push-worker"),
    path("unsubscribe/<str:token>/", preferences.unsubscribe, name="unsubscribe"),
    path("livez", views.livez, name="livez"),
    path("readyz", views.readyz, name="readyz"),
    path("healthz", views.healthz, name="healthz"),
    path("metrics", views.metrics, name="metrics"),
]
