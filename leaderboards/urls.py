from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [
    path("", views.home, name="home"),
    path("weekly-recap/", views.weekly_recap, name="weekly-recap"),
    path("weekly-recap/<key:week>/", views.weekly_recap, name="week"),
    path("boards/<key:lens>/", views.board_page, name="board"),
    path("beats/<key:slug>/", views.beat, name="beat"),
    path("genres/<key:slug>/", views.genre, name="genre"),
]
