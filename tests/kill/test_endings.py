"""Imports that end before they are done, other than by SIGKILL at any moment: in good order, whatever ends them."""

import errno
import os
import pty
import re
import signal
import subprocess
import sys
import time

import pytest

from tests.kill.newsrooms import TIMEOUT_SECONDS

FILES = 200
TEXT = "---\ntitle: {0}\ndate: 2021-12-09\n---\n{0}\n"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


@pytest.fixture(scope="module")
def posts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("newsroom") / "posts"
    folder.mkdir()
    for number in range(FILES):
        (folder / f"{number:03}.md").write_text(TEXT.format(f"Nr {number}"), "utf-8")
    return folder


def command(posts, *options, jobs=1):
    return "import_articles", posts, "--jobs", str(jobs), *options


def states(newsroom):
    return [row["state"] for row in newsroom.read("cms_news_importrecord")]


def wait_until_gone(group):
    """Wait until no process of the group is left."""
    until = time.monotonic() + 20
    while True:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        assert time.monotonic() < until, "a process outlived its import"
        time.sleep(0.02)


def test_workers_end_with_an_import_that_is_killed(posts, open_copy):
    newsroom = open_copy("orphans")
    process = newsroom.start(*command(posts, jobs=2))
    newsroom.wait_until_said(": created")
    # The one process alone, as a system short of memory does.
    process.kill()
    assert process.wait(TIMEOUT_SECONDS) == -signal.SIGKILL
    wait_until_gone(process.pid)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_signals_end_an_import_after_the_batch(posts, open_copy, name):
    newsroom = open_copy(name.lower())
    process = newsroom.start(*command(posts))
    newsroom.wait_until_said(": created")
    process.send_signal(getattr(signal, name))
    assert process.wait(TIMEOUT_SECONDS) == 128 + getattr(signal, name), newsroom.said()
    assert "interrupted: run it again to go on" in newsroom.said()
    assert "Traceback" not in newsroom.said()
    assert 0 < newsroom.count("cms_news_article") < FILES
    assert states(newsroom) == ["interrupted"]
    status, said = newsroom.run(*command(posts))
    assert (status, newsroom.count("cms_news_article")) == (0, FILES), said


def test_import_without_a_terminal_outlives_it(posts, open_copy):
    newsroom = open_copy("nohup")
    process = newsroom.start(
        *command(posts), preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)
    )
    newsroom.wait_until_said(": created")
    process.send_signal(signal.SIGHUP)
    assert process.wait(TIMEOUT_SECONDS) == 0, newsroom.said()


def test_second_ctrl_c_ends_an_import_at_once(posts, open_copy):
    newsroom = open_copy("twice")
    process = newsroom.start(*command(posts, jobs=2))
    while not newsroom.count("cms_news_importrecord"):
        assert process.poll() is None, newsroom.said()
    for _ in range(2):
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.1)
    assert process.wait(TIMEOUT_SECONDS) == 130, newsroom.said()
    assert "Traceback" not in newsroom.said()
    wait_until_gone(process.pid)


def test_reader_that_goes_away_ends_an_import(posts, open_copy):
    newsroom = open_copy("pipe")
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with newsroom.start(*command(posts), **pipes) as process:
        process.stdout.readline()
        process.stdout.close()
        complaint = process.stderr.read().decode()
    assert process.returncode == 141, complaint
    assert complaint == "CommandError: interrupted; run it again to go on\n"
    assert states(newsroom) == ["interrupted"]
    left = newsroom.count("cms_news_article")
    status, said = newsroom.run(*command(posts))
    assert status == 0, said
    assert f"{left} unchanged" in said


def test_report_in_an_encoding_without_chinese_stops_nothing(tmp_path, open_copy):
    folder = tmp_path / "posts"
    folder.mkdir()
    (folder / "文章🎉.md").write_text(TEXT.format("标题") + "<script>标</script>", "utf-8")
    newsroom = open_copy("ascii")
    ascii_only = {"PYTHONIOENCODING": "ascii:strict", "PYTHONUTF8": "1"}
    status, said = newsroom.run(*command(folder), environment=ascii_only)
    assert status == 0, said
    assert r"\u6587\u7ae0\U0001f389.md: created" in said
    status, said = newsroom.run(*command(folder, "--format", "json"), environment=ascii_only)
    assert status == 0, said
    assert r'"path": "\u6587\u7ae0\ud83c\udf89.md"' in said


def run_on_terminal(newsroom, *arguments):
    """Run a command on a terminal of 80 columns; return its exit status and all that the terminal got."""
    ours, theirs = pty.openpty()
    process = newsroom.start(
        *arguments, stdin=theirs, stdout=theirs, stderr=theirs, environment={"COLUMNS": "80"}
    )
    os.close(theirs)
    got = b""
    while True:
        try:
            chunk = os.read(ours, 65536)
        except OSError as error:
            assert error.errno == errno.EIO  # how Linux says that nobody has the terminal open
            break
        if not chunk:
            break
        got += chunk
    os.close(ours)
    return process.wait(TIMEOUT_SECONDS), got.decode()


def test_progress_stands_on_a_terminal(posts, open_copy):
    newsroom = open_copy("terminal")
    status, got = run_on_terminal(newsroom, *command(posts))
    assert status == 0, got
    bars = re.findall(r"\rImporting [█░]{24} (\d+)/200  ([\d,]+)/s  (\S+) left\x1b\[K", got)
    # One after each line of the report, so that one always stands on the last line.
    assert [int(number) for number, _rate, _left in bars][-1] == FILES
    assert len(bars) > FILES
    assert "Nr 199" not in got.splitlines()[-1]
    assert got.splitlines()[-1].endswith("0 pruned")
    status, got = run_on_terminal(newsroom, *command(posts, "--verbosity", "0"))
    assert (status, got) == (0, "")


def test_failures_are_told_again_at_the_end_of_a_long_report(posts, open_copy):
    (posts / "broken.md").write_text("---\ntitle: a: b\n---\n", "utf-8")
    try:
        status, got = run_on_terminal(open_copy("long"), *command(posts))
    finally:
        (posts / "broken.md").unlink()
    assert status == 1
    assert "broken.md:2: failed" in "\n".join(got.splitlines()[-4:])


def test_signals_end_an_export_after_the_file(posts, open_copy, tmp_path):
    newsroom = open_copy("export")
    status, said = newsroom.run(*command(posts))
    assert status == 0, said
    for name, wanted in (("SIGINT", 130), ("SIGTERM", 143)):
        target = tmp_path / name
        process = newsroom.start("export_articles", target, "--verbosity", "2")
        newsroom.wait_until_said(": written")
        process.send_signal(getattr(signal, name))
        assert process.wait(TIMEOUT_SECONDS) == wanted, newsroom.said()
        assert "Traceback" not in newsroom.said()
        left = {path.name for path in target.iterdir()}
        assert 0 < len(left) < FILES
        assert not [name for name in left if name.startswith(".")]
        assert f"{len(left)} written" in newsroom.said()
        status, said = newsroom.run("export_articles", target)
        assert status == 0, said
        assert f"{FILES - len(left)} written, {len(left)} unchanged" in said
