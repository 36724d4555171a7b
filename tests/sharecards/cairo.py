"""The cairo that the cards are drawn with; without it their tests are skipped, except in CI."""

from __future__ import annotations

import os

import pytest

try:
    import cairocffi as cairocffi
    import cairosvg as cairosvg
except OSError:
    if os.environ.get("CI"):
        raise
    pytest.skip(
        "libcairo2 is not installed; `make setup` says what to type", allow_module_level=True
    )
