"""The README's tables say what the code says."""

import ast
import re
from pathlib import Path

from django.apps import apps
from django.core.management import get_commands

from cms_news.admin.saved_views import VIEWS
from cms_news.api.parameters import MAX_NAMES, MAX_PAGE_SIZE, MAX_ROWS
from cms_news.api.problems import PARAMETER_CODES, PROBLEMS
from cms_news.api.urls import endpoints
from cms_news.api.views import ArticleListView
from cms_news.conf import DEFAULTS
from cms_news.content.fields import FIELDS
from cms_news.models.orders import ARTICLE_ORDERS

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def table(name):
    found = re.search(rf"<!-- table: {name} -->\n((?:\|.*\n)+)", README)
    assert found, f"the README has no table {name}"
    lines = found[1].strip().splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def code(cell):
    return re.findall(r"`([^`]+)`", cell)


def test_settings_table():
    documented = {code(row[0])[0]: ast.literal_eval(code(row[1])[0]) for row in table("settings")}
    assert documented == DEFAULTS


def test_commands_table():
    documented = {code(row[0])[0].split()[0] for row in table("commands")}
    assert documented == {name for name, app in get_commands().items() if app == "cms_news"}


def test_endpoints_table():
    documented = {path for row in table("endpoints") for path in code(row[0])}
    routes = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern.pattern)) for pattern in endpoints}
    assert documented == routes


def test_parameters_table():
    documented = [name for row in table("parameters") for name in code(row[0])]
    assert set(documented) == ArticleListView.parameters
    assert len(documented) == len(set(documented))


def test_orderings_are_documented():
    (row,) = [row for row in table("parameters") if code(row[0]) == ["ordering"]]
    assert set(ARTICLE_ORDERS) <= set(code(row[1]))


def test_limits_are_documented():
    rows = {code(row[0])[0]: row[1] for row in table("parameters")}
    assert f"at most {MAX_NAMES} " in rows["category"]
    assert rows["id__in"].endswith(f"at most {MAX_ROWS}")
    assert f"1 to {MAX_PAGE_SIZE}" in rows["page_size"]


def test_scopes_table():
    documented = {code(row[0])[0] for row in table("scopes")}
    assert documented == set(DEFAULTS["THROTTLE_RATES"])


def test_problems_table():
    documented = {code(row[0])[0]: int(row[1]) for row in table("problems")}
    assert documented == PROBLEMS


def test_codes_of_bad_parameters_are_documented():
    (sentence,) = re.findall(r"The code of an item in `errors` is ([^.]+)\.", README)
    written = "".join(path.read_text("utf-8") for path in (ROOT / "cms_news" / "api").glob("*.py"))
    used = set(re.findall(r'code="(\w+)"', written)) - set(PROBLEMS)
    used |= set(re.findall(r'code: ParameterCode = "(\w+)"', written))
    assert set(code(sentence)) == used == set(PARAMETER_CODES)


def test_permissions_table():
    documented = {code(row[0])[0] for row in table("permissions")}
    own = {
        name
        for model in apps.get_app_config("cms_news").get_models()
        for name, _label in model._meta.permissions
    }
    assert documented == own


def test_views_table():
    assert [code(row[0])[0] for row in table("views")] == list(VIEWS)


def test_keys_table():
    documented = {code(row[0])[0]: set(code(row[1])) for row in table("keys")}
    assert documented == {field.name: set(field.aliases) for field in FIELDS}
