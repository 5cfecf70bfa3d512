"""Settings of a contender: the test suite's, on the database of CMS_NEWS_BENCH_DATABASE."""

import os

from example_project.database import parse_database_url
from tests.settings import *  # noqa: F403
from tests.settings import BASE_DIR, CMS_NEWS, INSTALLED_APPS

DEBUG = False
INSTALLED_APPS = [*INSTALLED_APPS, "tests.benchmarks.naive"]
DATABASES = {"default": parse_database_url(os.environ["CMS_NEWS_BENCH_DATABASE"], root=BASE_DIR)}
CMS_NEWS = {**CMS_NEWS, "SANITIZER": os.environ.get("CMS_NEWS_BENCH_SANITIZER", "chain")}
