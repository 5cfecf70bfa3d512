"""Databases of their own for imports in processes of their own."""

import os

import pytest

from tests.kill.newsrooms import close_newsroom, open_newsroom

SERVER = os.environ.get("TEST_DATABASE_URL", "")


@pytest.fixture(scope="module")
def batch_size():
    """How many files an import writes at once."""
    return 30


@pytest.fixture(scope="module")
def empty(tmp_path_factory, batch_size):
    """A database that is only copied."""
    folder = tmp_path_factory.mktemp("newsrooms")
    newsroom = open_newsroom(SERVER, folder, "empty", batch_size=batch_size)
    yield newsroom
    close_newsroom(newsroom)


@pytest.fixture
def open_copy(empty, tmp_path):
    """Opens newsrooms, and closes them after the test."""
    opened = []

    def open_one(name):
        batch_size = empty.batch_size
        opened.append(open_newsroom(SERVER, tmp_path, name, template=empty, batch_size=batch_size))
        return opened[-1]

    yield open_one
    for newsroom in opened:
        close_newsroom(newsroom)
