"""The example's API may be read by pages of any origin, and nothing else of it may."""

import pytest

from example_project import settings as example
from tests.builders import make_article

pytestmark = pytest.mark.django_db

ORIGIN = {"origin": "https://front.example"}


@pytest.fixture(autouse=True)
def as_in_the_example(settings):
    settings.MIDDLEWARE = example.MIDDLEWARE
    for name in dir(example):
        if name.startswith("CORS_"):
            setattr(settings, name, getattr(example, name))


def test_any_page_may_read_the_api(client):
    make_article()
    answer = client.get("/api/v1/articles/?page_size=1", headers=ORIGIN)
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "Link" in answer["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_errors_may_be_read_as_well(client):
    answer = client.get("/api/v1/nothing/", headers=ORIGIN)
    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (404, "*")


def test_a_page_may_ask_first_what_it_may_do(client):
    answer = client.options(
        "/api/v1/articles/", headers={**ORIGIN, "access-control-request-method": "GET"}
    )
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"


def test_nothing_else_may_be_read(client):
    answer = client.get("/admin/login/", headers=ORIGIN)
    assert "Access-Control-Allow-Origin" not in answer.headers
