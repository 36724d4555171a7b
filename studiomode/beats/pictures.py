"""Pictures made of words that others chose."""

from __future__ import annotations

from django.http import HttpResponse

# A picture opened by itself is a document: it may load nothing and run nothing.
ALONE = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def svg_answer(svg: str) -> HttpResponse:
    headers = {"Content-Security-Policy": ALONE}
    return HttpResponse(svg, content_type="image/svg+xml", headers=headers)
