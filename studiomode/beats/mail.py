"""Mails about accounts: links from SITE_URL, and no page fails with the mail server."""

from __future__ import annotations

import logging
from smtplib import SMTPException
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse

from .addresses import absolute
from .limits import address
from .problems import is_about_the_api

SORRY = "We could not send you a mail. Ask for it again later."
log = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # it has no types
    """What the library asks of us."""

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return absolute(reverse("account_confirm_email", args=[emailconfirmation.key]))

    def get_reset_password_from_key_url(self, key: str) -> str:
        # The library joins user and key by the first hyphen, and parts them there again.
        return absolute(reverse("account_reset_password_from_key", args=key.split("-", 1)))

    def get_client_ip(self, request: HttpRequest) -> str:
        return address(request)

    def format_email_subject(self, subject: str) -> str:
        return f"StudioMode: {subject}"

    def add_message(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        if not is_about_the_api(request):  # where nobody would see it
            super().add_message(request, *args, **kwargs)

    def send_confirmation_mail(self, request: HttpRequest, confirmation: Any, signup: bool) -> None:
        if confirmation.email_address.can_set_verified():
            super().send_confirmation_mail(request, confirmation, signup)
        else:
            self.send_account_already_exists_mail(confirmation.email_address.email)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        told = {name: ours(value) for name, value in context.items()}
        try:
            super().send_mail(template_prefix, email, told | {"current_site": SITE})
        except (OSError, SMTPException):
            log.exception("A mail about an account could not be sent")
            if self.request:
                messages.error(self.request, SORRY)


def ours(value: Any) -> Any:
    """A link of the library's, which it makes from the Host header, made from SITE_URL."""
    is_link = isinstance(value, str) and value.startswith(("http://", "https://"))
    return absolute(urlsplit(value).path) if is_link else value


class Site:
    """How the library's mails speak of us."""

    name = "StudioMode"
    domain = settings.SITE_HOST


SITE = Site()
