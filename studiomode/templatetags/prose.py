"""The little Markdown of the OpenAPI document, in HTML."""

from __future__ import annotations

import re

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.filter
def prose(text: str) -> SafeString:
    """`text` with its `code` and **strong** words."""
    escaped = conditional_escape(text)
    strong = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", escaped)
    return mark_safe(re.sub(r"`(.+?)`", r"<code>\1</code>", strong))  # noqa: S308  escaped above


@register.filter
def paragraphs(text: str) -> list[str]:
    return [part for part in text.split("\n\n") if part.strip()]
