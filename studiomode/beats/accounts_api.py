"""The API of accounts: joining, signing in from a device, and what is lost along the way.

Whether an address is known is told to its owner alone, by mail: answers, and the time they take,
are the same. What is looked up and mailed waits until the answer is out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.account.forms import (
    ResetPasswordForm,
    ResetPasswordKeyForm,
    SignupForm,
    UserTokenForm,
)
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.core.context import request_context
from django.contrib.auth import authenticate
from django.db import IntegrityError, transaction
from django.forms import BaseForm
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import AuthenticationFailed, ErrorDetail, NotFound, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from .accounts import signed_in
from .afterwards import afterwards
from .api import SubjectSerializer
from .limits import MAILS, MAILS_FROM, SIGN_IN_FROM, address, hashed, spend
from .models import LONGEST_NAME, Artist, Device
from .problems import BY_ITSELF, problems

LONGEST_PASSWORD = 4096
WRONG = "The name, the e-mail address or the password is wrong."
BAD_KEY = "The key is not from a mail of ours, has been used or is too old. Ask for another mail."
TAKEN = str(Artist._meta.get_field("username").error_messages["unique"])
NO_TEXT = ErrorDetail("It is no text. Allowed: a string.", "invalid")
OURS = {"password1": "password", "__all__": BY_ITSELF}  # names of the library's, as here
SENT = OpenApiResponse(description="Whatever there is to say is said by mail to the address.")
NOTHING = OpenApiResponse(description="Done.")


class DeviceScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema names a token; declaring it registers it."""

    target_class = "studiomode.beats.authentication.DeviceAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "The `token` that `POST tokens/` answered with.",
        }


class PasswordField(serializers.CharField):
    def __init__(self, **options: Any) -> None:
        shown = {"input_type": "password"}
        super().__init__(
            max_length=LONGEST_PASSWORD,
            trim_whitespace=False,
            write_only=True,
            style=shown,
            **options,
        )


class Texts(serializers.Serializer[Any]):
    # A flat object of texts. The framework would take a number for one.
    def to_internal_value(self, data: Any) -> Any:
        sent = data if isinstance(data, dict) else {}
        names = map(str, self.fields)
        wrong = [name for name in names if not isinstance(sent.get(name), str | None)]
        if wrong:
            raise ValidationError({name: [NO_TEXT] for name in wrong})
        return super().to_internal_value(data)


class SignUpSerializer(Texts):
    username = serializers.CharField(help_text="How others see you.")
    email = serializers.EmailField(help_text="Where the link to verify it is mailed to.")
    password = PasswordField()


class KeySerializer(Texts):
    key = serializers.CharField(help_text="The last part of the link in the mail.")


class EmailSerializer(Texts):
    email = serializers.EmailField()


class ResetSerializer(KeySerializer):
    password = PasswordField(help_text="The new one.")


class SignInSerializer(Texts):
    login = serializers.CharField(help_text="Name or e-mail address.")
    password = PasswordField()
    device = serializers.CharField(
        max_length=LONGEST_NAME, help_text="What the artist calls it, such as “Ada's phone”."
    )


class DeviceSerializer(serializers.ModelSerializer[Device]):
    id = serializers.UUIDField(source="uuid")
    created_at = serializers.DateTimeField(source="created")
    expires_at = serializers.DateTimeField(source="expiry", help_text="Put off by being used.")
    last_used_at = serializers.DateTimeField(help_text="To the day.")
    is_current = serializers.SerializerMethodField(help_text="Whether it is the one that asks.")

    class Meta:
        model = Device
        fields: ClassVar = [
            "id", "name", "created_at", "expires_at", "last_used_at", "is_current",
        ]  # fmt: skip

    def get_is_current(self, device: Device) -> bool:
        return device == self.context["current"]


class SignedInSerializer(serializers.Serializer[Any]):
    token = serializers.CharField(help_text="Told this once. Keep it where no other app can see.")
    device = DeviceSerializer()


class MeSerializer(serializers.Serializer[Artist]):
    name = serializers.CharField(source="username")
    email = serializers.EmailField()
    is_email_verified = serializers.SerializerMethodField()
    producers = SubjectSerializer(many=True, help_text="Those that are the artist's own.")

    def get_is_email_verified(self, artist: Artist) -> bool:
        return artist.emailaddress_set.filter(email=artist.email, verified=True).exists()


