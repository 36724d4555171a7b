"""What an artist is told, and by which ways: chosen when signed in, or left by a signed link."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from py_vapid import Vapid

from studiomode.beats.accounts import signed_in
from studiomode.beats.inputs import BadInput
from studiomode.beats.models import Artist

from .channels import CHANNELS, Channel
from .outbox import Declined, PushSubscription
from .unsubscribing import read_token

VERBS = ["GET", "HEAD", "POST"]


@login_required
@never_cache
@require_http_methods(VERBS)
def preferences(request: HttpRequest) -> HttpResponse:
    """Channels and followed producers, each with a tick for «tell me»."""
    artist = signed_in(request)
    if request.method == "POST":
        choose_channels(artist, set(request.POST.getlist("channel")))
        choose_producers(artist, set(request.POST.getlist("producer")))
        messages.success(request, "Your choice is kept.")
        return redirect("preferences")
    return render(request, "digest/preferences.html", shown(artist))


def shown(artist: Artist) -> dict[str, object]:
    declined = set(artist.declined.values_list("channel", flat=True))
    reached = Artist.objects.filter(pk=artist.pk)
    channels = [
        {
            "name": name,
            "label": kind.label,
            "is_wanted": name not in declined,
            "is_reachable": kind().reaches(reached).exists(),
        }
        for name, kind in offered().items()
    ]
    follows = artist.follows.with_producers()
    return {"channels": channels, "follows": follows, "push_key": push_key()}


def offered() -> dict[str, type[Channel]]:
    return {name: kind for name, kind in CHANNELS.items() if kind.is_set_up()}


def choose_channels(artist: Artist, wanted: set[str]) -> None:
    artist.declined.filter(channel__in=wanted).delete()
    for name in set(offered()) - wanted:
        decline(artist, name)


def choose_producers(artist: Artist, heard: set[str]) -> None:
    artist.follows.filter(producer__handle__in=heard).update(is_muted=False)
    artist.follows.exclude(producer__handle__in=heard).update(is_muted=True)


def decline(artist: Artist, channel: str) -> None:
    Declined.objects.bulk_create([Declined(artist=artist, channel=channel)], ignore_conflicts=True)


@csrf_exempt  # mail programs post here for their readers, RFC 8058; the link itself is signed
@never_cache
@require_http_methods(VERBS)
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows what would be done, since scanners of mails open every link; POST does it."""
    pk, channel = read_token(token)
    artist, is_done = Artist.objects.filter(pk=pk).first(), request.method == "POST"
    if artist and is_done:
        decline(artist, channel)
    # Who has left gets no more either: the page is the same.
    words = {"artist": artist, "label": CHANNELS[channel].label, "is_done": is_done}
    return render(request, "digest/unsubscribe.html", words)


class SubscriptionForm(forms.ModelForm):
    """What a browser's `PushSubscription.toJSON()` says, of a push service that we know."""

    endpoint = forms.URLField(max_length=500, assume_scheme="https")

    class Meta:
        model = PushSubscription
        fields = ("endpoint", "p256dh", "auth")

    def clean_endpoint(self) -> str:
        endpoint = str(self.cleaned_data["endpoint"])
        parts = urlsplit(endpoint)
        if parts.scheme != "https" or not is_push_host(parts.hostname or ""):
            raise forms.ValidationError("It is not of a push service that StudioMode knows.")
        return endpoint

    def clean_p256dh(self) -> str:
        return long_enough(self.cleaned_data["p256dh"], 65)

    def clean_auth(self) -> str:
        return long_enough(self.cleaned_data["auth"], 16)


def is_push_host(host: str) -> bool:
    return any(host == known or host.endswith(f".{known}") for known in settings.PUSH_HOSTS)


def long_enough(text: str, length: int) -> str:
    """`text`, if it is so many bytes in URL-safe base64."""
    try:
        if len(urlsafe_b64decode(text + "=" * (-len(text) % 4))) == length:
            return text
    except ValueError:
        pass
    raise forms.ValidationError(f"It is not {length} bytes in URL-safe base64.")


@login_required
@never_cache
@require_http_methods(["PUT", "DELETE"])
def push_subscription(request: HttpRequest) -> HttpResponse:
    """This browser wants to be told by push, or does not any more; either as often as one likes."""
    artist, told = signed_in(request), read_subscription(request)
    if request.method == "DELETE":
        artist.push_subscriptions.filter(endpoint=told.get("endpoint", "")).delete()
        return HttpResponse(status=204)
    known = PushSubscription.objects.filter(endpoint=told.get("endpoint", "")).first()
    form = SubscriptionForm(told, instance=known or PushSubscription())
    form.instance.artist = artist  # who is signed in now is who reads what is pushed
    if not form.is_valid():
        return JsonResponse({"detail": form.errors}, status=400)
    form.save()
    return HttpResponse(status=204)


def read_subscription(request: HttpRequest) -> dict[str, str]:
    try:
        told = json.loads(request.body)
        return {"endpoint": str(told["endpoint"])} | {k: str(v) for k, v in told["keys"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadInput("A subscription as the browser's toJSON() gives it is allowed.") from error


@cache_control(max_age=3600)
def push_worker(request: HttpRequest) -> HttpResponse:
    """At the root, since a worker is in charge of what lies below its address."""
    return render(request, "digest/push-worker.js", content_type="text/javascript")


def push_key() -> str:
    """Our public key, as a browser wants it; empty where nothing is pushed."""
    if not settings.VAPID_PRIVATE_KEY:
        return ""
    public = Vapid.from_string(settings.VAPID_PRIVATE_KEY).public_key
    raw = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
