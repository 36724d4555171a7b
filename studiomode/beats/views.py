"""The ♡ and follows as plain forms, the artist's vault and devices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from django.views.generic import ListView

from . import limits
from .accounts import signed_in
from .addresses import way_back
from .models import Beat, Producer, Refused, Subject
from .querysets import SavedBeatQuerySet


@login_required
def save(request: HttpRequest, slug: str) -> HttpResponse:
    beat = get_object_or_404(Beat.objects.published(timezone.now()), slug=slug)
    return act(request, signed_in(request).save_beat, beat)


@login_required
def unsave(request: HttpRequest, slug: str) -> HttpResponse:
    beat = get_object_or_404(Beat, slug=slug)
    return act(request, signed_in(request).unsave_beat, beat)


@login_required
def follow(request: HttpRequest, handle: str) -> HttpResponse:
    producer = get_object_or_404(Producer, handle=handle)
    return act(request, signed_in(request).follow, producer)


@login_required
def unfollow(request: HttpRequest, handle: str) -> HttpResponse:
    producer = get_object_or_404(Producer, handle=handle)
    return act(request, signed_in(request).unfollow, producer)


def act(request: HttpRequest, verb: Callable[[Any], None], subject: Subject) -> HttpResponse:
    """Do it on POST, and go back. A GET, as after signing in on the way, only leads to the page."""
    try:
        if request.method == "POST":
            limits.spend(limits.SAVES, request.user.pk)
            verb(subject)
    except Refused as reason:
        messages.error(request, str(reason))
    return HttpResponseRedirect(way_back(request, subject.get_absolute_url()))


@login_required
@never_cache
def devices(request: HttpRequest) -> HttpResponse:
    """Where the artist is signed in by token."""
    found = signed_in(request).devices.signed_in(timezone.now()).latest_first()
    return render(request, "beats/devices.html", {"devices": found})


@login_required
@require_POST
def sign_out_device(request: HttpRequest, device: UUID) -> HttpResponse:
    get_object_or_404(signed_in(request).devices, uuid=device).delete()
    messages.success(request, "It is signed out.")
    return redirect("devices")


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
