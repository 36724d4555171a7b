"""Slices narrow the ledger before it is ranked; keys pick entries after it is."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from rest_framework.test import APIClient

from leaderboards import answers
from leaderboards.lenses import LENSES
from studiomode.beats.inputs import zulu
from studiomode.beats.models import Artist, Beat, Genre, Producer, SavedBeat
from tests.conftest import AT

from . import oracle

NAMES = ("genre", "following", "producers")
QUERY = {"genre": "g1", "following": "1", "producers": "new"}
FIRST = {0: 200, 1: 91, 2: 89, 3: 20, 4: 3}  # days before AT of each producer's first save
EVERY = [
    chosen for number in range(len(NAMES) + 1) for chosen in itertools.combinations(NAMES, number)
]


@pytest.fixture
def made(artist: Artist) -> SimpleNamespace:
    """Five producers, three of whom are followed and three new, and beats in three genres."""
    chance = random.Random(7)
    producers = [Producer.objects.create(handle=f"p{n}", name=f"P {n}") for n in range(5)]
    genres = [Genre.objects.create(slug=f"g{n}", name=f"G {n}") for n in range(3)]
    beats = [
        Beat.objects.create(
            slug=f"b{n}",
            title=f"B {n}",
            producer=producers[n % 5],
            genre=genres[n % 3],
            published_at=AT - timedelta(300),
        )
        for n in range(15)
    ]
    fans = Artist.objects.bulk_create(Artist(username=f"fan{n}") for n in range(30))
    for producer in producers[1:4]:
        artist.follow(producer)
    saves = []
    for beat in beats:
        first = FIRST[producers.index(beat.producer)]
        for fan in chance.sample(fans, 12):
            save = beat.saved_by(fan)
            save.created_at = AT - timedelta(days=min(first, chance.uniform(0, 20)))
            saves.append(save)
        saves[-1].created_at = AT - timedelta(days=first)
    SavedBeat.objects.bulk_create(saves)
    rows = SavedBeat.objects.values_list("artist", "beat", "producer", "genre", "created_at")
    return SimpleNamespace(
        producers=producers, genres=genres, saves=[oracle.Save(*row) for row in rows]
    )


def narrowed(made: SimpleNamespace, chosen: tuple[str, ...]) -> list[oracle.Save]:
    followed = {producer.pk for producer in made.producers[1:4]}
    new = {producer.pk for producer in made.producers[2:]}
    tests: dict[str, Callable[[oracle.Save], bool]] = {
        "genre": lambda save: save.genre == made.genres[1].pk,
        "following": lambda save: save.producer in followed,
        "producers": lambda save: save.producer in new,
    }
    return [save for save in made.saves if all(tests[name](save) for name in chosen)]


def query(chosen: tuple[str, ...], **others: Any) -> dict[str, Any]:
    return {"at": zulu(AT)} | {name: QUERY[name] for name in chosen} | others


def get(api: APIClient, address: str, params: dict[str, Any]) -> dict[str, Any]:
    answer = api.get(f"/api/v1/{address}", params)
    assert answer.status_code == 200, answer.content
    return answer.json()


def lines(lens: str, results: list[dict[str, Any]]) -> list[oracle.Line]:
    model = LENSES[lens].subject
    pks = {subject.key: subject.pk for subject in model.objects.all()}
    fields = ("saves", "previous_rank")
    return [
        oracle.Line(entry["rank"], pks[entry["key"]], *(entry[field] for field in fields))
        for entry in results
    ]


@pytest.mark.parametrize("chosen", EVERY, ids="+".join)
@pytest.mark.parametrize("lens", LENSES)
def test_ranks_and_movement_are_those_within_the_slice(
    lens: str, chosen: tuple[str, ...], made: SimpleNamespace, api_of_artist: APIClient
) -> None:
    saves = narrowed(made, chosen)
    expected = oracle.board(saves, lens, "7d", AT)
    found = get(api_of_artist, f"boards/{lens}/", query(chosen, limit=100))
    assert lines(lens, found["results"]) == expected
    assert found["count"] == len(expected)
    assert found["total_saves"] == sum(AT - oracle.WEEK <= save.at < AT for save in saves)
    told = {name: found["slice"][name] for name in NAMES}
    assert told == {
        "genre": "g1" if "genre" in chosen else None,
        "following": "following" in chosen,
        "producers": "new" if "producers" in chosen else None,
    }


@pytest.mark.parametrize("chosen", EVERY, ids="+".join)
def test_the_recap_and_a_place_are_narrowed_alike(
    chosen: tuple[str, ...], made: SimpleNamespace, api_of_artist: APIClient
) -> None:
    recap = get(api_of_artist, "recap/", query(chosen))
    for lens, board in recap.items():
        alone = get(api_of_artist, f"boards/{lens}/", query(chosen))
        assert board["results"] == alone["results"]
        for entry in board["results"][:1]:
            place = get(api_of_artist, f"boards/{lens}/{entry['key']}/", query(chosen))
            assert {name: place[name] for name in entry} == entry
            assert place["slice"] == board["slice"]


def test_the_next_page_is_of_the_same_slice(
    made: SimpleNamespace, api_of_artist: APIClient
) -> None:
    whole = get(api_of_artist, "boards/beats/", query(NAMES, limit=100))["results"]
    page = get(api_of_artist, "boards/beats/", query(NAMES, limit=1))
    walked = page["results"]
    while page["next"]:
        asked = {name: value for name, (value,) in parse_qs(urlsplit(page["next"]).query).items()}
        page = get(api_of_artist, "boards/beats/", asked)
        walked += page["results"]
    assert walked == whole
    assert len(walked) > 1


def test_first_saves_of_exactly_ninety_days_are_new(
    make_beat: Callable, make_saves: Callable, api: APIClient
) -> None:
    for name, days in (("just", timedelta(90)), ("over", timedelta(90, microseconds=1))):
        beat = make_beat(name, producer=name)
        make_saves(beat, 1, days_ago=days / timedelta(1))
        make_saves(beat, 1, days_ago=1)
        SavedBeat.objects.filter(beat=beat, created_at__lt=AT - timedelta(80)).update(
            created_at=AT - days
        )
    found = get(api, "boards/producers/", query(("producers",)))
    assert [entry["key"] for entry in found["results"]] == ["just"]


def test_following_is_for_who_is_signed_in(api: APIClient, db: None) -> None:
    answer = api.get("/api/v1/boards/beats/?following=1")
    assert answer.status_code == 401
    assert "Allowed: " in answer.json()["detail"]


@pytest.mark.parametrize(
    "bad",
    [
        "genre=nowhere", "genre=", "genre=%00", "genre=%ED%A0%80", "following=0", "following=true",
        "following=", "producers=old", "producers=", "producers=%00", "keys=", "keys=,",
        "keys=a,,b",
        "keys=a%00", "keys=a.png", "keys=" + ",".join(f"k{n}" for n in range(101)), "keys=a%20b",
        "from=2026-01-01", "from=2026-01-01&to=2027-06-01", "from=2026-01-02&to=2026-01-01",
        "from=2026-01-01&to=2026-01-02&window=7d", "from=2999-01-01&to=2999-01-02",
    ],
)  # fmt: skip
def test_what_is_no_slice_is_refused_with_what_is(bad: str, api_of_artist: APIClient) -> None:
    for address in ("boards/beats/", "recap/"):
        answer = api_of_artist.get(f"/api/v1/{address}?{bad}")
        assert answer.status_code == 400, answer.content
        assert "Allowed: " in answer.json()["detail"]
        assert answer.json()["errors"][0]["pointer"] == f"?{bad.partition('=')[0]}"


class TestKeys:
    @pytest.mark.parametrize("lens", LENSES)
    def test_each_has_its_rank_on_the_whole_board(
        self, lens: str, made: SimpleNamespace, api: APIClient
    ) -> None:
        wanted = [subject.key for subject in LENSES[lens].subject.objects.all()][::-1]
        asked = {"at": zulu(AT), "keys": ",".join([*wanted, "nobody"]), "limit": 1}
        found = get(api, f"boards/{lens}/", asked)
        assert [entry["key"] for entry in found["results"]] == wanted
        for entry, line in zip(found["results"], lines(lens, found["results"]), strict=True):
            assert line == oracle.line(made.saves, lens, "7d", AT, line.subject), entry
        assert found["missing"] == ["nobody"]
        assert (found["next"], found["previous"]) == (None, None)
        whole = get(api, f"boards/{lens}/", {"at": zulu(AT)})
        for name in ("total_saves", "count"):
            assert found[name] == whole[name]

    def test_who_has_no_saves_has_no_rank(
        self, made: SimpleNamespace, api: APIClient, make_beat: Callable
    ) -> None:
        make_beat("silent", producer="silent")
        found = get(api, "boards/producers/", {"keys": "silent,p0", "at": zulu(AT)})
        silent = found["results"][0]
        assert (silent["rank"], silent["saves"], silent["previous_rank"]) == (None, 0, None)
        assert not silent["is_new"]

    def test_a_key_twice_is_one(self, made: SimpleNamespace, api: APIClient) -> None:
        assert len(get(api, "boards/producers/", {"keys": "p0,p0"})["results"]) == 1

    def test_nobody_at_all(self, made: SimpleNamespace, api: APIClient) -> None:
        found = get(api, "boards/producers/", {"keys": "x,y", "at": zulu(AT)})
        assert (found["results"], found["missing"], found["count"]) == ([], ["x", "y"], 5)

    def test_within_a_slice(self, made: SimpleNamespace, api_of_artist: APIClient) -> None:
        found = get(api_of_artist, "boards/producers/", query(NAMES, keys="p0,p3"))
        saves = narrowed(made, NAMES)
        for line in lines("producers", found["results"]):
            assert line == oracle.line(saves, "producers", "7d", AT, line.subject)


def test_a_beat_that_is_not_out_is_unknown(api: APIClient, make_beat: Callable) -> None:
    make_beat("secret", title="Secret", published_at=datetime(2999, 1, 1, tzinfo=AT.tzinfo))
    assert api.get("/api/v1/boards/beats/secret/").status_code == 404
    assert get(api, "boards/beats/", {"keys": "secret"})["missing"] == ["secret"]


class TestSpans:
    def test_a_span_of_a_week_is_that_week(self, made: SimpleNamespace, api: APIClient) -> None:
        by_days = get(api, "recap/", {"from": "2026-04-27", "to": "2026-05-03", "at": zulu(AT)})
        by_name = get(api, "recap/", {"window": "2026-W18", "at": zulu(AT)})
        for lens in LENSES:
            assert by_days[lens]["results"] == by_name[lens]["results"]
            assert by_days[lens]["window"]["name"] == "2026-04-27/2026-05-03"
            assert by_days[lens]["window"]["start"] == by_name[lens]["window"]["start"]

    def test_it_is_compared_with_the_span_before(
        self, make_beat: Callable, make_saves: Callable, api: APIClient
    ) -> None:
        make_saves(make_beat("a"), 2, days_ago=15)
        make_saves(make_beat("b"), 1, days_ago=15)
        make_saves(Beat.objects.get(slug="b"), 5, days_ago=5)
        asked = {"from": "2026-04-27", "to": "2026-05-06", "at": zulu(AT)}
        found = get(api, "boards/beats/", asked)
        assert [(e["key"], e["previous_rank"]) for e in found["results"]] == [("b", 2)]
        assert found["window"]["in_progress"]

    def test_one_is_counted_at_a_time_and_nothing_else_waits(
        self, made: SimpleNamespace, api: APIClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(answers, "PATIENCE", 0.01)
        with answers.turn(answers._spans):
            busy = api.get("/api/v1/recap/?from=2026-05-01&to=2026-05-02")
            assert (busy.status_code, busy["Retry-After"]) == (503, "2")
            assert api.get("/api/v1/recap/").status_code == 200
        assert api.get("/api/v1/recap/?from=2026-05-01&to=2026-05-02").status_code == 200

    def test_its_next_page_is_of_the_same_span(self, made: SimpleNamespace, api: APIClient) -> None:
        asked = {"from": "2026-04-20", "to": "2026-05-06", "limit": 4}
        link = get(api, "boards/beats/", asked)["next"]
        assert "from=2026-04-20&to=2026-05-06" in link
        assert api.get(link).status_code == 200


class TestMine:
    def test_the_anonymous_have_nothing(self, made: SimpleNamespace, api: APIClient) -> None:
        assert get(api, "boards/beats/", {})["me"] is None

    def test_what_is_shown_and_saved(
        self, made: SimpleNamespace, artist: Artist, api_of_artist: APIClient
    ) -> None:
        artist.save_beat(Beat.objects.get(slug="b3"))
        artist.save_beat(Beat.objects.get(slug="b4"))
        asked = {"keys": "b1,b2,b3"}
        assert get(api_of_artist, "boards/beats/", asked)["me"] == {
            "saved": ["b3"], "followed": [], "places": [],
        }  # fmt: skip

    def test_who_is_shown_and_followed(
        self, made: SimpleNamespace, api_of_artist: APIClient
    ) -> None:
        me = get(api_of_artist, "boards/producers/", {"at": zulu(AT)})["me"]
        assert me["followed"] == ["p1", "p2", "p3"]

    @pytest.mark.parametrize("lens", ["producers", "movers"])
    def test_where_ones_own_producers_stand(
        self, lens: str, made: SimpleNamespace, artist: Artist, api_of_artist: APIClient
    ) -> None:
        for handle in ("p4", "p0"):
            own = Producer.objects.get(handle=handle)
            own.artist = artist
            own.save()
        me = get(api_of_artist, f"boards/{lens}/", {"at": zulu(AT), "limit": 1})["me"]
        assert [entry["key"] for entry in me["places"]] == ["p0", "p4"]
        for line in lines(lens, me["places"]):
            assert line == oracle.line(made.saves, lens, "7d", AT, line.subject)

    def test_a_stored_board_tells_of_a_save_at_once(
        self, made: SimpleNamespace, artist: Artist, api_of_artist: APIClient, settings: Any
    ) -> None:
        settings.BOARD_FRESH_SECONDS = 300
        SavedBeat.objects.update(created_at=datetime.now(AT.tzinfo) - timedelta(days=1))
        first = get(api_of_artist, "boards/beats/", {})
        key = first["results"][0]["key"]
        artist.save_beat(Beat.objects.get(slug=key))
        again = get(api_of_artist, "boards/beats/", {})
        assert again["source"] == "stored"
        assert (first["me"]["saved"], again["me"]["saved"]) == ([], [key])
        assert get(APIClient(), "boards/beats/", {})["me"] is None


class TestComputedOnce:
    """What is asked twice within BOARD_FRESH_SECONDS is computed once, if it is the same."""

    @pytest.fixture(autouse=True)
    def fresh(self, made: SimpleNamespace, settings: Any) -> None:
        settings.BOARD_FRESH_SECONDS = 300

    QUESTIONS = (
        "?genre=g1", "?genre=g2", "?producers=new", "?genre=g1&limit=1", "?genre=g1&offset=1",
        "?keys=b1", "?keys=b2", "?keys=b1&genre=g1", "?from=2026-05-01&to=2026-05-02",
        "?from=2026-05-01&to=2026-05-03", "?genre=g1&at=2026-05-06T14:00:00Z",
        "?genre=g1&at=2026-05-06T13:00:00Z",
    )  # fmt: skip

    def test_the_same_question(self, api: APIClient, django_assert_num_queries: Callable) -> None:
        for asked in self.QUESTIONS:
            first = api.get(f"/api/v1/boards/beats/{asked}")
            with django_assert_num_queries("genre=" in asked):  # is there such a genre?
                again = api.get(f"/api/v1/boards/beats/{asked}")
            assert again.content == first.content

    def test_no_two_questions_are_taken_for_one(self, api: APIClient) -> None:
        answers = [api.get(f"/api/v1/boards/beats/{asked}").content for asked in self.QUESTIONS]
        answers += [api.get(f"/api/v1/boards/genres/{self.QUESTIONS[0]}").content]
        assert len(set(answers)) == len(answers)

    def test_an_artists_own_is_nobody_elses(
        self, api: APIClient, api_of_artist: APIClient, artist: Artist
    ) -> None:
        artist.save_beat(Beat.objects.get(slug="b1"))
        own = get(api_of_artist, "boards/beats/", {"keys": "b1"})
        assert own["me"]["saved"] == ["b1"]
        assert get(api, "boards/beats/", {"keys": "b1"})["me"] is None
        assert get(api_of_artist, "boards/beats/", {"keys": "b1"})["me"]["saved"] == ["b1"]
