from __future__ import annotations

from django.urls import path

from . import api, faces, hearts

urlpatterns = [
    path("boards/", api.Boards.as_view(), name="api-boards"),
    path("boards/recompute/", api.Recompute.as_view(), name="api-recompute"),
    path("boards/<key:lens>/", api.BoardDetail.as_view(), name="api-board"),
    path("boards/<key:lens>.csv", faces.BoardSpreadsheet.as_view(), name="api-board-csv"),
    path("boards/<key:lens>.atom", faces.BoardFeed.as_view(), name="api-board-atom"),
    path("boards/<key:lens>/<key:key>/", api.PlaceDetail.as_view(), name="api-place"),
    path("beats/<key:slug>/save/", hearts.Save.as_view(), name="api-save"),
    path("boards/<key:lens>/<key:key>/badge.svg", faces.PlacePicture.as_view(), name="api-badge"),
    path(
        "boards/<key:lens>/<key:key>/badge.json", faces.PlaceWords.as_view(), name="api-badge-json"
    ),
    path("recap/", api.Recap.as_view(), name="api-recap"),
]
