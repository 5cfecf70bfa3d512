"""A form of the admin as a browser would send it: read from the HTML, line ends as CRLF."""

import re
from typing import Any

import html5lib
from django.urls import reverse

LIST_URL = "/admin/cms_news/article/"


def change_url(article: Any) -> str:
    return reverse("admin:cms_news_article_change", args=[article.pk])


def read_form(response: Any, form_id: str = "article_form") -> dict[str, list[str]]:
    """Return what the form of that id holds, by name."""
    assert response.status_code == 200
    root = html5lib.parse(response.content.decode(), namespaceHTMLElements=False)
    (form,) = [found for found in root.iter("form") if found.get("id") == form_id]
    values: dict[str, list[str]] = {}
    for element in form.iter():
        name = element.get("name")
        if name and element.tag in {"input", "textarea", "select"}:
            found = _values(element)
            if found or element.tag != "input":
                values.setdefault(name, []).extend(found)
    return values


def _values(element: Any) -> list[str]:
    if element.tag == "textarea":
        return [re.sub(r"\r\n|\r|\n", "\r\n", element.text or "")]
    if element.tag == "select":
        options = list(element.iter("option"))
        chosen = [option for option in options if option.get("selected") is not None]
        if not chosen and element.get("multiple") is None:
            chosen = options[:1]
        return [option.get("value", option.text or "") for option in chosen]
    if element.get("type") in {"submit", "button"}:
        return []
    if element.get("type") in {"checkbox", "radio"}:
        return [element.get("value", "on")] if element.get("checked") is not None else []
    return [element.get("value", "")]


def submit(client: Any, url: str, *, without: tuple[str, ...] = (), **changes: Any) -> Any:
    """Open the form at `url`, change some of it, and save; return the answer."""
    values = read_form(client.get(url))
    return client.post(url, edit(values, without=without, **changes))


def edit(
    values: dict[str, list[str]], *, without: tuple[str, ...] = (), **changes: Any
) -> dict[str, Any]:
    """Return `values` with `changes`, ready to be posted."""
    kept = {name: value for name, value in values.items() if name not in without}
    return {**kept, **changes, "_save": "Save"}


def messages_of(client: Any, response: Any) -> list[str]:
    """Return what the next page tells the editor."""
    page = client.get(response["Location"])
    return [str(message) for message in page.context["messages"]]
