"""Settings of an import that is to be killed: the test suite's, with batches small enough to be killed between."""

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.kill.batches"]
