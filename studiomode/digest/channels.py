"""The ways out of the house. A new channel is one more class and a line in CHANNELS."""

from __future__ import annotations

import json
from abc import abstractmethod
from contextlib import AbstractContextManager
from hashlib import sha256
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db.models import Exists, OuterRef, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from pywebpush import WebPushException, webpush
from requests import RequestException, Session

from studiomode.beats.addresses import absolute
from studiomode.beats.models import Artist

from .digests import Digest
from .outbox import Delivery, PushSubscription
from .unsubscribing import unsubscribe_path

BUSY = 421  # "service not available, closing transmission channel"
GONE = (404, 410)  # what a push service answers when a browser has gone
A_DAY = 24 * 3600  # seconds; the next digest is due by then
Artists = QuerySet[Artist, Artist]


class Refused(Exception):
    """By whom it is for, and for good: it is not tried again."""


class TryLater(Exception):
    """It may go through another time."""


class OutOfReach(TryLater):
    """Not this digest failed but the way: the others would fail as well."""


class Channel(AbstractContextManager["Channel"]):
    """One a run; what it opens, it closes on leaving."""

    name: str
    label: str  # for people

    @classmethod
    def is_set_up(cls) -> bool:
        return True

    @abstractmethod
    def reaches(self, artists: Artists) -> Artists:
        """Those of `artists` who can be told this way."""

    @abstractmethod
    def send(self, delivery: Delivery, digest: Digest) -> None:
        """Raises Refused, TryLater or OutOfReach. May be called again for the same delivery."""

    def __exit__(self, *_: Any) -> None:
        return None


class Email(Channel):
    """Text and HTML to the artist's verified address, one message each, over one connection."""

    name = "email"
    label = "E-mail"

    def __init__(self) -> None:
        self.connection = get_connection()

    def reaches(self, artists: Artists) -> Artists:
        verified = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True, primary=True)
        return artists.filter(Exists(verified))

    def send(self, delivery: Delivery, digest: Digest) -> None:
        message = self.message(delivery, digest)
        try:
            self.connection.open()  # stays open for the next one
            message.send()
        except SMTPRecipientsRefused as error:
            raise self.refusal(*next(iter(error.recipients.values()))) from error
        except SMTPDataError as error:
            raise self.refusal(error.smtp_code, error.smtp_error) from error
        except (SMTPException, OSError) as error:
            self.connection.close()
            raise OutOfReach(f"{type(error).__name__}: {error}") from error

    def message(self, delivery: Delivery, digest: Digest) -> EmailMultiAlternatives:
        unsubscribe = absolute(unsubscribe_path(delivery))
        words = {"digest": digest, "unsubscribe": unsubscribe, "site": settings.SITE_URL}
        message = EmailMultiAlternatives(
            f"StudioMode: {digest.subject}",
            render_to_string("digest/mail.txt", words),
            to=[self.address(delivery)],
            headers={
                "Message-ID": delivery.message_id,
                "List-Unsubscribe": f"<{unsubscribe}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",  # RFC 8058
                "Auto-Submitted": "auto-generated",
            },
            connection=self.connection,
        )
        message.attach_alternative(render_to_string("digest/mail.html", words), "text/html")
        return message

    def address(self, delivery: Delivery) -> str:
        """Asked for when it is sent: it may have changed since the digest was put out."""
        verified = EmailAddress.objects.filter(
            user=delivery.artist_id, verified=True, primary=True
        ).first()
        if verified is None:
            raise Refused("There is no verified address any more.")
        return str(verified.email)

    def refusal(self, code: int, reason: bytes | str) -> Exception:
        """5xx is for good, 4xx for now; with 421 the server hangs up on everybody."""
        text = f"{code} {reason.decode(errors='replace') if isinstance(reason, bytes) else reason}"
        if code == BUSY:
            self.connection.close()
            return OutOfReach(text)
        return (Refused if code >= 500 else TryLater)(text)

    def __exit__(self, *_: Any) -> None:
        self.connection.close()


class Push(Channel):
    """Web Push (RFC 8030, VAPID) to each browser of the artist that has asked for it."""

    name = "push"
    label = "Push in this browser"

    def __init__(self) -> None:
        self.session = Session()
        self.session.max_redirects = 0  # what was allowed is where it goes

    @classmethod
    def is_set_up(cls) -> bool:
        return bool(settings.VAPID_PRIVATE_KEY)

    def reaches(self, artists: Artists) -> Artists:
        asked = PushSubscription.objects.filter(artist=OuterRef("pk"))
        return artists.filter(Exists(asked)) if self.is_set_up() else artists.none()

    def send(self, delivery: Delivery, digest: Digest) -> None:
        """To every browser: none holds up the next, and those that are gone are forgotten."""
        browsers = PushSubscription.objects.filter(artist=delivery.artist_id)
        failures = [self.tell(browser, delivery, digest) for browser in browsers.all()]
        for failure in filter(None, failures):
            raise failure
        if not browsers.exists():
            raise Refused("No browser of the artist's asks for it any more.")

    def tell(
        self, browser: PushSubscription, delivery: Delivery, digest: Digest
    ) -> TryLater | None:
        """Why it has to be tried again; None where it has not."""
        try:
            webpush(browser.info, self.payload(digest), **self.options(delivery))
        except WebPushException as error:
            status = error.response.status_code if error.response is not None else 0
            if status not in GONE:
                return TryLater(f"{status or 'no answer'}: {error.message}")
            browser.delete()
        except RequestException as error:
            return OutOfReach(f"{type(error).__name__}: {error}")
        return None

    def payload(self, digest: Digest) -> str:
        words = {"title": "StudioMode", "body": digest.subject, "url": absolute(reverse("notices"))}
        return json.dumps(words | {"tag": f"digest-{digest.date}"})  # a repeat takes its place

    def options(self, delivery: Delivery) -> dict[str, Any]:
        topic = sha256(delivery.message_id.encode()).hexdigest()[:32]  # an undelivered one too
        return {
            "vapid_private_key": settings.VAPID_PRIVATE_KEY,
            "vapid_claims": {"sub": f"mailto:{settings.DEFAULT_FROM_ADDRESS}"},
            "headers": {"Topic": topic, "Urgency": "low"},
            "ttl": A_DAY,
            "timeout": settings.EMAIL_TIMEOUT,
            "requests_session": self.session,
        }

    def __exit__(self, *_: Any) -> None:
        self.session.close()


CHANNELS: dict[str, type[Channel]] = {channel.name: channel for channel in (Email, Push)}
