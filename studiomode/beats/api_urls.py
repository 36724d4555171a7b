from __future__ import annotations

from django.urls import path

from . import api

urlpatterns = [
    path("beats/", api.Beats.as_view(), name="api-beats"),
    path("beats/<key:slug>/", api.BeatDetail.as_view(), name="api-beat"),
    path("producers/<key:handle>/follow/", api.FollowProducer.as_view(), name="api-follow"),
    path("me/vault/", api.MyVault.as_view(), name="api-vault"),
]
