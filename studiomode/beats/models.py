"""The catalogue (Artist, Producer, Genre, Beat), the ledger of saves, and follows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import uuid4

from django.contrib.auth.models import AbstractUser
from django.db import IntegrityError, models, transaction
from django.db.models.functions import Lower, Now
from django.urls import reverse
from knox.models import AbstractAuthToken, AuthTokenManager

from . import hearts
from .keys import key_constraint, key_field
from .querysets import (
    BeatQuerySet,
    DeviceQuerySet,
    FollowQuerySet,
    ProducerQuerySet,
    SavedBeatQuerySet,
    SubjectQuerySet,
)

LONGEST_NAME = 200


class Refused(Exception):
    """A ♡ or a follow that cannot be; the message is for the artist."""


class DatabaseNow(Now):
    """The database's clock. On SQLite, where instants compare as text, with all six digits."""

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        sql, params = super().as_sqlite(compiler, connection, **extra)
        return f"{sql} || '000'", params


class Artist(AbstractUser):  # type: ignore[django-manager-missing]  # `devices`, as below
    """Who hits ♡: the user model. `username` is the artist's key."""

    username = key_field(error_messages={"unique": "An artist with that name already exists."})

    # Of libraries without types, or left out of theirs.
    devices: Any
    emailaddress_set: Any
    _password: str | None

    class Meta(AbstractUser.Meta):
        constraints: ClassVar = [
            key_constraint("username"),
            # People sign in without minding the case.
            models.UniqueConstraint(Lower("username"), name="artist_once_in_any_case"),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Also signs out every device when there is a new password. Sessions end by themselves."""
        is_new = self._password is not None and not self._state.adding
        with transaction.atomic():
            super().save(*args, **kwargs)
            if is_new:
                self.devices.all().delete()

    def sign_in_on(self, name: str, at: datetime) -> tuple[Device, str]:
        """A device called `name` and its token, which is told this once and kept by nobody."""
        made = Device.objects.create(self, expiry=Device.IDLE, name=name, last_used_at=at)
        too_many = self.devices.latest_first().values_list("pk", flat=True)[Device.MOST :]
        self.devices.filter(pk__in=list(too_many)).delete()
        return made

    def save_beat(self, beat: Beat) -> None:
        """♡. Saving twice is harmless. Raises Refused on one's own beat, or one taken down."""
        with transaction.atomic():
            beat = Beat.held(beat.pk)  # a relabelling or new owner comes before this, or after
            if beat.producer.artist_id == self.pk:
                raise Refused("This is your own beat. Only other artists' ♡ count for it.")
            # get_or_create would fail where an un-♡ comes between its two halves.
            SavedBeat.objects.bulk_create([beat.saved_by(self)], ignore_conflicts=True)

    def save_at_once(self, slug: str, at: datetime) -> bool:
        """♡ on a beat published by `at`. False is no refusal: save_beat will tell, or do it."""
        return hearts.save(self.pk, slug, at)

    def unsave_beat(self, beat: Beat) -> None:
        """Un-♡: the row is deleted; the boards follow, frozen history stays."""
        self.saves.filter(beat=beat).delete()

    def unsave_at_once(self, slug: str) -> bool:
        """Un-♡. False: it was not saved, or there is no such beat."""
        return hearts.unsave(self.pk, slug)

    def follow(self, producer: Producer) -> None:
        follow = Follow(artist=self, producer=producer)
        try:
            Follow.objects.bulk_create([follow], ignore_conflicts=True)
        except IntegrityError as error:  # a foreign key: following twice is no conflict
            raise Refused("This producer has left.") from error

    def unfollow(self, producer: Producer) -> None:
        self.follows.filter(producer=producer).delete()


class Subject(models.Model):
    """What a lens can rank: something with a key, a name and a page called like the model."""

    KEY: ClassVar[str]
    name: Any  # a column, or what serves as one

    objects: ClassVar[Any] = SubjectQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        return str(getattr(self, self.KEY))

    def get_absolute_url(self) -> str:
        return reverse(str(self._meta.model_name), args=[self.key])


class Producer(Subject):
    """Whose beats are ranked. May belong to an artist, who then cannot ♡ them."""

    KEY = "handle"

    handle = key_field()
    name = models.CharField(max_length=LONGEST_NAME)
    artist = models.ForeignKey(
        Artist, models.SET_NULL, null=True, blank=True, related_name="producers"
    )

    objects: ClassVar[Any] = ProducerQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"  # artist.producers.add() too goes through its update()
        constraints: ClassVar = [key_constraint("handle")]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Also takes back what the artist saved of the producer before it was theirs."""
        with transaction.atomic():
            super().save(*args, **kwargs)
            owner = Producer.objects.filter(pk=self.pk).values("artist")  # as it is stored now
            self.saves.filter(artist__in=owner).delete()


class Genre(Subject):
    KEY = "slug"

    slug = key_field()
    name = models.CharField(max_length=LONGEST_NAME)

    class Meta:
        constraints: ClassVar = [key_constraint("slug")]


class Beat(Subject):
    KEY = "slug"

    slug = key_field()
    title = models.CharField(max_length=LONGEST_NAME)
    producer = models.ForeignKey(Producer, models.CASCADE, related_name="beats")
    genre = models.ForeignKey(Genre, models.CASCADE, related_name="beats")
    published_at = models.DateTimeField(db_default=DatabaseNow(), db_index=True)
    created_at = models.DateTimeField(db_default=DatabaseNow(), editable=False)

    objects: ClassVar[Any] = BeatQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"  # producer.beats.add() too goes through its update()
        constraints: ClassVar = [key_constraint("slug")]

    @property
    def name(self) -> str:
        return self.title

    @classmethod
    def held(cls, pk: int) -> Beat:
        """The beat and its producer as they are, locked until the transaction ends."""
        # One after the other: a join would lose the beat while it changes its producer.
        beat = cls.objects.held().filter(pk=pk).first()
        if beat is None:
            raise Refused("This beat has been taken down.")
        beat.producer = Producer.objects.held().get(pk=beat.producer_id)
        return beat

    def saved_by(self, artist: Artist) -> SavedBeat:
        """The row a ♡ puts in the ledger, with the beat's label of this moment."""
        return SavedBeat(
            artist=artist, beat=self, producer_id=self.producer_id, genre_id=self.genre_id
        )

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Also relabels the beat's saves, and takes back its new producer's own."""
        with transaction.atomic():
            super().save(*args, **kwargs)
            stored = Beat.held(self.pk)
            label = {"producer": stored.producer_id, "genre": stored.genre_id}
            self.saves.exclude(**label).update(**label)
            self.saves.filter(artist=stored.producer.artist_id).delete()


class SavedBeat(models.Model):
    """The ledger: one ♡, one row. `producer` and `genre` are the beat's label, copied."""

    artist = models.ForeignKey(Artist, models.CASCADE, related_name="saves", db_index=False)
    beat = models.ForeignKey(Beat, models.CASCADE, related_name="saves", db_index=False)
    producer = models.ForeignKey(Producer, models.CASCADE, related_name="saves", db_index=False)
    genre = models.ForeignKey(Genre, models.CASCADE, related_name="saves", db_index=False)
    created_at = models.DateTimeField(db_default=DatabaseNow())

    objects = SavedBeatQuerySet.as_manager()

    class Meta:
        db_table = "saved_beats"
        constraints: ClassVar = [
            # In this order it finds the saves of a beat as well.
            models.UniqueConstraint(fields=["beat", "artist"], name="savedbeat_one_per_artist"),
        ]
        indexes: ClassVar = [
            # Every board is answered from this index alone.
            models.Index(
                fields=["created_at", "producer", "genre", "beat"], name="savedbeat_boards"
            ),
            # An artist's saves in order. With the beat, lists tell what is saved from it alone.
            models.Index(fields=["artist", "created_at", "beat"], name="savedbeat_vault"),
        ]

    def __str__(self) -> str:
        return f"♡ {self.artist_id} → {self.beat_id}"


class Follow(models.Model):
    """An artist follows a producer, and is told of their new beats unless they are muted."""

    artist = models.ForeignKey(Artist, models.CASCADE, related_name="follows", db_index=False)
    producer = models.ForeignKey(Producer, models.CASCADE, related_name="follows")
    is_muted = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(db_default=DatabaseNow())

    objects = FollowQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["artist", "producer"], name="follow_one_per_artist"),
        ]

    def __str__(self) -> str:
        return f"{self.artist_id} follows {self.producer_id}"


