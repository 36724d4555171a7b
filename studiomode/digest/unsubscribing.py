"""Links that let an artist go without signing in: signed, for one artist and channel, for good."""

from __future__ import annotations

from django.core.signing import BadSignature, Signer
from django.http import Http404
from django.urls import reverse

from .outbox import Delivery

SIGNER = Signer(salt="unsubscribe")


def unsubscribe_path(delivery: Delivery) -> str:
    token = SIGNER.sign_object([delivery.artist_id, delivery.channel])
    return reverse("unsubscribe", args=[token])


def read_token(token: str) -> tuple[int, str]:
    """Artist and channel. Raises Http404 on what we have not signed."""
    try:
        artist, channel = SIGNER.unsign_object(token)
    except (BadSignature, ValueError) as error:
        raise Http404("There is no such link.") from error
    return artist, channel
