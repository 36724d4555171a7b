from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studiomode.settings")
application = get_asgi_application()

from studiomode.checks import refuse_unsafe_start  # noqa: E402  needs the apps to be ready

refuse_unsafe_start()
