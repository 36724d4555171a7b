"""SECURITY.md names tests; each of them there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PAPER = (ROOT / "docs/SECURITY.md").read_text()
TESTS = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(test_\w+)`", PAPER))))
def test_every_test_that_is_named(name: str) -> None:
    assert f"def {name}(" in TESTS
