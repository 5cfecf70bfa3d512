"""The schema as it is in the repository. Write it anew with `make openapi`, and look at the difference."""

import os
from pathlib import Path

GOLDEN = Path(__file__).with_name("openapi.yml")


def made_now():
    """Return the document as it is served, in YAML."""
    from django.test import Client

    answer = Client().get("/api/v1/schema/", headers={"accept": "application/yaml"})
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    GOLDEN.write_text(made_now(), encoding="utf-8")
