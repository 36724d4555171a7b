from __future__ import annotations

from django.urls import path

from . import accounts_api, api

urlpatterns = [
    path("accounts/", accounts_api.SignUp.as_view(), name="api-sign-up"),
    path("accounts/verify/", accounts_api.Verify.as_view(), name="api-verify"),
    path("accounts/verify/resend/", accounts_api.Resend.as_view(), name="api-resend"),
    path("accounts/reset/", accounts_api.Reset.as_view(), name="api-reset"),
    path("accounts/reset/confirm/", accounts_api.ConfirmReset.as_view(), name="api-reset-confirm"),
    path("tokens/", accounts_api.Tokens.as_view(), name="api-tokens"),
    path("tokens/current/", accounts_api.CurrentToken.as_view(), name="api-current-token"),
    path("tokens/<uuid:device>/", accounts_api.Token.as_view(), name="api-token"),
    path("me/", accounts_api.Me.as_view(), name="api-me"),
    path("beats/", api.Beats.as_view(), name="api-beats"),
    path("beats/<key:slug>/", api.BeatDetail.as_view(), name="api-beat"),
    path("producers/<key:handle>/follow/", api.FollowProducer.as_view(), name="api-follow"),
    path("me/vault/", api.MyVault.as_view(), name="api-vault"),
]
