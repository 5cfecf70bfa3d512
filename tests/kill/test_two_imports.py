"""Two imports at once, in processes of their own."""

import json
import signal
import sys

import pytest

from tests.kill.newsrooms import TIMEOUT_SECONDS, Newsroom

FILES = 150
TEXT = "---\ntitle: {0}\ndate: 2021-12-09\ncategories: [a, {1}]\ntags: [t, t{1}]\nauthor: me\n---\n{0}\n"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such lock")


@pytest.fixture(scope="module")
def posts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("newsroom") / "posts"
    folder.mkdir()
    for number in range(FILES):
        (folder / f"{number:03}.md").write_text(TEXT.format(f"Nr {number}", number % 20), "utf-8")
    return folder


def second_of(newsroom, tmp_path):
    """Return the same newsroom for another process."""
    return Newsroom(newsroom.url, tmp_path / "second.out", batch_size=newsroom.batch_size)


def test_second_import_of_a_source_is_told_who_is_at_it(posts, open_copy, tmp_path):
    newsroom = open_copy("same")
    report = tmp_path / "report.jsonl"
    command = ("import_articles", posts, "--jobs", "1", "--format", "json", "--output", report)
    process = newsroom.start(*command)
    while newsroom.count("cms_news_article") == 0:
        assert process.poll() is None, newsroom.said()
    # Held, so that it is not done before the second one begins.
    process.send_signal(signal.SIGSTOP)
    status, said = second_of(newsroom, tmp_path).run(*command)
    process.send_signal(signal.SIGCONT)
    assert status == 2, said
    assert f"(process {process.pid} on " in said
    assert process.wait(TIMEOUT_SECONDS) == 0, newsroom.said()
    # The report is that of the first one, whole.
    records = [json.loads(line) for line in report.read_text("utf-8").splitlines()]
    assert [record.get("outcome") for record in records] == ["created"] * FILES + [None]
    # Nobody holds the lock now, and it has left nothing behind.
    assert newsroom.run(*command)[0] == 0
    assert not list(tmp_path.rglob("*.lock"))


def test_imports_of_two_sources_run_side_by_side(posts, open_copy, tmp_path):
    newsroom = open_copy("two")
    other = second_of(newsroom, tmp_path)
    command = ("import_articles", posts, "--jobs", "1", "--source")
    one, two = newsroom.start(*command, "one"), other.start(*command, "two")
    assert one.wait(TIMEOUT_SECONDS) == 0, newsroom.said()
    assert two.wait(TIMEOUT_SECONDS) == 0, other.said()
    assert newsroom.count("cms_news_article") == 2 * FILES
    counts = [newsroom.count(f"cms_news_{name}") for name in ("category", "tag", "author")]
    assert counts == [21, 21, 1]
    slugs = {row["slug"] for row in newsroom.read("cms_news_article")}
    assert len(slugs) == 2 * FILES
