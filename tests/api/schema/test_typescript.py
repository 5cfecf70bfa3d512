"""A client in TypeScript, made of the schema, compiled strictly and run against a live server."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from cms_news.models import Article
from tests.api.schema.contract import fetch_document
from tests.builders import make_article

pytestmark = [pytest.mark.typescript, pytest.mark.django_db(transaction=True)]

WALK = Path(__file__).parent / "client" / "walk.ts"
PACKAGES = ("openapi-typescript@7", "openapi-fetch@0.17", "typescript@5")
"""openapi-typescript 7 needs the compiler that TypeScript had before its version 7."""
OPTIONS = {
    "compilerOptions": {
        "strict": True,
        "target": "es2022",
        "module": "nodenext",
        "lib": ["es2022", "dom", "dom.iterable"],
        "types": [],
        "noUncheckedIndexedAccess": True,
    },
    "include": ["*.ts"],
}


def run(folder, *command):
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )


@pytest.fixture
def client_folder(tmp_path):
    """A folder with the packages installed and the client's parts in it."""
    (tmp_path / "package.json").write_text('{"private": true, "type": "module"}')
    quiet = ("--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts")
    installed = run(tmp_path, "npm", "install", *quiet, *PACKAGES)
    if installed.returncode and not os.environ.get("CI"):
        pytest.skip(f"npm could not install: {installed.stderr.strip()[-200:]}")
    assert installed.returncode == 0, installed.stderr
    (tmp_path / "tsconfig.json").write_text(json.dumps(OPTIONS))
    (tmp_path / "openapi.json").write_text(json.dumps(fetch_document()), encoding="utf-8")
    shutil.copy(WALK, tmp_path)
    return tmp_path


def test_a_client_made_of_the_schema_compiles_and_walks(live_server, client_folder):
    for number in range(10):
        make_article(f"{number} 晨报", slug=f"晨报-{number}", lang="zh-Hans", body=f"**{number}**")
    make_article("in another language", lang="fr")
    make_article("a draft", lang="en", published=False)
    tools = client_folder / "node_modules" / ".bin"

    made = run(client_folder, tools / "openapi-typescript", "openapi.json", "-o", "api.ts")
    assert made.returncode == 0, made.stderr
    compiled = run(client_folder, tools / "tsc", "--project", ".")
    assert compiled.returncode == 0, compiled.stdout
    walked = run(client_folder, "node", "walk.js", f"{live_server.url}/api/v1")
    assert walked.returncode == 0, walked.stderr

    met = json.loads(walked.stdout)
    assert met["titles"] == [f"{number} 晨报" for number in range(10)]
    assert met["body"].strip() == "<p><strong>9</strong></p>"
    assert set(met["members"]) == {"title", "date"}
    assert met["count"] == Article.objects.public().count() == 11
    assert met["code"] == "not_found"
