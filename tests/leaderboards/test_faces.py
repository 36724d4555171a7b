"""A board as CSV, as a feed and as a badge: the answer of the JSON, valid whatever the names."""

from __future__ import annotations

import csv
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from io import StringIO

import pytest
import time_machine
from django.core.cache import caches
from django.test import Client
from django.utils.feedgenerator import rfc3339_date
from rest_framework.test import APIClient

from leaderboards import feeds
from leaderboards.lenses import LENSES
from studiomode.beats.models import Artist, Beat, Producer

from .test_hostile import INSTANTS, LIMITS, OFFSETS, WINDOWS, refused

AT = "2026-05-06T14:00:00Z"
SITE = "https://studiomode.example"
NOW = datetime(2026, 5, 6, 14, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}"
ATOM = "{http://www.w3.org/2005/Atom}"
KEYS = {"producers": "dj-a", "beats": "a", "genres": "house"}
HOSTILE = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", "\r=1+1", "  =1+1", "＝1+1", "\u200b=1+1",
    '=HYPERLINK("http://x","y")', "=cmd|' /C calc'!A0", 'a";=1+1', "a,b", 'a"b', "a\nb", "a\r\nb",
    "a\x01b", "\x1b[31mred", "a\x7f\x85b", "\u202eDROWSSAP", "\u2066\u2067a",
    "zero\u200b\ufeffwidth",
    "]]>", "<![CDATA[x", "{{7*7}}", "{% now 'Y' %}", "<script>alert(1)</script>", "</title></svg>",
    '"><img src=x onerror=alert(1)>', "&amp;", "&#0;", "a\ufffeb\uffff", "a" + "\u0301" * 199,
    "سلام", "שלום", "名前", "👩‍👩‍👧", "می‌خواهم", " ", "\u2028", "W" * 200,
]  # fmt: skip


@pytest.fixture
def ledger(make_beat: Callable, make_saves: Callable) -> None:
    """Before: a 2, b 1, c 1. Now: b 3, a 2, d 2, c 0."""
    for slug, before, now in (("a", 2, 2), ("b", 1, 3), ("c", 1, 0), ("d", 0, 2)):
        beat = make_beat(slug, producer=slug, genre=slug)
        make_saves(beat, before, days_ago=9)
        make_saves(beat, now, days_ago=1)


@pytest.fixture
def renamed(make_beat: Callable, make_saves: Callable) -> Callable[[str], Beat]:
    """A beat, its producer and its genre that are called so, saved last week and on AT's."""
    beat = make_beat("a")
    make_saves(beat, 2, days_ago=4)  # a Saturday: of the week before as well as the last 7 days

    def rename(name: str) -> Beat:
        beat.title = beat.producer.name = beat.genre.name = name
        for each in (beat, beat.producer, beat.genre):
            each.save()
        return beat

    return rename


def each_name(renamed: Callable) -> Iterator[str]:
    """Three boards, for each hostile name that their first entry may bear."""
    for name in HOSTILE:
        renamed(name)
        yield from KEYS


def lines(api: APIClient, address: str, **params: object) -> list[dict[str, str]]:
    answer = api.get(f"/api/v1/{address}", params)
    assert answer.status_code == 200, answer.content
    return read(answer.content)


def read(body: bytes) -> list[dict[str, str]]:
    text = body.decode("utf-8")
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    reader = csv.DictReader(StringIO(text, newline=""), strict=True)
    found = list(reader)
    assert all(None not in line and None not in line.values() for line in found)
    return found


# --- CSV ---


@pytest.mark.parametrize("lens", LENSES)
def test_the_spreadsheet_says_what_the_json_says(lens: str, api: APIClient, ledger: None) -> None:
    board = api.get(f"/api/v1/boards/{lens}/", {"at": AT}).json()["results"]
    assert board
    assert lines(api, f"boards/{lens}.csv", at=AT) == [
        {name: as_text(value) for name, value in entry.items()} for entry in board
    ]


