"""All settings. The environment decides what differs between machines; README lists the names.

SQLite is the default, so that a checkout runs with nothing else to start.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from py_vapid import Vapid
from redis.backoff import NoBackoff
from redis.retry import Retry

BASE_DIR = Path(__file__).resolve().parent.parent


# --- readers: a value that cannot be read stops the start and says what is allowed ---

SHORTEST_TOKEN = 20
SWITCH = {"on": True, "true": True, "1": True, "off": False, "false": False, "0": False}


def read(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, "").strip() or default
    if value is None:
        raise ImproperlyConfigured(
            f"{name} is not set. Production (DEBUG off) needs it; "
            "on a development machine set DEBUG=on."
        )
    return value


def read_switch(name: str, default: str) -> bool:
    value = read(name, default).lower()
    if value not in SWITCH:
        raise ImproperlyConfigured(
            f"{name}={value!r} is neither on nor off. Allowed: {', '.join(SWITCH)}."
        )
    return SWITCH[value]


def read_number(name: str, default: str, most: int = 99_999_999) -> int:
    value = read(name, default)
    if not (value.isascii() and value.isdigit() and len(value) < 9 and int(value) <= most):
        raise ImproperlyConfigured(f"{name}={value!r} is not allowed. Allowed: 0 to {most}.")
    return int(value)


def read_list(name: str, default: str) -> list[str]:
    return [item.strip() for item in read(name, default).split(",") if item.strip()]


def read_choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = read(name, default).lower()
    if value not in allowed:
        raise ImproperlyConfigured(f"{name}={value!r} is unknown. Allowed: {', '.join(allowed)}.")
    return value


def read_token(name: str) -> str:
    value = read(name, "")
    if value and not (len(value) >= SHORTEST_TOKEN and value.isascii() and value.isprintable()):
        raise ImproperlyConfigured(
            f"{name} can be guessed. Allowed: at least {SHORTEST_TOKEN} plain characters, or "
            "nothing: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
        )
    return value


def read_ping_url(name: str) -> str:
    value = read(name, "").rstrip("/")
    parts = urlsplit(value)
    is_whole = parts.scheme in ("http", "https") and parts.hostname and not parts.query
    if value and not is_whole:
        raise ImproperlyConfigured(
            f"{name} is not the address of a monitor. Allowed: http:// or https://, a host and a "
            "path without a query, such as https://hc-ping.com/a-uuid; or nothing."
        )
    return value


def read_site_url(name: str, default: str | None) -> str:
    value = read(name, default).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        raise ImproperlyConfigured(
            f"{name}={value!r} is not the address of a site. Allowed: a scheme and a host, "
            "such as https://studiomode.example."
        )
    return value


def read_database(name: str, default: str) -> dict[str, Any]:
    value = read(name, default)
    try:
        config = environ.Env.db_url_config(value)
    except Exception as error:  # the parser raises whatever its parts raise
        raise ImproperlyConfigured(f"{name} cannot be read: {error}.") from error
    if config.get("ENGINE") not in DATABASE_OPTIONS or not config.get("NAME"):
        raise ImproperlyConfigured(
            f"{name} names no database that StudioMode runs on. Allowed: sqlite:///path/to/file "
            "or postgres://user:password@host:5432/name."
        )
    return config | {"OPTIONS": DATABASE_OPTIONS[config["ENGINE"]] | config.get("OPTIONS", {})}


def read_email(name: str, default: str) -> dict[str, Any]:
    value = read(name, default)
    try:
        return dict(environ.Env.email_url_config(value))
    except Exception as error:
        raise ImproperlyConfigured(
            f"{name} cannot be read. Allowed: smtp+tls://user:password@host:587, smtp://host:25 "
            "or consolemail://."
        ) from error


def read_private_key(name: str, default: str) -> str:
    """Of VAPID: 32 bytes in URL-safe base64, or DER."""
    value = os.environ.get(name, "").strip() or default
    try:
        if value:
            Vapid.from_string(value)
    except Exception as error:  # the library raises whatever its parts raise
        raise ImproperlyConfigured(
            f"{name} is no private key on the curve P-256. Allowed: its 32 bytes in URL-safe "
            "base64, or nothing."
        ) from error
    return value


def read_cache(name: str, default: str) -> dict[str, Any]:
    value = read(name, default)
    try:
        config = dict(environ.Env.cache_url_config(value))
    except Exception as error:
        raise ImproperlyConfigured(
            f"{name} cannot be read. Allowed: locmemcache://, redis://host:6379/0, "
            "filecache:///path/to/folder or dbcache://table."
        ) from error
    return config | {"OPTIONS": CACHE_OPTIONS.get(config["BACKEND"].rpartition(".")[2], {})}


DATABASE_OPTIONS: dict[str, dict[str, Any]] = {
    # IMMEDIATE takes the write lock when a transaction begins: a transaction that reads and then
    # writes can then wait its turn, where the default fails with "database is locked".
    "django.db.backends.sqlite3": {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    },
    "django.db.backends.postgresql": {},
}


CACHE_OPTIONS: dict[str, dict[str, Any]] = {
    "LocMemCache": {"MAX_ENTRIES": 300},  # a process; a card has up to 100 kB
    # Without them a dead server costs 4 s a call, and a hung one 12.
    "RedisCache": {
        "socket_timeout": 0.5,
        "socket_connect_timeout": 0.5,
        "retry": Retry(NoBackoff(), 0),
    },
}


# --- what differs between machines ---

DEBUG = read_switch("DEBUG", "off")
SECRET_KEY = read("SECRET_KEY", "insecure-key-of-a-development-machine" if DEBUG else None)
SITE_URL = read_site_url("SITE_URL", "http://127.0.0.1:8000" if DEBUG else None)
SITE_HOST = urlsplit(SITE_URL).hostname or ""
# This machine too: whoever watches over the process asks it from inside.
ALLOWED_HOSTS = read_list("ALLOWED_HOSTS", f"{SITE_HOST},127.0.0.1,localhost,[::1]")
DATABASES = {"default": read_database("DATABASE_URL", f"sqlite:///{BASE_DIR / 'db.sqlite3'}")}
DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
vars().update(read_email("EMAIL_URL", "consolemail://" if DEBUG else "smtp://localhost:25"))
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache"
    },  # the library counts its mails
    # In front of stored boards and cards: whatever is in it can be lost at any moment.
    "derived": read_cache("CACHE_URL", "locmemcache://") | {"KEY_PREFIX": SITE_HOST},
}
BOARD_FRESH_SECONDS = read_number("BOARD_FRESH_SECONDS", "5", most=300)  # 0: none is stored
ENABLE_DEBUG_ROUTES = read_switch("ENABLE_DEBUG_ROUTES", "off")
# Of each artist; reads also of each address that nobody has signed in at.
READS_A_MINUTE = read_number("READS_A_MINUTE", "600")
SAVES_A_MINUTE = read_number("SAVES_A_MINUTE", "120")
METRICS_TOKEN = read_token("METRICS_TOKEN")  # none: there is no /metrics
PING_URL = read_ping_url("PING_URL")  # none: nobody is told of runs
LOG_FORMAT = read_choice("LOG_FORMAT", "plain", ("plain", "json"))
EMAIL_TIMEOUT = 10  # seconds; without it a silent mail server holds a worker for ever
DEFAULT_FROM_ADDRESS = f"no-reply@{SITE_HOST}"
DEFAULT_FROM_EMAIL = f"StudioMode <{DEFAULT_FROM_ADDRESS}>"
# Without a key nothing is pushed. Only these hosts are: an address comes from whoever signs in.
VAPID_PRIVATE_KEY = read_private_key("VAPID_PRIVATE_KEY", "")
PUSH_HOSTS = read_list(
    "PUSH_HOSTS",
    "fcm.googleapis.com,updates.push.services.mozilla.com,web.push.apple.com,notify.windows.com",
)


# --- the house ---

INSTALLED_APPS = [
    "studiomode.apps.StudioModeConfig",
    "studiomode.beats",
    "leaderboards",
    "history",
    "sharecards",
    "studiomode.digest",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "django_crontab",
]

MIDDLEWARE = [
    "studiomode.beats.afterwards.AfterwardsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "studiomode.beats.limits.LimitsMiddleware",
    "studiomode.beats.inputs.ErrorPageMiddleware",
    "studiomode.beats.caching.ValidatorMiddleware",
]

ROOT_URLCONF = "studiomode.urls"
WSGI_APPLICATION = "studiomode.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "studiomode.beats.addresses.site",
            ],
        },
    },
]

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = False

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]


# --- accounts ---

AUTH_USER_MODEL = "beats.Artist"
AUTHENTICATION_BACKENDS = ["studiomode.beats.accounts.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_USERNAME_VALIDATORS = "studiomode.beats.keys.USERNAME_VALIDATORS"
# Who joins with a known address gets an account like anybody, whose address can never be verified:
# whatever else were done, page or API would tell that the address is known.
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": None}  # limits.py counts them, exactly
ACCOUNT_ADAPTER = "studiomode.beats.mail.AccountAdapter"
# How many proxies in front append to X-Forwarded-For; without them, whoever asks could forge it.
ALLAUTH_TRUSTED_PROXY_COUNT = read_number("TRUSTED_PROXIES", "0")
ACCOUNT_DEFAULT_HTTP_PROTOCOL = urlsplit(SITE_URL).scheme


# --- the API ---

REST_FRAMEWORK = {
    # The first of them is who the anonymous are told of: 401, and how to sign in.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "studiomode.beats.authentication.DeviceAuthentication",
        "studiomode.beats.authentication.SessionAuthentication",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_THROTTLE_CLASSES": ["studiomode.beats.throttling.ReadsThrottle"],
    "DEFAULT_PARSER_CLASSES": ["studiomode.beats.bodies.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "studiomode.contract.ContractSchema",
    "URL_FORMAT_OVERRIDE": None,  # ?format= means nothing: there is one
    "EXCEPTION_HANDLER": "studiomode.beats.problems.answer_error",
}
KNOX_TOKEN_MODEL = "beats.Device"  # noqa: S105  a model
REST_KNOX = {"AUTH_HEADER_PREFIX": "Bearer"}
MIGRATION_MODULES = {"knox": None}  # of its own it would have a table that Device stands in for
SPECTACULAR_SETTINGS = {
    "TITLE": "StudioMode",
    "DESCRIPTION": """\
