"""The README's steps, taken literally: an empty environment, an empty project, the wheel, and nothing else."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
README = ROOT / "README.md"

pytestmark = [
    pytest.mark.wheel,
    pytest.mark.skipif(
        os.environ.get("CMS_NEWS_TEST_WHEEL") != "1",
        reason="builds and installs for a minute; set CMS_NEWS_TEST_WHEEL=1",
    ),
]

ARTICLE = """
---
title: '晨报'
categories:
 - 财经
 - 快讯
author: 记者站
date: Thu, 09 Dec 2021 18:14:00 GMT
---

<p onclick="steal()">正文。</p>
"""


def read_step(name: str) -> str:
    """Return the code block of the README that is marked `<!-- step: name -->`."""
    found = re.search(
        rf"<!-- step: {name} -->\n```\w+\n(.*?)```", README.read_text("utf-8"), re.DOTALL
    )
    assert found, f"the README has no step {name}"
    return found[1]


def clean_environment() -> dict[str, str]:
    """Return the environment without what this test run put into it."""
    return {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PYTHON", "DJANGO", "COV", "TEST_", "DATABASE_"))
    }


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    result = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"
    return result


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """An empty Django project with the wheel installed and the README's two edits made."""
    folder = tmp_path_factory.mktemp("stranger")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    run(sys.executable, "-m", "venv", folder / "env", cwd=folder)
    python = folder / "env" / "bin" / "python"
    run(python, "-m", "pip", "install", "-q", wheel, cwd=folder)
    run(folder / "env" / "bin" / "django-admin", "startproject", "newspaper", folder, cwd=folder)
    settings, urls = folder / "newspaper" / "settings.py", folder / "newspaper" / "urls.py"
    settings.write_text(settings.read_text() + "\n" + read_step("settings"))
    urls.write_text(urls.read_text() + "\n" + read_step("urls"))
    (folder / "posts").mkdir()
    (folder / "posts" / "morning.md").write_text(ARTICLE, encoding="utf-8")
    return folder, python


def test_wheel_holds_what_it_needs(project):
    folder, python = project
    code = (
        "import cms_news, pathlib; root = pathlib.Path(cms_news.__file__).parent;"
        "print(root); print((root / 'py.typed').is_file(), any(root.glob('locale/zh_Hans/LC_MESSAGES/*.mo')),"
        "any(root.glob('static/cms_news/**/*.css')), any(root.glob('templates/admin/cms_news/**/*.html')),"
        "(root / 'templates/cms_news/api/docs.html').is_file())"
    )
    where, complete = run(python, "-c", code, cwd=folder).stdout.splitlines()
    assert str(folder) in where
    assert complete == "True True True True True"


def test_readme_steps_lead_to_an_answering_api(project):
    folder, python = project
    assert (
        "cms_news"
        not in run(python, "manage.py", "makemigrations", "--check", "--dry-run", cwd=folder).stdout
    )
    steps = read_step("commands").strip().splitlines()
    assert steps
    for line in steps:
        run(python, *line.split()[1:], cwd=folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [str(python), "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"],
        cwd=folder,
        env=clean_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        answer = fetch_json(f"http://127.0.0.1:{port}/api/v1/articles/")
        (card,) = answer["results"]
        document = fetch_json(f"http://127.0.0.1:{port}/api/v1/articles/{card['id']}/")
        schema = fetch_json(f"http://127.0.0.1:{port}/api/v1/schema/")
    finally:
        server.terminate()
        server.wait(10)
    assert schema["openapi"] == "3.1.0"
    assert card["title"] == "晨报"
    assert card["categories"][0]["path"] == ["财经", "快讯"]
    assert document["body_html"].strip() == "<p>正文。</p>"


def fetch_json(url: str) -> dict:
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def test_deployment_check_asks_who_counts_requests_and_behind_which_proxies(project):
    folder, python = project
    result = run(python, "manage.py", "check", "--deploy", cwd=folder)
    assert "System check identified" in result.stdout + result.stderr
    said = set(re.findall(r"cms_news\.\w+", result.stdout + result.stderr))
    assert said == {"cms_news.W003", "cms_news.W005"}
