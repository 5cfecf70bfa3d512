"""Imports that are killed at any moment and run again: what they leave is what one run leaves.

CMS_NEWS_KILLS says how often: 3 unless it is set. From 20 on, 2,000 files are imported instead of 300.
"""

import os
import re
import signal
import sys
import time
from random import Random

import pytest

from tests.benchmarks.generate_posts import generate_posts
from tests.kill.newsrooms import TIMEOUT_SECONDS, find_difference

KILLS = int(os.environ.get("CMS_NEWS_KILLS", "3"))
FILES = 2000 if KILLS >= 20 else 300
BATCHES = 10
ATTEMPTS = 8
COUNT = re.compile(r"(\d+) (created|updated|renamed|unchanged|conflict|failed)\b")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no process groups")


@pytest.fixture(scope="module")
def posts(tmp_path_factory):
    """A folder of posts, among them some of equal bytes, some of equal name, and one that fails."""
    folder = tmp_path_factory.mktemp("posts")
    for name in (".", "again", "copies"):
        (folder / name).mkdir(exist_ok=True)
    originals = FILES * 5 // 6
    for number, (name, text) in enumerate(generate_posts(originals)):
        (folder / name).write_text(text, "utf-8")
        if number % 10 == 0:
            (folder / "again" / name).write_text(f"{text}<p>尾声。</p>\n", "utf-8")
            (folder / "copies" / name).write_text(text, "utf-8")
    (folder / "broken.md").write_text("---\ntitle: x\ndate: never\n---\n", "utf-8")
    return folder


@pytest.fixture(scope="module")
def batch_size():
    return FILES // BATCHES


def command(posts, *, jobs):
    return "import_articles", posts, "--jobs", str(jobs)


def finish(newsroom, posts, *, jobs):
    """Import to the end; return how many files had which outcome."""
    status, said = newsroom.run(*command(posts, jobs=jobs))
    assert status == 1, said
    assert "Traceback" not in said, said
    return read_counts(said)


def read_counts(said):
    found = {outcome: int(number) for number, outcome in COUNT.findall(said)}
    assert found, said
    return found


def test_killed_import_run_again_leaves_what_one_run_leaves(posts, open_copy):
    good = sum(1 for _ in posts.rglob("*.md")) - 1
    undisturbed = open_copy("undisturbed")
    started = time.monotonic()
    counts = finish(undisturbed, posts, jobs=1)
    duration = time.monotonic() - started
    assert (counts["created"], counts["failed"]) == (good, 1)
    expected = undisturbed.dump()
    assert len(expected["cms_news_article"]) == good

    random = Random(KILLS)
    left = []
    for kill in range(KILLS):
        jobs = 1 + kill % 2
        for attempt in range(ATTEMPTS):
            newsroom = open_copy(f"kill{kill}_{attempt}")
            moment = duration * (kill + random.random()) / KILLS
            status = newsroom.kill_after(moment, *command(posts, jobs=jobs))
            if status == -signal.SIGKILL:
                break
            # It was done before: the machine was busier when the undisturbed import was timed.
            duration *= 0.8
        assert status == -signal.SIGKILL
        left.append(newsroom.count("cms_news_article"))
        counts = finish(newsroom, posts, jobs=1)
        sums = {**dict.fromkeys(counts, 0), "created": good - left[-1], "unchanged": left[-1]}
        assert counts == {**sums, "failed": 1}
        told = f"killed after {moment:.2f} of {duration:.2f} s: {left[-1]} left"
        sys.stdout.write(f"--jobs {jobs} {told}\n")
        assert not find_difference(newsroom.dump(), expected), told


def test_import_killed_between_batches_goes_on_without_a_lock(posts, open_copy):
    newsroom = open_copy("between")
    process = newsroom.start(*command(posts, jobs=2))
    newsroom.wait_until_said(": created")
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait(TIMEOUT_SECONDS) == -signal.SIGKILL
    left = newsroom.count("cms_news_article")
    assert left > 0
    counts = finish(newsroom, posts, jobs=1)
    assert counts["unchanged"] == left


def test_ctrl_c_ends_after_the_batch_with_a_summary(posts, open_copy):
    newsroom = open_copy("interrupted")
    process = newsroom.start(*command(posts, jobs=2))
    newsroom.wait_until_said(": created")
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(TIMEOUT_SECONDS) == 130, newsroom.said()
    said = newsroom.said()
    assert "interrupted: run it again to go on" in said
    assert "Traceback" not in said
    done = read_counts(said)["created"]
    assert 0 < done == newsroom.count("cms_news_article")
    assert finish(newsroom, posts, jobs=1)["unchanged"] == done
