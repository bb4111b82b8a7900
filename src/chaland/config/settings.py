"""Django's settings, read from the environment; every variable is in docs/reference.

Nothing here needs to be set to try Chaland on a laptop. `CHALAND_ENV=production` closes what a
laptop leaves open, and refuses to start half configured.
"""

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

import chaland
from chaland.config import environment, rooms
from chaland.config.logs import logging_settings
from chaland.database import embedded
from chaland.database.address import DatabaseAddress, parse_database_url

# --- where we are ---------------------------------------------------------------------------------

CHALAND_ENV = environment.text("CHALAND_ENV", "development")
if CHALAND_ENV not in {"development", "test", "production"}:
    raise ImproperlyConfigured(
        f"CHALAND_ENV must be development, test or production, not {CHALAND_ENV!r}"
    )
PRODUCTION = CHALAND_ENV == "production"

CHALAND_DATA = environment.data_folder()
CHALAND_VERSION = chaland.__version__
CHALAND_METRICS_TOKEN = environment.text("CHALAND_METRICS_TOKEN")

DEBUG = environment.flag("CHALAND_DEBUG", default=False)
SECRET_KEY = environment.secret_key(CHALAND_DATA)
ALLOWED_HOSTS = environment.words(
    "CHALAND_ALLOWED_HOSTS",
    [] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]", "testserver"],
)
CSRF_TRUSTED_ORIGINS = environment.words("CHALAND_TRUSTED_ORIGINS", [])
if PRODUCTION and not ALLOWED_HOSTS:
    raise ImproperlyConfigured("CHALAND_ALLOWED_HOSTS must name the site's host in production")

# --- what it is made of ---------------------------------------------------------------------------

INSTALLED_APPS = [
    *(f"chaland.{room}" for room in rooms.rooms_with("apps")),
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "ninja",
    "procrastinate.contrib.django",
    "chaland.config",
]

# Those in `config.middleware` step aside for the API, which signs in by key and keeps no session.
MIDDLEWARE = [
    "chaland.config.middleware.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "chaland.config.middleware.SecurityHeaders",
    "chaland.web.middleware.ApiEdge",
    "chaland.config.middleware.static_files",
    "chaland.config.middleware.sessions",
    "chaland.config.middleware.locale",
    "chaland.config.middleware.common",
    "chaland.config.middleware.csrf",
    "chaland.config.middleware.authentication",
    "chaland.config.middleware.messages",
    "allauth.account.middleware.AccountMiddleware",
    "chaland.config.middleware.htmx",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "chaland.config.urls"
WSGI_APPLICATION = "chaland.config.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- the database ---------------------------------------------------------------------------------

DATABASE_URL = environment.text("DATABASE_URL")
DATABASE_IS_EMBEDDED = not DATABASE_URL
DATABASE_POOL_SIZE = environment.number("CHALAND_DB_POOL_SIZE", 24, least=1)
_address: DatabaseAddress = (
    embedded.address(CHALAND_DATA) if DATABASE_IS_EMBEDDED else parse_database_url(DATABASE_URL)
)

# Ledgers refuse TRUNCATE, with which tests clear the tables between them, unless told so here.
_server_options = " ".join(
    filter(
        None,
        [
            _address.options.get("options"),
            "-c chaland.truncate=allowed" if CHALAND_ENV == "test" else "",
        ],
    )
)

DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _address.name,
        "USER": _address.user,
        "PASSWORD": _address.password,
        "HOST": _address.host,
        "PORT": str(_address.port or ""),
        "TIME_ZONE": "UTC",
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "application_name": "chaland",
            **_address.options,
            **({"options": _server_options} if _server_options else {}),
            # More threads than connections: most of a request is not spent in the database, and
            # a batch writer serves many requests over one connection.
            "pool": {"min_size": 1, "max_size": DATABASE_POOL_SIZE, "timeout": 15.0},
            # Parameters travel apart from the text, so that a repeated statement is planned once.
            "server_side_binding": True,
            "prepare_threshold": 5,
        },
    }
}
# Sign-in attempts are counted here, so that every process knows of them.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "database_cache",
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"

# --- people ---------------------------------------------------------------------------------------

AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
    )
]
if CHALAND_ENV == "test":  # a good hash takes half a second, a test signs in a hundred times
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"

