"""Every page in a real browser: it fits, asks nothing of the outside and has no complaint."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from history.archives import ARCHIVES
from history.snapshots import take
from leaderboards.lenses import LENSES
from studiomode.beats.models import Artist
from studiomode.beats.windows import last_snapshot_day

pytestmark = pytest.mark.xdist_group("browser")

LONG = "Wolkenkuckucksheimbewohnerinnen" * 5
NAMES = {"dj-a": LONG, "dj-b": "סטודיו 夜の音 🎧 <b>", "dj-c": "A"}
PATHS = [
    "/",
    "/weekly-recap/",
    *(f"/boards/{lens}/" for lens in LENSES),
    *(f"/history/{archive}/" for archive in ARCHIVES),
    "/producers/dj-a/",
    "/beats/beat-of-dj-a/",
    "/genres/house/",
    "/accounts/login/",
    "/accounts/signup/",
    "/api/v1/docs/",
]


@pytest.fixture
def week(make_beat, make_saves, transactional_db):
    """Three producers with names that strain a layout, saved this week and the week before."""
    now = timezone.now()
    for place, (handle, name) in enumerate(NAMES.items(), start=1):
        beat = make_beat(f"beat-of-{handle}", handle, title=name, published_at=now - timedelta(30))
        beat.producer.name = name
        beat.producer.save()
        make_saves(beat, place)
        make_saves(beat, 4 - place)
        recent, before = list(beat.saves.all())[:place], list(beat.saves.all())[place:]
        beat.saves.filter(pk__in=[save.pk for save in recent]).update(
            created_at=now - timedelta(days=2)
        )
        beat.saves.filter(pk__in=[save.pk for save in before]).update(
            created_at=now - timedelta(days=9)
        )
    for archive in ARCHIVES.values():
        take(archive, last_snapshot_day(now))


@pytest.mark.parametrize("width", [360, 390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_and_keeps_to_itself(open_page, week, width, scheme):
    page = open_page(width, color_scheme=scheme)
    for path in PATHS:
        answer = page.goto(path)
        assert answer.status == 200, path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.locator("h1").count() == 1, path
    assert page.complaints == []


def test_empty_pages_say_what_would_fill_them(open_page, transactional_db):
    page = open_page(390)
    for path in ("/", "/weekly-recap/", "/boards/movers/", "/history/beats/"):
        assert page.goto(path).status == 200
        assert page.locator("main a").count() > 0, path
    assert page.complaints == []


def test_an_artist_joins_saves_and_takes_back_without_javascript(open_page, week):
    page = open_page(390, java_script_enabled=False)
    page.goto("/accounts/signup/")
    page.fill("input[name=username]", "nova")
    page.fill("input[name=email]", "nova@example.com")
    page.fill("input[name=password1]", "three quiet drum machines")
    page.click("main button[type=submit]")
    nova = Artist.objects.get(username="nova")

    page.goto("/beats/beat-of-dj-c/")
    page.click("form[action='/beats/beat-of-dj-c/save/'] button")
    assert [save.beat.slug for save in nova.saves.all()] == ["beat-of-dj-c"]
    assert page.goto("/vault/").status == 200
    assert page.locator("main").get_by_text("A", exact=True).count() >= 1

    page.goto("/beats/beat-of-dj-c/")
    page.click("form[action='/beats/beat-of-dj-c/unsave/'] button")
    assert not nova.saves.exists()

    page.goto("/producers/dj-c/")
    page.click("form[action='/producers/dj-c/follow/'] button")
    assert nova.follows.get().producer.handle == "dj-c"

    nova.sign_in_on(LONG, timezone.now())
    page.goto("/devices/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.click("main form button")
    assert not nova.devices.exists()


def test_the_share_tags_name_the_card_by_an_absolute_address(open_page, week, live_server):
    page = open_page()
    page.goto("/weekly-recap/")
    for tag in ("meta[property='og:image']", "meta[name='twitter:image']"):
        address = page.locator(tag).get_attribute("content")
        assert address == f"{live_server.url}/cards/weekly-recap.png"
    assert page.goto("/cards/weekly-recap.svg").status == 200
