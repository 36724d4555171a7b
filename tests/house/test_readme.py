"""README names everything there is; what it does not name, nobody finds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands
from django.urls import URLPattern, URLResolver, get_resolver

from history.archives import ARCHIVES
from leaderboards.lenses import LENSES
from sharecards.cards import CARDS
from studiomode.digest.chores import DAILY

ROOT = Path(settings.BASE_DIR)
README = (ROOT / "README.md").read_text()
FLOORS = ("studiomode", "leaderboards", "history", "sharecards")


def environment() -> set[str]:
    source = (ROOT / "studiomode/settings.py").read_text()
    return set(re.findall(r'read\w*\("([A-Z_]+)"', source))


def commands() -> set[str]:
    return {name for name, app in get_commands().items() if app.startswith(FLOORS)}


def addresses() -> set[str]:
    """Every address of ours in README's notation: `/boards/<lens>/`, `GET boards/<lens>/`.

    The admin is one of them, whatever it has within.
    """
    return {
        re.sub(r"<\w+:(\w+)>", r"<\1>", prefix + str(pattern.pattern))
        for prefix, pattern in walk(get_resolver().url_patterns)
        if pattern.name and is_ours(pattern) and not prefix.startswith("/admin/")
    }


def walk(patterns: list, prefix: str = "/") -> list[tuple[str, URLPattern]]:
    found = []
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            found += walk(pattern.url_patterns, prefix + str(pattern.pattern))
        else:
            found.append((prefix, pattern))
    return found


def is_ours(pattern: URLPattern) -> bool:
    view = getattr(pattern.callback, "view_class", None) or getattr(
        pattern.callback, "cls", pattern.callback
    )
    return view.__module__.startswith(FLOORS)


FORMS = re.compile(
    r"/(save|unsave|follow|unfollow|sign-out)/$"
)  # what buttons post to, not addresses


@pytest.mark.parametrize("name", sorted(environment()))
def test_every_setting(name):
    assert f"`{name}`" in README


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command(name):
    assert f"manage.py {name}" in README


@pytest.mark.parametrize("name", [*LENSES, *ARCHIVES, *CARDS])
def test_every_lens_archive_and_card(name):
    assert re.search(rf"`{name}[`/]", README)


@pytest.mark.parametrize("chore", DAILY, ids=lambda chore: chore.name)
def test_every_chore(chore):
    assert f"`{chore.name.removeprefix('snapshot ')}`" in README


@pytest.mark.parametrize("address", sorted(addresses()))
def test_every_address(address):
    if address.startswith("/api/v1/"):
        short = address.removeprefix("/api/v1/")
        assert re.search(rf"[ `/]{re.escape(short)}[`?]", README)
    elif not FORMS.search(address):
        assert address.replace("<card>/<handle>.<kind>", "<card>.png").replace(
            ".<kind>", ".png"
        ) in README.replace("`", "")


def test_make_targets_are_real():
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"make ([a-z]+)", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
