"""The document says what the tables of the code say, in every host alike."""

import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import yaml
from django.test import Client
from openapi_spec_validator import OpenAPIV31SpecValidator

from cms_news.api.endpoints import read_endpoints
from cms_news.api.filters import FILTERS
from cms_news.api.name_views import TagListView
from cms_news.api.pagination import PAGE_PARAMETERS
from cms_news.api.problems import PARAMETER_CODES, PROBLEMS
from cms_news.api.schema import answers, members
from cms_news.api.schema.document import describe_api
from cms_news.api.schema.operations import OPERATIONS
from cms_news.api.schema.parameters import DESCRIPTIONS
from cms_news.api.schema.views import described_endpoints
from cms_news.delivery.members import CARD_MEMBERS, DOCUMENT_MEMBERS
from cms_news.models.orders import ARTICLE_ORDERS
from tests.api.schema.contract import (
    breaches,
    fetch_document,
    operation,
    resolve,
    strict,
    without_choice,
)
from tests.api.schema.golden import GOLDEN, made_now

ROOT = Path(__file__).resolve().parent.parent.parent.parent


@pytest.fixture
def document():
    return fetch_document()


def query_parameters(document, path):
    found = [resolve(document, item) for item in operation(document, path)["parameters"]]
    return {item["name"]: item for item in found if item["in"] == "query"}


def test_the_document_is_the_one_in_the_repository():
    assert made_now() == GOLDEN.read_text("utf-8"), "see the difference, then: make openapi"


def test_the_document_is_valid(document):
    assert document["openapi"] == "3.1.0"
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_the_validator_finds_faults(document):
    del document["components"]["responses"]["NotFound"]["description"]
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) != []


def test_json_and_yaml_say_the_same(document):
    assert yaml.safe_load(GOLDEN.read_text("utf-8")) == document


