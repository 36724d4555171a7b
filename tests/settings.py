"""The project's own settings, as on a development machine, with what makes a suite quick."""

from __future__ import annotations

import os
import tempfile

os.environ["DEBUG"] = "on"

from studiomode.settings import *  # noqa: F403

DEBUG = False
SITE_URL = "https://studiomode.example"
SITE_HOST = "studiomode.example"
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost", SITE_HOST]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
WHITENOISE_AUTOREFRESH = True  # static files from where they are written, none collected

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    # A real file: the default, in memory, knows neither WAL nor waiting for a lock.
    DATABASES["default"]["TEST"] = {  # noqa: F405
        "NAME": f"{tempfile.gettempdir()}/studiomode-tests-{os.getpid()}.sqlite3"
    }

# What is saved shows at once; tests of stored boards say how long they are fresh.
BOARD_FRESH_SECONDS = 0
