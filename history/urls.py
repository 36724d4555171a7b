from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [
    path("history/<key:archive>/", views.archive_page, name="archive"),
    path("producers/<key:handle>/", views.producer, name="producer"),
]