class Open(APIView):
    """For those who cannot be signed in yet: nobody is asked who they are."""

    authentication_classes = ()

    def get_authenticate_header(self, request: Request) -> str:
        return "Bearer"


class SignUp(Open):
    """Join. The account is there at once; the mailed link verifies the address."""

    @extend_schema(
        operation_id="sign_up",
        tags=["account"],
        request=SignUpSerializer,
        responses={202: SENT, **problems(400, 429)},
    )
    def post(self, request: Request) -> Response:
        asked = read(SignUpSerializer, request)
        form = valid(JoinForm(asked | {"password1": asked["password"]}))
        spend_mails(request, asked["email"])
        email = join(request._request, form)
        mail_later(request, email.send_confirmation, signup=True)
        return Response(status=status.HTTP_202_ACCEPTED)


class Verify(Open):
    """Verify an address with the key that was mailed to it."""

    @extend_schema(
        operation_id="verify_email",
        tags=["account"],
        request=KeySerializer,
        responses={204: NOTHING, **problems(400, 429)},
    )
    def post(self, request: Request) -> Response:
        spend(SIGN_IN_FROM, address(request))
        found = EmailConfirmationHMAC.from_key(read(KeySerializer, request)["key"])
        if not (found and found.confirm(request._request)):
            raise bad_key()
        return Response(status=status.HTTP_204_NO_CONTENT)


class Resend(Open):
    """Have the link that verifies an address mailed again."""

    @extend_schema(
        operation_id="resend_verification",
        tags=["account"],
        request=EmailSerializer,
        responses={202: SENT, **problems(400, 429)},
    )
    def post(self, request: Request) -> Response:
        email = read(EmailSerializer, request)["email"]
        spend_mails(request, email)
        mail_later(request, resend, email)
        return Response(status=status.HTTP_202_ACCEPTED)


class Reset(Open):
    """Have a link mailed that leads to a new password."""

    @extend_schema(
        operation_id="reset_password",
        tags=["account"],
        request=EmailSerializer,
        responses={202: SENT, **problems(400, 429)},
    )
    def post(self, request: Request) -> Response:
        asked = read(EmailSerializer, request)
        spend_mails(request, asked["email"])
        mail_later(request, reset, asked, request._request)
        return Response(status=status.HTTP_202_ACCEPTED)


class ConfirmReset(Open):
    """Set a new password with the key that was mailed. Signs out every device and browser."""

    @extend_schema(
        operation_id="confirm_password_reset",
        tags=["account"],
        request=ResetSerializer,
        responses={204: NOTHING, **problems(400, 429)},
    )
    def post(self, request: Request) -> Response:
        spend(SIGN_IN_FROM, address(request))
        asked = read(ResetSerializer, request)
        new = {"password1": asked["password"], "password2": asked["password"]}
        valid(ResetPasswordKeyForm(new, user=owner_of(asked["key"]))).save()
        return Response(status=status.HTTP_204_NO_CONTENT)


class Tokens(APIView):
    """The devices that the artist is signed in on."""

    permission_classes = (IsAuthenticated,)

    def get_authenticators(self) -> list[Any]:
        # Who signs in may still send a token that has expired.
        return [] if is_signing_in(self) else super().get_authenticators()

    def get_permissions(self) -> Sequence[Any]:
        return [] if is_signing_in(self) else super().get_permissions()

    def get_authenticate_header(self, request: Request) -> str:
        return "Bearer"

    @extend_schema(
        operation_id="sign_in",
        tags=["account"],
        auth=[],
        request=SignInSerializer,
        responses={201: SignedInSerializer, **problems(400, 401, 429)},
    )
    def post(self, request: Request) -> Response:
        """Sign in on a device. Its token is told once, and good for 90 days from its last use."""
        asked = read(SignInSerializer, request)
        artist = authenticate(request._request, username=asked["login"], password=asked["password"])
        if not isinstance(artist, Artist):
            raise AuthenticationFailed(WRONG, "wrong_credentials")
        device, token = artist.sign_in_on(asked["device"], timezone.now())
        told = SignedInSerializer({"token": token, "device": device}, context={"current": device})
        return Response(told.data, status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="list_devices",
        tags=["account"],
        responses={200: DeviceSerializer(many=True), **problems(401, 429)},
    )
    def get(self, request: Request) -> Response:
        devices = signed_in(request).devices.signed_in(timezone.now()).latest_first()
        context = {"current": request.auth}
        return Response(DeviceSerializer(devices, many=True, context=context).data)

    @extend_schema(
        operation_id="sign_out_everywhere",
        tags=["account"],
        responses={204: NOTHING, **problems(401)},
    )
    def delete(self, request: Request) -> Response:
        """Sign out on every device."""
        signed_in(request).devices.all().delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