def test_every_endpoint_is_described(document):
    routes = [str(route.pattern) for route in (*read_endpoints, *described_endpoints)]
    paths = ["/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route) for route in routes]
    assert list(document["paths"]) == paths == list(OPERATIONS)


def test_every_operation_is_told_apart(document):
    ids = [operation(document, path)["operationId"] for path in document["paths"]]
    assert len(ids) == len(set(ids))
    tags = [tag["name"] for tag in document["tags"]]
    assert {operation(document, path)["tags"][0] for path in document["paths"]} == set(tags)


def test_every_parameter_of_every_view_is_described(document):
    for route in (*read_endpoints, *described_endpoints):
        path = "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(route.pattern))
        assert set(query_parameters(document, path)) == route.callback.cls.parameters


def test_filters_orders_and_members_are_those_of_the_tables(document):
    told = query_parameters(document, "/articles/")
    assert {*FILTERS, *PAGE_PARAMETERS, "ordering", "fields", "include"} == set(told)
    assert told["ordering"]["schema"]["enum"] == list(ARTICLE_ORDERS)
    for path, names in (("/articles/", CARD_MEMBERS), ("/articles/{id}/", DOCUMENT_MEMBERS)):
        offered = query_parameters(document, path)["fields"]["schema"]["items"]["enum"]
        assert offered == [*names, *(f"-{name}" for name in names)]


@pytest.mark.parametrize(
    ("names", "is_right"),
    [
        (["id"], True),
        (["id", "tags"], True),
        (["-id", "-tags"], True),
        (["id", "-tags"], False),
        ([], False),
        (["x"], False),
    ],
)
def test_fields_are_wanted_or_unwanted(document, names, is_right):
    schema = query_parameters(document, "/articles/")["fields"]["schema"]
    assert (breaches(document, schema, names) == []) is is_right


def test_a_new_filter_is_in_the_schema_by_itself(monkeypatch):
    from cms_news.api import filters, views
    from cms_news.api.schema import parameters

    wider = {**FILTERS, "desk": filters.Filter("desks", filters.read_slugs)}
    monkeypatch.setattr(parameters, "FILTERS", wider)
    monkeypatch.setattr(
        views.ArticleListView, "parameters", views.ArticleListView.parameters | {"desk"}
    )
    made = describe_api(read_endpoints, mount="/")
    desk = query_parameters(made, "/articles/")["desk"]
    assert (desk["schema"]["type"], desk["explode"]) == ("array", False)


def test_a_parameter_that_nothing_is_known_of_is_named(monkeypatch):
    monkeypatch.setattr(TagListView, "parameters", frozenset({"shape"}))
    with pytest.raises(LookupError, match="shape"):
        describe_api(read_endpoints, mount="/")


def test_every_parameter_is_explained(document):
    for path in document["paths"]:
        for item in operation(document, path)["parameters"]:
            assert resolve(document, item)["description"], item
    told = {name for path in document["paths"] for name in query_parameters(document, path)}
    assert set(DESCRIPTIONS) == told


def test_every_member_is_explained(document):
    for name, shape in document["components"]["schemas"].items():
        assert shape["description"], name
        for member, schema in shape["properties"].items():
            assert schema.get("description") or member == "results", (name, member)


def test_nothing_is_explained_that_is_not_served():
    for serializer, described in members.MEMBERS.items():
        assert set(described) <= set(serializer().fields)
        assert all(members.describe_member(serializer, name) for name in serializer().fields)
    assert set(members.SHAPES) <= {*members.MEMBERS}


def test_codes_are_those_of_the_tables(document):
    shapes = document["components"]["schemas"]
    assert shapes["Problem"]["properties"]["code"]["enum"] == list(PROBLEMS)
    assert shapes["ParameterError"]["properties"]["code"]["enum"] == list(PARAMETER_CODES)


def test_shapes_are_those_of_the_serializers(document):
    shapes = document["components"]["schemas"]
    assert shapes["Card"]["required"] == list(CARD_MEMBERS)
    assert list(shapes["Card"]["properties"]) == [*CARD_MEMBERS, "body_html"]
    assert shapes["Document"]["required"] == list(DOCUMENT_MEMBERS)
    assert "required" not in shapes["SomeOfCard"]
    text = json.dumps(document)
    for word in ("readOnly", "nullable", "x-spec", "__all__"):
        assert word not in text


def test_all_components_are_of_use(document):
    referred = set(re.findall(r'"#/components/(\w+/[\w-]+)"', json.dumps(document)))
    there = {
        f"{section}/{name}"
        for section, components in document["components"].items()
        for name in components
    }
    # No GET is ever answered with a 405; the document tells of it nevertheless.
    assert there - referred == {"responses/MethodNotAllowed"}
    assert set(document["components"]["headers"]) == set(answers.HEADERS)


def test_examples_are_what_they_are_examples_of(document):
    closed = strict(without_choice(document))
    seen = 0
    for path in closed["paths"]:
        for response in operation(closed, path)["responses"].values():
            for content in resolve(closed, response).get("content", {}).values():
                for example in content.get("examples", {}).values():
                    seen += 1
                    assert breaches(closed, content["schema"], example["value"]) == []
    assert seen > 20


def test_the_format_of_rest_framework_is_described_where_it_is_chosen(settings):
    settings.CMS_NEWS = {"ERROR_FORMAT": "drf"}
    document = fetch_document()
    refusal = document["components"]["responses"]["BadRequest"]
    assert set(refusal["content"]) == {"application/json"}
    # What is unexpected shows Django's page, of which the API says nothing.
    assert "500" not in operation(document, "/tags/")["responses"]
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_the_default_of_page_size_is_that_of_the_host(settings):
    settings.CMS_NEWS = {"PAGE_SIZE": 7}
    schema = query_parameters(fetch_document(), "/tags/")["page_size"]["schema"]
    assert schema["default"] == 7


@pytest.mark.parametrize("accept", ["application/json", "application/yaml"])
def test_the_mount_is_the_one_that_was_asked(accept):
    answer = Client().get("/api/v1/schema/", headers={"accept": accept})
    # WSGI has bytes in a text.
    script_name = "/新闻".encode().decode("latin-1")
    elsewhere = Client().get("/api/v1/schema/", headers={"accept": accept}, SCRIPT_NAME=script_name)
    assert yaml.safe_load(answer.content)["servers"] == [{"url": "/api/v1"}]
    (server,) = yaml.safe_load(elsewhere.content)["servers"]
    assert server == {"url": "/%E6%96%B0%E9%97%BB/api/v1"}


def test_threads_that_ask_in_several_languages_get_their_own():
    found = {}

    def ask(language):
        answer = Client().get("/api/v1/schema/", headers={"accept-language": language})
        found[language] = (answer["Content-Language"], json.loads(answer.content)["info"]["title"])

    threads = [threading.Thread(target=ask, args=(name,)) for name in ("en", "zh-hans")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found["en"] == ("en", "News API")
    assert found["zh-hans"][0] == "zh-hans"
    assert found["zh-hans"][1] != "News API"


HOST = """
import json, sys, django
from django.conf import settings
from django.urls import include, path

settings.configure(
    SECRET_KEY="x", ROOT_URLCONF="__main__", ALLOWED_HOSTS=["*"], USE_TZ=True,
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework",
                    "drf_spectacular", "taggit", "cms_news"],
    REST_FRAMEWORK={
        "DEFAULT_SCHEMA_CLASS": sys.argv[1],
        "DEFAULT_VERSIONING_CLASS": "rest_framework.versioning.AcceptHeaderVersioning",
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
        "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
        "DEFAULT_VERSION": "2", "ALLOWED_VERSIONS": ["2"], "PAGE_SIZE": 3,
    },
    SPECTACULAR_SETTINGS={
        "TITLE": "SECRET", "DESCRIPTION": "SECRET", "OAS_VERSION": "3.0.3", "CAMELIZE_NAMES": True,
        "COMPONENT_SPLIT_REQUEST": True, "SORT_OPERATIONS": True, "SCHEMA_PATH_PREFIX": "/articles",
        "SCHEMA_PATH_PREFIX_TRIM": True, "APPEND_COMPONENTS": {"securitySchemes": {"SECRET": {}}},
        "SECURITY": [{"SECRET": []}], "SERVERS": [{"url": "SECRET"}], "TAGS": [{"name": "SECRET"}],
        "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAdminUser"],
        "ENUM_NAME_OVERRIDES": {"SECRET": ["auto", "html", "markdown"]},
    },
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    LANGUAGE_CODE="en",
)
django.setup()
from drf_spectacular.views import SpectacularAPIView
from rest_framework.views import APIView
from rest_framework.response import Response

class WeatherView(APIView):
    permission_classes = []
    def get(self, request): return Response({})

host_schema = SpectacularAPIView.as_view(permission_classes=[], custom_settings={"TITLE": "Host"})
urlpatterns = [
    path("weather/", WeatherView.as_view()),
    path("schema/", host_schema),
    path("<slug:edition>/news/v7/", include("cms_news.api.urls")),
]
from django.test import Client
ours = json.loads(Client().get("/zh/news/v7/schema/").content)
theirs = None
if sys.argv[1].startswith("drf_spectacular"):
    answer = Client().get("/schema/", headers={"accept": "application/json; version=2"})
    theirs = json.loads(answer.content)
again = json.loads(Client().get("/zh/news/v7/schema/").content)
assert ours == again
print(json.dumps([ours, theirs]))
"""


@pytest.mark.parametrize("kind", ["drf_spectacular.openapi", "rest_framework.schemas.openapi"])
def test_a_host_with_a_schema_of_its_own_changes_nothing(kind):
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", HOST, f"{kind}.AutoSchema"],
        cwd=ROOT,
        env={key: value for key, value in os.environ.items() if "DJANGO" not in key},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    ours, theirs = json.loads(run.stdout)
    golden = yaml.safe_load(GOLDEN.read_text("utf-8"))
    assert ours == {**golden, "servers": [{"url": "/zh/news/v7"}]}
    if kind.startswith("drf_spectacular"):
        assert theirs["info"]["title"] == "Host"
        assert [path for path in theirs["paths"] if "news" in path] == []
        assert any("weather" in path for path in theirs["paths"])
