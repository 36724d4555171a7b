"""Who schemathesis asks as: an artist on a device, signed in anew when it has signed itself out."""

from __future__ import annotations

from typing import Any

import schemathesis
import setup  # noqa: F401  Django, as the benchmarks have it
from django.utils import timezone

from studiomode.beats.models import Artist


@schemathesis.auth(refresh_interval=1)
class Device:
    def get(self, case: Any, context: Any) -> str:
        """Past the API, whose limit on signing in would be met at once."""
        return Artist.objects.get(username="demo").sign_in_on("fuzz", timezone.now())[1]

    def set(self, case: Any, data: str, context: Any) -> None:
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


@schemathesis.hook
def map_headers(context: Any, headers: Any) -> Any:
    """No other host: the client itself breaks over what is none (`[`)."""
    return {name: value for name, value in (headers or {}).items() if name.lower() != "host"}