def as_text(value: object) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def test_the_fields_are_those_of_the_json_in_their_order(api: APIClient, ledger: None) -> None:
    entry = api.get("/api/v1/boards/beats/", {"at": AT}).json()["results"][0]
    first = api.get("/api/v1/boards/beats.csv", {"at": AT}).content.decode().partition("\r\n")[0]
    assert first == ",".join(f'"{name}"' for name in entry)


def test_a_spreadsheet_is_a_file_with_a_name(api: APIClient, ledger: None) -> None:
    answer = api.get("/api/v1/boards/producers.csv", {"at": AT})
    assert answer["Content-Type"] == "text/csv; charset=utf-8; header=present"
    name = "studiomode-producers-2026-04-29-to-2026-05-06.csv"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'


def test_an_empty_board_has_its_line_of_names(api: APIClient, db: None) -> None:
    assert lines(api, "boards/movers.csv", at=AT) == []


def test_a_page_of_a_spreadsheet_links_its_neighbours(api: APIClient, ledger: None) -> None:
    answer = api.get("/api/v1/boards/beats.csv", {"at": AT, "limit": 1, "offset": 1})
    links = {
        relation: url.strip("<> ")
        for url, relation in (link.split(";") for link in answer["Link"].split(","))
    }
    assert list(links) == [' rel="next"', ' rel="prev"']
    assert links[' rel="next"'].startswith(f"{SITE}/api/v1/boards/beats.csv?")
    [third] = read(api.get(links[' rel="next"']).content)
    [first] = read(api.get(links[' rel="prev"']).content)
    assert (first["key"], third["key"]) == ("b", "d")
    assert "Link" not in api.get("/api/v1/boards/beats.csv", {"at": AT})


def test_no_name_is_a_formula_or_breaks_a_line(api: APIClient, renamed: Callable) -> None:
    for lens in each_name(renamed):
        body = api.get(f"/api/v1/boards/{lens}.csv", {"at": AT}).content
        [line] = read(body)
        assert not line["name"].startswith(("=", "+", "-", "@", "\t", "\r", "＝")), line
        assert all(char.isprintable() or char in "\u200c\u200d" for char in line["name"])
        assert line["name"]
        assert line["key"] in ("a", "dj-a", "house")
        assert body.count(b"\r\n") == 2


@pytest.mark.parametrize(
    "name", ["سلام", "名前", "👩‍👩‍👧", "می‌خواهم", 'a"b', "a,b", "7 days", "a-b=c"]
)
def test_a_harmless_name_stays_as_it_is(name: str, api: APIClient, renamed: Callable) -> None:
    renamed(name)
    assert lines(api, "boards/beats.csv", at=AT)[0]["name"] == name


def test_a_spreadsheet_is_narrowed_as_the_json_is(
    api: APIClient, api_of_artist: APIClient, artist: Artist, ledger: None
) -> None:
    artist.follow(Producer.objects.get(handle="d"))
    assert [line["key"] for line in lines(api, "boards/beats.csv", at=AT, genre="a")] == ["a"]
    found = lines(api_of_artist, "boards/producers.csv", at=AT, following=1)
    assert [(line["key"], line["rank"]) for line in found] == [("d", "1")]
    picked = lines(api, "boards/producers.csv", at=AT, keys="c,b")
    assert [(line["key"], line["rank"]) for line in picked] == [("c", ""), ("b", "1")]
    assert api.get("/api/v1/boards/producers.csv", {"following": 1}).status_code == 401


# --- Atom ---


