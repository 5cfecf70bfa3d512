"""Ctrl-C, which the terminal sends to every process of the group, while the workers are starting."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no process groups")

PROGRAM = """
import os, signal
import django
django.setup()
from cms_news.content.fields import FieldOptions, Origin
from cms_news.content.policy import DEFAULT_POLICY
from cms_news.content.preparing import Job, Recipe
from cms_news.services.workers import CHUNK_SIZE, open_workers

if __name__ == "__main__":
    seen = []
    signal.signal(signal.SIGINT, lambda *_: seen.append("interrupt"))
    recipe = Recipe(FieldOptions(), DEFAULT_POLICY, 140)
    jobs = [Job(f"---\\ntitle: t{n}\\n---\\nx", Origin("a.md")) for n in range(4 * CHUNK_SIZE)]
    with open_workers(2, recipe) as workers:
        workers.rescue = None  # nothing may need it
        pending = workers.start(jobs)
        # Both processes exist, and neither has got farther than Python's own start.
        os.killpg(0, signal.SIGINT)
        titles = [outcome.data.title for outcome in pending.results()]
    assert titles == [f"t{n}" for n in range(len(jobs))]
    print(len(titles), *seen)
"""


def test_interrupt_reaches_the_parent_and_no_worker(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, "utf-8")
    done = subprocess.run(
        [sys.executable, program],
        env={
            "PYTHONPATH": ":".join(filter(None, sys.path)),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
        },
        start_new_session=True,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.stderr, done.stdout.split()) == ("", ["100", "interrupt"])
