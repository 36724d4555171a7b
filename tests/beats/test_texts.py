"""What is sent as a number or a list is not taken for a text."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from studiomode.beats.models import Artist

FIELDS = {
    "accounts/": ("username", "email", "password"),
    "accounts/verify/": ("key",),
    "accounts/verify/resend/": ("email",),
    "accounts/reset/": ("email",),
    "accounts/reset/confirm/": ("key", "password"),
    "tokens/": ("login", "password", "device"),
}


@pytest.mark.parametrize("address", FIELDS)
@pytest.mark.parametrize("value", [0, 1.5, True, [], ["ada"], {}])
def test_each_field_is_pointed_at(address: str, value: object, api: APIClient, db: None) -> None:
    answer = api.post(f"/api/v1/{address}", dict.fromkeys(FIELDS[address], value), "json")
    assert answer.status_code == 400
    found = {error["pointer"]: error["detail"] for error in answer.json()["errors"]}
    assert set(found) == {f"#/{name}" for name in FIELDS[address]}
    assert all("Allowed: a string" in detail for detail in found.values())
    assert not Artist.objects.exists()


@pytest.mark.parametrize("body", [b"[]", b"1", b"null", b'"ada"', b"{", b"[" * 100_000, b"\xff"])
@pytest.mark.parametrize("address", FIELDS)
def test_a_body_that_is_no_object(address: str, body: bytes, api: APIClient, db: None) -> None:
    answer = api.generic("POST", f"/api/v1/{address}", body, content_type="application/json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
