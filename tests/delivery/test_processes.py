"""Two processes write at once and two read, through one cache: when all is quiet every reader is right."""

import json
import os

import pytest

from tests.kill.newsrooms import TIMEOUT_SECONDS, Newsroom, close_newsroom, open_newsroom

SERVER = os.environ.get("TEST_DATABASE_URL", "")
WRITES = int(os.environ.get("CMS_NEWS_WRITES", "60"))
READERS = ("first.json", "second.json")


@pytest.fixture
def newsroom(tmp_path):
    opened = open_newsroom(SERVER, tmp_path, "shared", batch_size=1)
    yield opened
    close_newsroom(opened)


def start(url, output, call):
    """Start a process that makes `call` on the database at `url`."""
    room = Newsroom(url, output, batch_size=1)
    return room, room.start(
        "shell", "-c", f"from tests.delivery import processes; processes.{call}"
    )


def test_readers_are_right_when_all_is_quiet(newsroom, tmp_path):
    readers = [
        start(newsroom.url, tmp_path / f"{name}.out", f"read({str(tmp_path)!r}, {name!r})")
        for name in READERS
    ]
    writers = [
        start(newsroom.url, tmp_path / f"writer{seed}.out", f"write({seed}, {WRITES})")
        for seed in (1, 2)
    ]
    for room, process in writers:
        assert process.wait(TIMEOUT_SECONDS) == 0, room.said()
    (tmp_path / "done").touch()
    for room, process in readers:
        assert process.wait(TIMEOUT_SECONDS) == 0, room.said()
    first, second = (json.loads((tmp_path / name).read_text("utf-8")) for name in READERS)
    assert first == second


@pytest.mark.parametrize("transaction_mode", ["IMMEDIATE", "DEFERRED"])
def test_reader_of_sqlite_neither_fails_nor_waits_for_a_writer(tmp_path, transaction_mode):
    newsroom = open_newsroom("", tmp_path, "locked", batch_size=1)
    call = f"read_beside_a_writer({transaction_mode!r})"
    room, process = start(newsroom.url, tmp_path / "reader.out", call)
    assert process.wait(60) == 0, room.said()