def is_signing_in(view: APIView) -> bool:
    request: Any = view.request  # none where the schema is made
    return request is not None and request.method == "POST"


class CurrentToken(APIView):
    """The device that asks."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="sign_out",
        tags=["account"],
        responses={204: NOTHING, **problems(401, 404)},
    )
    def delete(self, request: Request) -> Response:
        """Sign out on this device."""
        if not isinstance(request.auth, Device):
            raise NotFound("You are signed in by a browser's session. Sign out on the website.")
        request.auth.delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


class Token(APIView):
    """One of the artist's devices."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="revoke_device",
        tags=["account"],
        responses={204: NOTHING, **problems(401, 404)},
    )
    def delete(self, request: Request, device: UUID) -> Response:
        """Sign out on one device, lost or sold."""
        get_object_or_404(signed_in(request).devices, uuid=device).delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


class Me(APIView):
    """Who is signed in."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="get_me",
        tags=["account"],
        responses={200: MeSerializer, **problems(401, 429)},
    )
    def get(self, request: Request) -> Response:
        return Response(MeSerializer(signed_in(request)).data)


class JoinForm(SignupForm):  # type: ignore[misc]  # it has no types
    def validate_unique_email(self, email: str) -> str:
        """Not looked at: that would take the longer, the more accounts have it."""
        return email


def read(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    found = shape(data=request.data)
    found.is_valid(raise_exception=True)
    return dict(found.validated_data)


def valid(form: Any) -> Any:
    """The form. Raises ValidationError with what is wrong, by our own names of the fields."""
    if form.is_valid():
        return form
    raise ValidationError({OURS.get(name, name): wrong(form, name) for name in form.errors})


def wrong(form: BaseForm, name: str) -> list[ErrorDetail]:
    return [
        ErrorDetail(message, error.code or "invalid")
        for error in form.errors.as_data()[name]
        for message in error.messages
    ]


def join(request: HttpRequest, form: JoinForm) -> EmailAddress:
    """The address of the new artist, still to be verified."""
    artist = get_adapter().save_user(request, Artist(), form, commit=False)
    try:
        with transaction.atomic():
            artist.save()
            return EmailAddress.objects.create(user=artist, email=artist.email, primary=True)
    except IntegrityError as error:  # somebody was quicker, or of another case
        raise ValidationError({"username": ErrorDetail(TAKEN, "unique")}) from error


def spend_mails(request: Request, email: str) -> None:
    spend(MAILS_FROM, address(request))
    spend(MAILS, hashed(email))


def mail_later(request: Request, work: Callable[..., object], *args: Any, **kwargs: Any) -> None:
    """Once the answer is out; the library's mails want to know of the request."""

    def mail() -> None:
        with request_context(request._request):
            work(*args, **kwargs)

    afterwards(mail)


def resend(email: str) -> None:
    for unverified in EmailAddress.objects.filter(email=email.lower(), verified=False):
        unverified.send_confirmation()


def reset(asked: dict[str, str], request: HttpRequest) -> None:
    form = ResetPasswordForm(asked)
    if form.is_valid():
        form.save(request)


def owner_of(key: str) -> Artist:
    """Whose password the key from a mail resets."""
    uid, _, token = key.partition("-")
    form = UserTokenForm({"uidb36": uid, "key": token})
    if not (uid and form.is_valid()):  # without the former, the library breaks on the latter
        raise bad_key()
    return form.reset_user


def bad_key() -> ValidationError:
    return ValidationError({"key": ErrorDetail(BAD_KEY, "bad_key")})
