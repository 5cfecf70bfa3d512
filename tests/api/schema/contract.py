"""The API's schema as a contract that answers are held to."""

import copy
import json
from functools import lru_cache

from django.test import Client
from jsonschema import Draft202012Validator, FormatChecker

BASE = "/api/v1"
TRANSPORT = {"Content-Type", "Content-Length"}
"""Headers that OpenAPI leaves to the media type and the server."""


def fetch_document():
    """Return the document as it is served."""
    return json.loads(Client().get(f"{BASE}/schema/").content)


@lru_cache(maxsize=1)
def shipped_document():
    return fetch_document()


def resolve(document, node):
    """Return `node`, or what it refers to."""
    while "$ref" in node:
        target = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


def operation(document, path):
    return document["paths"][path]["get"]


def response_of(document, path, status):
    """Return the response object of that status, headers resolved."""
    found = dict(resolve(document, operation(document, path)["responses"][str(status)]))
    found["headers"] = {
        name: resolve(document, header) for name, header in found.get("headers", {}).items()
    }
    return found


def every_answer(document):
    """Return all pairs of path and status that the document tells of."""
    return [
        (path, int(status))
        for path in document["paths"]
        for status in operation(document, path)["responses"]
    ]


def strict(document):
    """Return the document with every object closed: what is served is described, all of it."""
    closed = copy.deepcopy(document)
    for shape in closed["components"]["schemas"].values():
        if isinstance(shape, dict) and "properties" in shape:
            shape["additionalProperties"] = False
    return closed


def without_choice(document):
    """Return the document with shapes for answers that `fields` has not cut."""
    whole = copy.deepcopy(document)
    for name in ("SomeOfCard", "SomeOfDocument"):
        whole["components"]["schemas"][name] = False
    return whole


def breaches(document, schema, value):
    """Return what is wrong with `value`, in words."""
    root = {**schema, "components": document["components"]}
    validator = Draft202012Validator(root, format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def hold(document, path, status, answer):
    """Assert that the answer is one that the document tells of, with all of its headers and no others."""
    told = response_of(document, path, status)
    assert answer.status_code == status, answer.content
    sent = set(answer.headers) - TRANSPORT
    required = {name for name, header in told["headers"].items() if header["required"]}
    assert required <= sent <= set(told["headers"])
    content = told.get("content", {})
    if not content:
        assert answer.content == b""
        assert "Content-Type" not in answer.headers
        return
    media_type = answer["Content-Type"].partition(";")[0]
    assert media_type in content
    if media_type.endswith("json"):
        value = json.loads(answer.content)
        assert breaches(strict(document), content[media_type]["schema"], value) == []
