"""The ♡ and follows as plain forms, and the artist's vault."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST
from django.views.generic import ListView

from .accounts import signed_in
from .addresses import way_back
from .models import Beat, Producer, Refused
from .querysets import SavedBeatQuerySet


@require_POST
@login_required
def save(request: HttpRequest, slug: str) -> HttpResponse:
    beat = get_object_or_404(Beat.objects.published(timezone.now()), slug=slug)
    try:
        signed_in(request).save_beat(beat)
    except Refused as reason:
        messages.error(request, str(reason))
    return redirect(way_back(request, beat.get_absolute_url()))


@require_POST
@login_required
def unsave(request: HttpRequest, slug: str) -> HttpResponse:
    beat = get_object_or_404(Beat, slug=slug)
    signed_in(request).unsave_beat(beat)
    return redirect(way_back(request, beat.get_absolute_url()))


@require_POST
@login_required
def follow(request: HttpRequest, handle: str) -> HttpResponse:
    producer = get_object_or_404(Producer, handle=handle)
    signed_in(request).follow(producer)
    return redirect(way_back(request, producer.get_absolute_url()))


@require_POST
@login_required
def unfollow(request: HttpRequest, handle: str) -> HttpResponse:
    producer = get_object_or_404(Producer, handle=handle)
    signed_in(request).unfollow(producer)
    return redirect(way_back(request, producer.get_absolute_url()))


class Vault(LoginRequiredMixin, ListView):
    """What the artist has saved, latest first."""

    template_name = "beats/vault.html"
    context_object_name = "saves"
    paginate_by = 48

    def get_queryset(self) -> SavedBeatQuerySet:
        return signed_in(self.request).saves.with_beats().latest_first()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        follows = signed_in(self.request).follows.with_producers()
        return super().get_context_data(follows=follows, **kwargs)
