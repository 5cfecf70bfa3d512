"""The Chinese catalogue is complete and says nothing that the code does not."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.utils.translation import gettext, override

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "cms_news" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"

needs_gettext = pytest.mark.skipif(
    shutil.which("msgfmt") is None, reason="GNU gettext is not installed"
)


def run(*command, cwd=None):
    environment = {key: value for key, value in os.environ.items() if "DJANGO" not in key}
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )


def message_ids(text):
    return set(re.findall(r'^msgid ((?:"(?:[^"\\]|\\.)*"\s*)+)', text, re.MULTILINE))


@needs_gettext
def test_every_message_is_translated_and_its_places_are_kept(tmp_path):
    result = run("msgfmt", "--check", "--statistics", "-o", tmp_path / "out.mo", CATALOGUE)
    assert re.fullmatch(r"\d+ translated messages\.\n", result.stderr), result.stderr


@needs_gettext
def test_compiled_catalogue_is_the_one_beside_it(tmp_path):
    run("msgfmt", "-o", tmp_path / "out.mo", CATALOGUE)
    assert (tmp_path / "out.mo").read_bytes() == CATALOGUE.with_suffix(".mo").read_bytes()


@needs_gettext
def test_catalogue_holds_every_message_of_the_code(tmp_path):
    copy = tmp_path / "cms_news"
    shutil.copytree(ROOT / "cms_news", copy, ignore=shutil.ignore_patterns("__pycache__"))
    run(
        *(sys.executable, "-m", "django", "makemessages"),
        *("-l", "zh_Hans", "--no-wrap", "--no-obsolete", "--no-location"),
        cwd=copy,
    )
    made = (copy / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po").read_text("utf-8")
    assert message_ids(made) == message_ids(CATALOGUE.read_text("utf-8"))


def test_chinese_is_spoken():
    with override("zh-hans"):
        assert gettext("In the trash") == "在回收站"