class Tags(HTMLParser):
    """The tags and the text of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def feed(client: Client, lens: str, now: datetime = NOW) -> ET.Element:
    with time_machine.travel(now, tick=False):
        answer = client.get(f"/api/v1/boards/{lens}.atom")
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    return valid_feed(ET.fromstring(answer.content.decode()))  # noqa: S314  our own


def valid_feed(root: ET.Element) -> ET.Element:
    """What RFC 4287 asks of a feed and its entries."""
    assert root.tag == f"{ATOM}feed"
    assert root.findtext(f"{ATOM}author/{ATOM}name")
    for each in (root, *root.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            [element] = each.findall(f"{ATOM}{name}")
            assert element.text, name
        assert datetime.fromisoformat(each.findtext(f"{ATOM}updated", "")).tzinfo
        assert each.findtext(f"{ATOM}id", "").startswith("tag:studiomode.example,2026:boards/")
        for link in each.findall(f"{ATOM}link"):
            assert link.get("href", "").startswith(f"{SITE}/")
    ids = [entry.findtext(f"{ATOM}id") for entry in root.findall(f"{ATOM}entry")]
    assert len(ids) == len(set(ids)) == feeds.WEEKS
    return root


def titles(root: ET.Element) -> list[str]:
    return [entry.findtext(f"{ATOM}title", "") for entry in root.findall(f"{ATOM}entry")]


def test_a_feed_tells_of_the_last_eight_weeks(client: Client, renamed: Callable) -> None:
    renamed("DJ A")
    root = feed(client, "producers")
    assert titles(root)[:2] == [
        "Week 18 of 2026: DJ A leads with 2 saves",
        "Week 17 of 2026: no saves",
    ]
    assert titles(root)[-1].startswith("Week 11 of 2026")
    entry = root.find(f"{ATOM}entry")
    assert entry is not None
    assert entry.findtext(f"{ATOM}id") == "tag:studiomode.example,2026:boards/producers/2026-W18"
    assert entry.find(f"{ATOM}link").get("href") == f"{SITE}/weekly-recap/2026-W18/#producers"
    assert entry.findtext(f"{ATOM}updated") == rfc3339_date(datetime(2026, 5, 4, tzinfo=UTC))
    content = Tags(entry.findtext(f"{ATOM}content", ""))
    assert content.tags == ["p", "ol", "li", "a", "bdi", "p", "a"]
    assert "DJ A" in content.texts
    assert ", 2 saves" in content.texts


def test_the_feed_of_movers_tells_who_climbed(
    client: Client, make_beat: Callable, make_saves: Callable
) -> None:
    """Week 17: a 3, b 1. Week 18: b 2, a 1."""
    for key, before, after in (("a", 3, 1), ("b", 1, 2)):
        beat = make_beat(key, producer=key)
        make_saves(beat, before, days_ago=10)
        make_saves(beat, after, days_ago=4)
    told = titles(feed(client, "movers"))
    assert told[0] == "Week 18 of 2026: b climbs 1 place"
    assert told[1] == "Week 17 of 2026: nobody climbed"


def test_a_feed_names_itself_and_its_page(client: Client, db: None) -> None:
    links = {
        link.get("rel"): link.get("href") for link in feed(client, "beats").findall(f"{ATOM}link")
    }
    assert links == {
        "self": f"{SITE}/api/v1/boards/beats.atom",
        "alternate": f"{SITE}/boards/beats/",
    }
    page = client.get("/boards/beats/").content.decode()
    assert 'rel="alternate" type="application/atom+xml"' in page
    assert 'href="/api/v1/boards/beats.atom"' in page


def test_at_most_ten_are_listed_with_their_ranks(
    client: Client, make_beat: Callable, make_saves: Callable
) -> None:
    for number in range(12):
        make_saves(make_beat(f"b{number}"), 2 if number < 2 else 1, days_ago=4)
    entry = feed(client, "beats").find(f"{ATOM}entry")
    content = entry.findtext(f"{ATOM}content", "")
    assert content.count("<li") == 10
    assert content.count('<li value="1">') == 2
    assert content.count('<li value="3">') == 8
    assert "14 saves in all" in content


def test_a_week_comes_once_it_is_settled(client: Client, renamed: Callable) -> None:
    renamed("DJ A")
    over = datetime(2026, 5, 4, tzinfo=UTC)
    assert titles(feed(client, "beats", over + timedelta(minutes=4)))[0].startswith("Week 17")
    assert titles(feed(client, "beats", over + timedelta(minutes=6)))[0].startswith("Week 18")


def test_an_unsave_is_followed_within_minutes(
    client: Client, renamed: Callable, django_assert_num_queries: Callable
) -> None:
    beat = renamed("DJ A")
    feed(client, "producers")
    with django_assert_num_queries(0):
        feed(client, "producers")
    beat.saves.first().delete()
    caches["derived"].clear()  # as time does
    assert "leads with 1 save" in titles(feed(client, "producers"))[0]


def test_no_name_breaks_a_feed(
    client: Client, renamed: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "WEEKS", 1)
    for lens in each_name(renamed):
        caches["derived"].clear()
        root = feed(client, lens)
        assert all(char.isprintable() or char in "\u200c\u200d" for char in titles(root)[0])
        content = Tags(root.findtext(f"{ATOM}entry/{ATOM}content", ""))
        assert content.tags == ["p", "ol", "li", "a", "bdi", "p", "a"]
        assert "leads with 2 saves" in titles(root)[0]


# --- badges ---


def svg(api: APIClient, address: str, **params: str) -> ET.Element:
    answer = api.get(f"/api/v1/boards/{address}/badge.svg", {"at": AT} | params)
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == "image/svg+xml"
    return ET.fromstring(answer.content.decode())  # noqa: S314  our own


def words(root: ET.Element) -> list[str | None]:
    return [text.text for text in root.iter(f"{SVG}text")]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("producers/a", ["Top producers", "#2 · last 7 days"]),
        ("producers/c", ["Top producers", "unranked · last 7 days"]),
        ("beats/b", ["Top beats", "#1 · last 7 days"]),
        ("genres/d", ["Top genres", "#2 · last 7 days"]),
        ("movers/b", ["Top movers", "up 1 · last 7 days"]),
        ("movers/a", ["Top movers", "unranked · last 7 days"]),
    ],
)
def test_a_badge_says_the_place(
    address: str, said: list[str], api: APIClient, ledger: None
) -> None:
    assert words(svg(api, address)) == said
    twin = api.get(f"/api/v1/boards/{address}/badge.json", {"at": AT}).json()
    assert twin == {
        "schemaVersion": 1,
        "label": said[0],
        "message": said[1],
        "color": "lightgrey" if "unranked" in said[1] else "ff7a3d",
        "isError": False,
    }


def test_a_badge_of_a_week_names_it(api: APIClient, ledger: None) -> None:
    assert words(svg(api, "beats/b", window="2026-W19"))[1] == "#1 · week 19 of 2026 so far"


def test_a_badge_is_said_to_who_does_not_see_it(api: APIClient, ledger: None) -> None:
    root = svg(api, "beats/b")
    title = root.find(f"{SVG}title")
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == title.get("id")
    assert title.text == "B · Top beats: #1 · last 7 days"


def test_a_badge_opened_by_itself_may_do_nothing(api: APIClient, ledger: None) -> None:
    answer = api.get("/api/v1/boards/beats/b/badge.svg")
    policy = answer["Content-Security-Policy"]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert answer["X-Content-Type-Options"] == "nosniff"
    outside = answer.content.replace(b"http://www.w3.org/2000/svg", b"")
    assert b"http" not in outside
    assert b"href" not in outside


def test_no_name_breaks_a_badge(api: APIClient, renamed: Callable) -> None:
    for lens in each_name(renamed):
        root = svg(api, f"{lens}/{KEYS[lens]}")
        title = root.findtext(f"{SVG}title", "")
        assert title.endswith(": #1 · last 7 days")
        assert all(char.isprintable() or char in "\u200c\u200d" for char in title)
        tags = {element.tag.removeprefix(SVG) for element in root.iter()}
        assert tags <= {
            "svg", "title", "defs", "linearGradient", "stop", "clipPath", "rect", "g", "path",
            "text",
        }  # fmt: skip


def test_a_beat_that_is_not_out_has_no_badge(api: APIClient, make_beat: Callable) -> None:
    make_beat("soon", published_at=datetime.now(UTC) + timedelta(days=1))
    for kind in ("svg", "json"):
        assert api.get(f"/api/v1/boards/beats/soon/badge.{kind}").status_code == 404


def test_the_producers_page_shows_how_to_embed_it(client: Client, ledger: None) -> None:
    page = client.get("/producers/a/").content.decode()
    badge = "/api/v1/boards/producers/a/badge.svg"
    assert f'<img src="{badge}"' in page
    assert f'&lt;img src="{SITE}{badge}"' in page


# --- all of them ---

FACES = [
    "boards/producers.csv",
    "boards/producers.atom",
    "boards/producers/a/badge.svg",
    "boards/producers/a/badge.json",
]


@pytest.mark.parametrize("face", FACES)
def test_a_face_is_kept_and_asked_for_again_like_the_board(
    face: str, client: Client, ledger: None
) -> None:
    first = client.get(f"/api/v1/{face}", {"at": AT})
    assert first["Cache-Control"] == "public, max-age=3600"
    again = client.get(f"/api/v1/{face}", {"at": AT}, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    if not face.endswith(".atom"):  # which tells of weeks that are over, whenever it is asked
        live = client.get(f"/api/v1/{face}")
        assert live["Cache-Control"] == "public, max-age=5, stale-while-revalidate=60"


@pytest.mark.parametrize("accept", ["text/html", "image/avif,image/webp", "x", "\0", "*/*;q=0"])
@pytest.mark.parametrize("face", FACES)
def test_what_is_accepted_has_no_say(face: str, accept: str, api: APIClient, ledger: None) -> None:
    assert api.get(f"/api/v1/{face}", headers={"Accept": accept}).status_code == 200


@pytest.mark.parametrize(
    ("name", "values"),
    [("limit", LIMITS), ("offset", OFFSETS), ("window", WINDOWS), ("at", INSTANTS)],
)
@pytest.mark.parametrize("face", [FACES[0], *FACES[2:]])
def test_faces_say_what_is_allowed(
    face: str, name: str, values: list[str], api: APIClient, ledger: None
) -> None:
    for value in values:
        refused(api, f"/api/v1/{face}?{name}={value}")


@pytest.mark.parametrize(
    "address",
    [
        "boards/nowhere.csv", "boards/nowhere.atom", "boards/.csv", "boards/producers.csv/",
        "boards/producers.csv%00", "boards/%00.csv", "boards/producers.xml", "boards/producers.CSV",
        "boards/nowhere/a/badge.svg", "boards/producers/nobody/badge.svg", "boards/__class__.csv",
        "boards/producers/nobody/badge.json", "boards/producers/a/badge.png",
        "boards/producers/a/badge.svg/", "boards/producers/%00/badge.svg",
        "boards/producers/%ED%A0%80/badge.svg", f"boards/producers/{'x' * 151}/badge.svg",
        "boards/producers.csv.csv", "boards/producers/a/badge.svg%0A", "boards/producers.csv%0A",
    ],
)  # fmt: skip
def test_a_face_nobody_has_is_not_found(address: str, api: APIClient, ledger: None) -> None:
    answer = api.get(f"/api/v1/{address}")
    assert answer.status_code == 404, answer.content
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("face", FACES)
def test_faces_are_for_reading(
    method: str, face: str, api_of_artist: APIClient, ledger: None
) -> None:
    assert getattr(api_of_artist, method)(f"/api/v1/{face}", {}, "json").status_code == 405