Boards, recaps, archives and the ♡, all lenses on one table of saves.

Instants are ISO 8601 with `Z`, in UTC. A missing value is `null`, never a missing key. Every error
is a problem (RFC 9457): `detail` says what was wrong and what is allowed.

**What will not break.** Within version 1 no operation, parameter, field or status goes away or
changes its meaning, and nothing that was optional is asked for. What may come: operations, optional
parameters, fields, kinds of problems, boards and archives; so pass over what you do not know. What
has to go is marked as deprecated twelve months before.""",
    "VERSION": "1",
    "CONTACT": {"name": "StudioMode", "url": "https://studiomode.example/"},
    "TAGS": [
        {"name": "boards", "description": "What the ledger of saves says now, or said then."},
        {"name": "catalogue", "description": "The beats there are."},
        {"name": "history", "description": "What the boards said day by day, kept for good."},
        {"name": "me", "description": "The signed-in artist's own: ♡, follows, vault, notices."},
        {"name": "account", "description": "Joining, signing in on a device, and out again."},
    ],
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVERS": [{"url": "/", "description": "Whoever serves this document"}],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {"LensName": "leaderboards.lenses.LENSES"},
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "studiomode.contract.finished",
    ],
}


# --- what went wrong, on standard error: a server's log, cron's mail ---

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "studiomode.digest.logs.PlainLines",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        },
        "json": {"()": "studiomode.digest.logs.JSONLines"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        # People read what the command prints; machines read its events.
        "studiomode.digest": {"level": "INFO" if LOG_FORMAT == "json" else "WARNING"},
    },
}


# --- the one cron job: a tick that does nothing until a 14:00 UTC has passed unserved ---

CRONJOBS = [
    ("*/15 * * * *", "django.core.management.call_command", ["daily_digest"], {"if_due": True}),
]


# --- security ---

# Cookies and HSTS follow the scheme people see. The proxy in front ends TLS, says so in
# X-Forwarded-Proto and must drop that header from the outside (README, "In production").
HTTPS = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
# Asked from inside, without TLS.
SECURE_REDIRECT_EXEMPT = ["^livez$", "^readyz$", "^healthz$", "^metrics$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
CSRF_TRUSTED_ORIGINS = [SITE_URL]
# HSTS for subdomains and the preload list would bind hosts that are not ours to speak for.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

if not DEBUG:
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
