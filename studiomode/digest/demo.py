"""The demo: six weeks of a believable StudioMode, worked out from one instant alone.

Whatever is drawn comes from dice named after what they decide: the same instant gives the same
data every time, and one part can be tuned without upsetting the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import cycle, product
from math import exp, pi, prod, sin
from random import Random
from typing import NamedTuple, TypeVar

from django.utils.text import slugify

from .demo_names import (
    ADJECTIVES,
    ENGLISH,
    FIRST_NAMES,
    GENRES,
    LAST_NAMES,
    NOUNS,
    PATTERNS,
    PRODUCERS,
    TITLES,
)

ARTISTS = 400
SAVES = 18_000  # drawn; those before a release, before the six weeks or after `at` are dropped
SPAN = timedelta(days=42)  # of the saves
DAY = timedelta(days=1)
MADE_UP = 260  # titles, more than the catalogue needs

DEMO = "demo"  # the artist to sign in as
FOLLOWED_BY_DEMO = (0, 3, 6, 12, 17, 21, 29, 59)  # standings

# How many saves land on each weekday from Monday on, and in each hour of the day, UTC.
WEEKDAYS = (0.82, 0.86, 0.9, 0.95, 1.15, 1.35, 1.25)
HOURS = (6, 4, 3, 2, 1, 1, 2, 3, 4, 5, 5, 6, 7, 7, 7, 8, 9, 10, 12, 14, 16, 16, 13, 9)

# Whose story it is, by standing. The newcomer's beats have all come out within the week.
FADING = (1, 4, 9)
BREAKING_OUT = (17, 24, 31, 38, 46)
RELEASING = (0, 3, 6, 8, 12, 15, 21, 29)  # a beat within the last day
NEWCOMER = 59
NEWCOMER_AGES = [5.6, 4.9, 3.2, 1.4]  # days
RESTING = 12.0  # days; a beat breaks out only after it has been out for so long

T = TypeVar("T")


class Artist(NamedTuple):
    username: str
    joined_at: datetime
    activity: float
    tastes: frozenset[str]  # slugs of genres


class Producer(NamedTuple):
    handle: str
    name: str
    language: str
    standing: int  # 0 is the strongest
    artist: str | None  # who owns it

    @property
    def strength(self) -> float:
        return float((self.standing + 6) ** -0.5)


class Beat(NamedTuple):
    slug: str
    title: str
    producer: Producer
    genre: str
    age: float  # days
    appeal: float
    breaks_out: bool
    published_at: datetime


class Follow(NamedTuple):
    artist: str
    producer: str
    created_at: datetime


class Save(NamedTuple):
    created_at: datetime
    artist: str
    beat: str


class Demo(NamedTuple):
    artists: list[Artist]
    producers: list[Producer]
    beats: list[Beat]  # oldest first
    follows: list[Follow]
    saves: list[Save]  # oldest first


def make(at: datetime) -> Demo:
    artists = make_artists(at)
    producers = make_producers(artists)
    beats = make_beats(producers, at)
    follows = list(make_follows(artists, producers, at))
    saves = sorted(make_saves(artists, beats, follows, at))
    return Demo(artists, producers, beats, follows, saves)


def dice(*what: object) -> Random:
    return Random(" ".join(map(str, what)))  # noqa: S311  not a secret: it is meant to repeat


def make_artists(at: datetime) -> list[Artist]:
    names = map("".join, product(FIRST_NAMES.split(), "._", LAST_NAMES.split()))
    usernames = dice("usernames").sample(list(names), ARTISTS)
    return [make_artist(username, at) for username in (DEMO, *usernames)]


def make_artist(username: str, at: datetime) -> Artist:
    own = dice("artist", username)
    joined_at = at - DAY * own.uniform(60, 500)
    activity = 3.0 if username == DEMO else own.lognormvariate(0, 0.8)
    return Artist(username, joined_at, activity, frozenset(own.sample(list(GENRES), 3)))


def make_producers(artists: list[Artist]) -> list[Producer]:
    """In catalogue order, which says nothing about their standing. Every third has an owner."""
    named = [(*item, language) for language, names in PRODUCERS.items() for item in names.items()]
    standings = shuffled(list(range(len(named))), dice("charts"))
    owners = {standing: artists[standing].username for standing in range(1, len(named), 3)}
    return [
        Producer(handle, name, language, standing, owners.get(standing))
        for (handle, name, language), standing in zip(named, standings, strict=True)
    ]


def make_beats(producers: list[Producer], at: datetime) -> list[Beat]:
    titles = {language: iter(stock.items()) for language, stock in TITLES.items()}
    titles[ENGLISH] = english_titles()
    # The newest come first to the titles of a language, which last for some of its beats only.
    releases = sorted((age, producer) for producer in producers for age in ages(producer))
    return [
        make_beat(next(titles[producer.language], None) or next(titles[ENGLISH]), producer, age, at)
        for age, producer in releases
    ][::-1]


def english_titles() -> Iterator[tuple[str, str]]:
    own = dice("titles")
    adjectives, nouns = (cycle(shuffled(words.split(), own)) for words in (ADJECTIVES, NOUNS))
    made_up = (
        own.choice(PATTERNS).format(adjective=next(adjectives), noun=next(nouns))
        for _ in range(MADE_UP)
    )
    titles = {slugify(title): title for title in made_up} | TITLES[ENGLISH]
    return iter(shuffled(list(titles.items()), own))


def shuffled(items: list[T], own: Random) -> list[T]:
    return own.sample(items, len(items))


def ages(producer: Producer) -> list[float]:
    """How many days each of their beats has been out."""
    if producer.standing == NEWCOMER:
        return NEWCOMER_AGES
    own = dice("ages", producer.handle)
    newest = [own.uniform(0.1, 0.8)] if producer.standing in RELEASING else []
    number = 3 + own.randrange(4) + int(6 * producer.strength)
    return newest + [age(own) for _ in range(number)]


def age(own: Random) -> float:
    return own.uniform(1, 42) if own.random() < 0.42 else own.uniform(42, 240)


def make_beat(named: tuple[str, str], producer: Producer, age: float, at: datetime) -> Beat:
    own = dice("beat", producer.handle, age)
    return Beat(
        *named,
        producer,
        genre(producer, own),
        age,
        appeal(producer, own),
        breaks_out(producer, age),
        at - DAY * age,
    )


def genre(producer: Producer, own: Random) -> str:
    """One of the two or three that the producer works in, the first of them most."""
    weights = [(place + 5) ** -0.8 for place in range(len(GENRES))]
    main, *others = dice("genres", producer.handle).choices(list(GENRES), weights, k=3)
    return main if own.random() < 0.65 else own.choice(others)


def appeal(producer: Producer, own: Random) -> float:
    newcomer = 2.6 if producer.standing == NEWCOMER else 1.0
    return producer.strength * own.lognormvariate(0, 0.3) * newcomer


def breaks_out(producer: Producer, age: float) -> bool:
    rested = [other for other in ages(producer) if other > RESTING]
    return producer.standing in BREAKING_OUT and age == min(rested)


def make_follows(
    artists: list[Artist], producers: list[Producer], at: datetime
) -> Iterator[Follow]:
    for artist in artists:
        own = dice("follows", artist.username)
        for producer in followed(artist, producers, own):
            began = artist.joined_at + (at - artist.joined_at) * own.uniform(0.02, 0.98)
            yield Follow(artist.username, producer.handle, began)


def followed(artist: Artist, producers: list[Producer], own: Random) -> list[Producer]:
    if artist.username == DEMO:
        return [producer for producer in producers if producer.standing in FOLLOWED_BY_DEMO]
    others = [producer for producer in producers if producer.artist != artist.username]
    return drawn(others, [producer.strength for producer in others], own)[: own.randint(2, 8)]


def drawn(items: list[T], weights: list[float], own: Random) -> list[T]:
    """The items in a drawn order; the heavier, the earlier."""
    lots = [own.random() ** (1 / weight) for weight in weights]
    order = sorted(range(len(items)), key=lots.__getitem__, reverse=True)
    return [items[place] for place in order]


def make_saves(
    artists: list[Artist], beats: list[Beat], follows: list[Follow], at: datetime
) -> Iterator[Save]:
    curves = [curve(beat, at) for beat in beats]
    scale = SAVES / sum(map(sum, curves))
    following = {(follow.artist, follow.producer) for follow in follows}
    for beat, interests in zip(beats, curves, strict=True):
        instants = moments(beat, interests, round(scale * sum(interests)), at)
        for artist, instant in zip(fans(beat, artists, following), instants, strict=False):
            yield Save(instant, artist.username, beat.slug)


def days(at: datetime) -> list[datetime]:
    """The midnights from which the days of the saves begin, oldest first."""
    today = datetime.combine(at.astimezone(UTC).date(), time(), UTC)
    return [today - DAY * back for back in reversed(range(SPAN.days + 1))]


def curve(beat: Beat, at: datetime) -> list[float]:
    """How much the beat is wanted on each of the days."""
    return [interest(beat, (at - day) / DAY - 0.5) * WEEKDAYS[day.weekday()] for day in days(at)]


def interest(beat: Beat, ago: float) -> float:
    return beat.appeal * prod(influence(beat, ago) for influence in INFLUENCES)


def novelty(beat: Beat, ago: float) -> float:
    """Falls from the release on; half a day of grace, since a day is asked about at its noon."""
    age = beat.age - ago
    return 0.0 if age <= -0.5 else 0.16 + exp(-max(age, 0) / 9)


def form(beat: Beat, ago: float) -> float:
    return wave(beat.producer.handle, ago, depth=0.3)


def fashion(beat: Beat, ago: float) -> float:
    return wave(beat.genre, ago, depth=0.35)


def fading(beat: Beat, ago: float) -> float:
    return 0.3 + 0.7 * min(1, ago / 18) if beat.producer.standing in FADING else 1.0


def breaking_out(beat: Beat, ago: float) -> float:
    return 1 + 9 * max(0, 1 - ago / 10) if beat.breaks_out else 1.0


INFLUENCES = (novelty, form, fashion, fading, breaking_out)


def wave(whose: str, ago: float, *, depth: float) -> float:
    """Ups and downs around 1, of a length and a phase of their own."""
    own = dice("wave", whose)
    return 1 + depth * sin(2 * pi * (ago / own.uniform(12, 34) + own.random()))


def moments(beat: Beat, interests: list[float], number: int, at: datetime) -> list[datetime]:
    own = dice("moments", beat.slug)
    drawn_days = own.choices(days(at), interests, k=number)
    hours = own.choices(range(24), HOURS, k=number)
    instants = [
        day + timedelta(hours=hour + own.random())
        for day, hour in zip(drawn_days, hours, strict=True)
    ]
    return [instant for instant in instants if max(beat.published_at, at - SPAN) <= instant < at]


def fans(beat: Beat, artists: list[Artist], following: set[tuple[str, str]]) -> list[Artist]:
    """Who may ♡ the beat, the likeliest first."""
    others = [artist for artist in artists if artist.username != beat.producer.artist]
    weights = [
        artist.activity
        * (3 if beat.genre in artist.tastes else 1)
        * (4 if (artist.username, beat.producer.handle) in following else 1)
        for artist in others
    ]
    return drawn(others, weights, dice("fans", beat.slug))
