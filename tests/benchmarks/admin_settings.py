"""Settings of the measured admin: the example project's, with the plain list beside ours."""

from tests.benchmarks.api_settings import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.plain_admin"
