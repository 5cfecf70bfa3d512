"""Settings of the measured sites: the example project's as it goes to production, on the database of
CMS_NEWS_BENCH_DATABASE.

Connections stay open, for all contenders alike. On PostgreSQL a second alias leads to the same database and keeps
prepared statements there, as the README describes it.
"""

import os

os.environ["DJANGO_DEBUG"] = "0"
os.environ.setdefault("DJANGO_SECRET_KEY", "for-benchmarks-only")
os.environ["DATABASE_URL"] = os.environ["CMS_NEWS_BENCH_DATABASE"]

from example_project.settings import *  # noqa: F403
from example_project.settings import DATABASES, INSTALLED_APPS, MIDDLEWARE

# Nobody is redirected to HTTPS on the loopback device.
SECURE_SSL_REDIRECT = False
ALLOWED_HOSTS = ["127.0.0.1", "testserver"]
INSTALLED_APPS = [*INSTALLED_APPS, "tests.benchmarks.plain", "tests.benchmarks.plain_write"]
ROOT_URLCONF = "tests.benchmarks.plain.urls"

MINIMAL_MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
]
"""What the README recommends where a process serves the API alone."""
if os.environ.get("CMS_NEWS_BENCH_MIDDLEWARE") == "minimal":
    MIDDLEWARE = MINIMAL_MIDDLEWARE

IS_POSTGRESQL = DATABASES["default"]["ENGINE"].endswith("postgresql")
DATABASES = {"default": {**DATABASES["default"], "CONN_MAX_AGE": None}}
if IS_POSTGRESQL:
    PREPARED = {
        "server_side_binding": True,
        "prepare_threshold": 5,
        "options": "-c plan_cache_mode=force_generic_plan",
    }
    DATABASES["prepared"] = {**DATABASES["default"], "OPTIONS": PREPARED}
    if os.environ.get("CMS_NEWS_BENCH_PREPARED"):
        DATABASES["default"] = DATABASES.pop("prepared")
DATABASE_ROUTERS = ["tests.benchmarks.contenders.ChosenDatabase"]
# One client asks more than all the world does.
CMS_NEWS = {"TIMEZONE": "Asia/Shanghai", "THROTTLE_RATES": None}
