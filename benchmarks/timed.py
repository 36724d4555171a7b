"""StudioMode as it is served, with a fiftieth of the work that hashing a password is.

What else differs between known and unknown would drown in the whole of it. No mail leaves.
"""

from __future__ import annotations

import logging

import setup  # noqa: F401  Django, as the benchmarks have it
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.wsgi import get_wsgi_application


class Quick(PBKDF2PasswordHasher):
    iterations = 20_000


logging.getLogger("django.request").setLevel(logging.ERROR)  # a 401 each time
settings.PASSWORD_HASHERS = [f"{__name__}.Quick"]
settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
application = get_wsgi_application()
