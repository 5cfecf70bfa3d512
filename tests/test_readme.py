"""The README's tables say what the code says."""

import ast
import re
from pathlib import Path

from django.core.management import get_commands

from cms_news.api.urls import urlpatterns
from cms_news.conf import DEFAULTS
from cms_news.content.fields import FIELDS

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
    routes = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern.pattern)) for pattern in urlpatterns}
    assert documented == routes


def test_keys_table():
    documented = {code(row[0])[0]: set(code(row[1])) for row in table("keys")}
    assert documented == {field.name: set(field.aliases) for field in FIELDS}
