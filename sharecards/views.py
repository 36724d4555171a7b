"""Cards as pictures: `.svg` as it is drawn, `.png` by CairoSVG. Nothing is stored but in caches."""

from __future__ import annotations

from hashlib import sha256

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response

from leaderboards.questions import question
from studiomode.beats.caching import kept
from studiomode.beats.derived import once
from studiomode.beats.pictures import ALONE

from .cards import CARDS, Card
from .drawing import CannotDraw, png

KEPT = 3600  # seconds; how long a drawn picture is remembered by its content


def card(request: HttpRequest, card: str, kind: str, **handle: str) -> HttpResponse:
    found = find_card(card, has_handle=bool(handle))
    asked = question(request.GET)
    svg = found.svg(asked, **handle)
    digest = sha256(svg.encode()).hexdigest()
    etag = f'"{digest[:32]}-{kind}"'
    # Asked before it is drawn: who has the picture already costs no drawing.
    response = get_conditional_response(request, etag=etag) or picture(svg, kind, digest)
    return with_headers(response, etag, closed=asked.is_closed)


def find_card(name: str, *, has_handle: bool) -> Card:
    if name not in CARDS or CARDS[name].has_handle != has_handle:
        names = (f"{name}/<handle>" if card.has_handle else name for name, card in CARDS.items())
        raise Http404(f"There is no such card. There are: {', '.join(names)}.")
    return CARDS[name]


def picture(svg: str, kind: str, digest: str) -> HttpResponse:
    if kind == "svg":
        return HttpResponse(svg, content_type="image/svg+xml")
    try:
        drawn = once(f"card:{digest}", lambda: png(svg), KEPT)
    except CannotDraw as reason:
        return HttpResponse(f"{reason}\n", status=503, content_type="text/plain; charset=utf-8")
    return HttpResponse(drawn, content_type="image/png")


def with_headers(response: HttpResponse, etag: str, *, closed: bool) -> HttpResponse:
    if response.status_code == 503:
        return response
    response["ETag"] = etag
    response["Content-Security-Policy"] = ALONE
    return kept(response, closed=closed)
