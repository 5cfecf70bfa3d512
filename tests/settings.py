"""Settings of the test suite. TEST_DATABASE_URL chooses the database; SQLite in memory by default."""

import os
from pathlib import Path

from example_project.database import parse_database_url

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = "for-tests-only"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "example_project.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular_sidecar",
    "taggit",
    "cms_news",
    "example_project",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "example_project.middleware.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {
    "default": parse_database_url(
        os.environ.get("TEST_DATABASE_URL", "sqlite:///:memory:"), root=BASE_DIR
    )
}
if os.environ.get("TEST_DATABASE_URL", "").startswith("sqlite:"):
    # Django tests SQLite in memory unless told; a named file lets several processes meet.
    DATABASES["default"]["TEST"] = {"NAME": str(DATABASES["default"]["NAME"])}
if os.environ.get("TEST_DATABASE_URL", "").startswith("postgres"):
    # The same database once more, for tests of what reads from another one than it writes to.
    DATABASES["replica"] = {**DATABASES["default"], "TEST": {"MIRROR": "default"}}

CACHES = {
    # Requests are counted here: not at all, but in tests of that.
    "default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
    "answers": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "answers"},
}
CMS_NEWS = {"TIMEZONE": "Asia/Shanghai"}
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "Simplified Chinese")]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
MEDIA_URL = "media/"
MEDIA_ROOT = BASE_DIR / "example_project" / "media" / "tests"
