"""Settings of the site. Everything that differs between two places comes from the environment.

HOST, PORT            where `manage.py lab` listens (127.0.0.1, 8000)
API_PORT              where learners' own clients reach their clusters, over TLS (8443); 0: nowhere
API_URL               the address of that port, when a TLS proxy with a trusted certificate stands in front of it
PUBLIC_URL            the address that learners see, when a TLS proxy stands in front: https://lab.example.org
ALLOWED_HOSTS         further names that the site answers to, separated by commas
LESSONS               the folder of the lessons (lessons/)
KUBELAB_DATA          the folder of the database, the secret key and the API's certificates (var/)
DATABASE_URL          postgres://user:password@host/name; without it SQLite in the data folder
REDIS_URL             redis://host:6379/0 when several processes serve; without it all stays in one process
PREPARE               large presets whose clusters are made ready beforehand (five-thousand-nodes); empty: none
RECONCILE             0: the server does not run clusters' time; `manage.py reconcile` does, beside it
EMAIL_HOST, …         SMTP for password resets; without it mails are printed on the server's console
DEBUG                 1: Django's error pages and static files straight from the source tree
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

from kubelab.databases import database_from_url
from kubelab.hosts import hosts_of
from kubelab.secret import secret_key

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("KUBELAB_DATA", BASE_DIR / "var")).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)
LESSONS = Path(os.environ.get("LESSONS", BASE_DIR / "lessons")).resolve()

DEBUG = os.environ.get("DEBUG") == "1"
HOST = os.environ.get("HOST", "127.0.0.1")
PORT = os.environ.get("PORT", "8000")
API_PORT = int(os.environ.get("API_PORT", "8443"))
API_URL = os.environ.get("API_URL", "")
RECONCILE = os.environ.get("RECONCILE", "1") != "0"
PREPARE = os.environ.get("PREPARE", "" if DEBUG else "five-thousand-nodes").split()

SECRET_KEY = os.environ.get("SECRET_KEY") or secret_key(DATA_DIR / "secret-key")

PUBLIC_URL = os.environ.get("PUBLIC_URL", "")
ALLOWED_HOSTS = hosts_of(HOST, PUBLIC_URL, os.environ.get("ALLOWED_HOSTS", ""))
if PUBLIC_URL:
    CSRF_TRUSTED_ORIGINS = [PUBLIC_URL.rstrip("/")]
if urlsplit(PUBLIC_URL).scheme == "https":
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 31_536_000

INSTALLED_APPS = [
    "kubelab",
    "kubelab.accounts",
    "kubelab.labs",
    "kubelab.courses",
    "kubelab.classroom",
    "kubelab.administration.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",  # its templates, so that ours in templates/ can take their place
    "channels",
    "django_htmx",
]

MIDDLEWARE = [
    "kubelab.security.ContentSecurityPolicy",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "kubelab.accounts.middleware.KeepSignedIn",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "kubelab.urls"
ASGI_APPLICATION = "kubelab.asgi.application"

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
                "kubelab.appearance.theme",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Clusters' state lives here (kubelab.labs). No ATOMIC_REQUESTS: each GET would then take SQLite's write lock.
DATABASES = {"default": database_from_url(os.environ.get("DATABASE_URL") or "sqlite:///kubelab.sqlite3", DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = os.environ.get("REDIS_URL", "")
if REDIS_URL:
    # The pub/sub layer: the other one holds a connection for each socket and runs out of them.
    CHANNEL_LAYERS = {
        "default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}}
    }
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["kubelab.accounts.backends.NameOrEmail"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
SESSION_COOKIE_AGE = 400 * 24 * 3600  # the longest that browsers keep a cookie: a guest's cookie is their only key

EMAIL_HOST = os.environ.get("EMAIL_HOST", "")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "587"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("EMAIL_USE_TLS", "1") == "1"
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "KubeLab <kubelab@localhost>")

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL", "WARNING")},
    "loggers": {"django": {"handlers": [], "propagate": True}},  # else it writes each line a second time
}