class Device(AbstractAuthToken):  # type: ignore[misc]  # it has no types
    """Where an artist is signed in by a token, which is kept as its hash alone."""

    IDLE = timedelta(days=90)  # not used for so long, it is signed out
    LONGEST = timedelta(days=365)  # and at last after so long
    A_WHILE = timedelta(days=1)  # its use is written down so often, lest reading writes
    MOST = 50  # of an artist; of more the one that was not used for longest is signed out

    uuid = models.UUIDField(unique=True, default=uuid4, editable=False)  # what others call it
    user = models.ForeignKey(Artist, models.CASCADE, related_name="devices")
    name = models.CharField(max_length=LONGEST_NAME)
    last_used_at = models.DateTimeField()

    objects: ClassVar[Any] = AuthTokenManager.from_queryset(DeviceQuerySet)()

    def __str__(self) -> str:
        return self.name

    def is_used(self, at: datetime) -> None:
        """Now and then, write that down, and put off its end."""
        if at - self.last_used_at < self.A_WHILE:
            return
        self.last_used_at = at
        self.expiry = min(at + self.IDLE, self.created + self.LONGEST)
        # Not save(): by now it may have been signed out.
        Device.objects.filter(pk=self.pk).update(last_used_at=at, expiry=self.expiry)


class Spent(models.Model):
    """What somebody has spent of a budget of limits.py, which alone writes it."""

    key = models.CharField(primary_key=True, max_length=100)  # the budget and who
    spent = models.PositiveIntegerField()
    resets_at = models.PositiveBigIntegerField(help_text="Seconds since 1970.")

    def __str__(self) -> str:
        return self.key
