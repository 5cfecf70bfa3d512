"""Asking the API as a client does."""

import json

BASE = "/api/v1/"


def get(client, path, status=200, **query):
    """Return the JSON of the answer, which has that status."""
    answer = client.get(f"{BASE}{path}", query)
    assert answer.status_code == status, answer.content
    return json.loads(answer.content)


def titles(client, **query):
    return [card["title"] for card in get(client, "articles/", **query)["results"]]


def walk(client, url, *, by="next"):
    """Yield the pages from `url` on."""
    while url:
        answer = client.get(url)
        assert answer.status_code == 200, answer.content
        page = json.loads(answer.content)
        yield page
        url = page[by]


def refusal(client, path, **query):
    """Return what the only error of a refused parameter says: its parameter, code and detail."""
    problem = get(client, path, 400, **query)
    assert problem["code"] == "bad_parameter"
    (error,) = problem["errors"]
    assert error["detail"] == problem["detail"]
    return error["param"], error["code"], error["detail"]
