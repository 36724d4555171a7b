from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [
    path("beats/<key:slug>/save/", views.save, name="save"),
    path("beats/<key:slug>/unsave/", views.unsave, name="unsave"),
    path("producers/<key:handle>/follow/", views.follow, name="follow"),
    path("producers/<key:handle>/unfollow/", views.unfollow, name="unfollow"),
    path("devices/", views.devices, name="devices"),
    path("devices/<uuid:device>/sign-out/", views.sign_out_device, name="sign-out-device"),
    path("vault/", views.Vault.as_view(), name="vault"),
]