ACCOUNT_ADAPTER = "chaland.access.adapters.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "chaland.access.adapters.SocialAccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # accounts are made by an administrator, never by a visitor
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
MFA_TOTP_ISSUER = "Chaland"

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_NAME = "chaland_session"
CSRF_COOKIE_NAME = "chaland_csrf"

# --- words, places and times ----------------------------------------------------------------------

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("French")), ("en", _("English"))]
LANGUAGE_COOKIE_NAME = "chaland_language"
TIME_ZONE = environment.text("CHALAND_TIME_ZONE", "Europe/Paris")
USE_I18N = True
USE_TZ = True

# --- static files ---------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = CHALAND_DATA / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if PRODUCTION
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
MEDIA_ROOT = CHALAND_DATA / "files"

# --- mail -----------------------------------------------------------------------------------------

EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if environment.text("CHALAND_SMTP_HOST")
    else "django.core.mail.backends.filebased.EmailBackend"
)
EMAIL_FILE_PATH = CHALAND_DATA / "mail"
EMAIL_HOST = environment.text("CHALAND_SMTP_HOST")
EMAIL_PORT = environment.number("CHALAND_SMTP_PORT", 587, least=1)
EMAIL_HOST_USER = environment.text("CHALAND_SMTP_USER")
EMAIL_HOST_PASSWORD = environment.text("CHALAND_SMTP_PASSWORD")
EMAIL_USE_TLS = environment.flag("CHALAND_SMTP_TLS", default=True)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = environment.text("CHALAND_MAIL_FROM", "Chaland <chaland@localhost>")

# --- security -------------------------------------------------------------------------------------

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
_https = environment.flag("CHALAND_HTTPS", default=PRODUCTION)
SESSION_COOKIE_SECURE = _https
CSRF_COOKIE_SECURE = _https
SECURE_SSL_REDIRECT = _https
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$", "^metrics$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _https else 0
if environment.flag("CHALAND_BEHIND_PROXY", default=PRODUCTION):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# A bulk request holds 500 orders; anything larger is a mistake or an attack.
DATA_UPLOAD_MAX_MEMORY_SIZE = environment.number("CHALAND_MAX_BODY_BYTES", 16 * 1024 * 1024)

# The longest that a basket may ask its units to be kept before it is renewed.
CHALAND_PROMISE_RETENTION_DAYS = environment.number("CHALAND_PROMISE_RETENTION_DAYS", 400, least=60)
CHALAND_HOLD_MAX_SECONDS = environment.number("CHALAND_HOLD_MAX_SECONDS", 7_200, least=10)
# Requests a minute for each key in each process; 0 sets no limit.
CHALAND_RATE_PER_MINUTE = environment.number("CHALAND_RATE_PER_MINUTE", 120_000)
# Webhooks go to public addresses only, unless the receivers are inside the same network.
CHALAND_WEBHOOK_ALLOW_PRIVATE = environment.flag("CHALAND_WEBHOOK_ALLOW_PRIVATE", default=False)

# Orders that wait for their release are assigned together: of which channels (*: all), how often,
# for how long at most, and how much a changed order has to save.
CHALAND_REOPTIMISE_CHANNELS = environment.words("CHALAND_REOPTIMISE_CHANNELS", ["*"])
CHALAND_REOPTIMISE_EVERY = environment.number("CHALAND_REOPTIMISE_EVERY", 60, least=1)
CHALAND_REOPTIMISE_SECONDS = environment.number("CHALAND_REOPTIMISE_SECONDS", 10, least=1)
CHALAND_REOPTIMISE_LEAST_SAVING = environment.amount("CHALAND_REOPTIMISE_LEAST_SAVING", "0.50")

# Files of other systems: folders that are watched lie below the first, and no file is larger.
CHALAND_FEEDS_FOLDER = Path(
    environment.text("CHALAND_FEEDS_FOLDER") or CHALAND_DATA / "feeds" / "inbox"
)
CHALAND_FEEDS_MAX_BYTES = environment.number("CHALAND_FEEDS_MAX_BYTES", 4 * 1024**3, least=1)

# --- logs -----------------------------------------------------------------------------------------

LOGGING = logging_settings(
    json=environment.flag("CHALAND_LOG_JSON", default=PRODUCTION),
    level=environment.text("CHALAND_LOG_LEVEL", "INFO").upper(),
)
