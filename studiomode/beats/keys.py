"""Keys: how a producer, a beat, a genre and an artist are called in an address."""

from __future__ import annotations

import re
from typing import Any

from django.core.validators import MaxLengthValidator, RegexValidator
from django.db import models

LONGEST_KEY = 150

ALLOWED = (
    f"1 to {LONGEST_KEY} letters A-Z and a-z, digits, full stops, hyphens and underscores, "
    "not ending in .png or .svg"
)

# A card's address ends in .png or .svg behind the key, and browsers fold "." and ".." away. The
# length is in it for SQLite, which has none of its own; (?!\n) for Python, whose $ lets one follow.
KEY = (
    r"^(?!\.{1,2}$)(?!.*\.(?:png|svg)$)"
    rf"[A-Za-z0-9._-]{{1,{LONGEST_KEY}}}$(?!\n)"
)
validate_key = RegexValidator(KEY, f"Allowed: {ALLOWED}.")
USERNAME_VALIDATORS = [validate_key, MaxLengthValidator(LONGEST_KEY)]


def is_key(text: str) -> bool:
    return re.match(KEY, text) is not None


def key_field(**options: Any) -> models.CharField:
    return models.CharField(
        max_length=LONGEST_KEY, unique=True, validators=[validate_key], help_text=ALLOWED, **options
    )


def key_constraint(field: str) -> models.CheckConstraint:
    """The same rule in the database, for whatever writes past the forms."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__regex": KEY}), name=f"%(class)s_{field}_is_a_key"
    )
