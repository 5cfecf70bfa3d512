import pytest

from cms_news.delivery.members import CARD_MEMBERS, DOCUMENT_MEMBERS
from tests.api.asking import get, refusal
from tests.builders import make_article

pytestmark = pytest.mark.django_db


def item(client, **query):
    (found,) = get(client, "articles/", **query)["results"]
    return found


def test_chosen_fields_come_in_the_order_of_the_card(client):
    make_article("晨报", author="a")
    assert list(item(client, fields="author,title,id,title")) == ["id", "title", "author"]


def test_fields_left_out(client):
    make_article()
    assert set(CARD_MEMBERS) - set(item(client, fields="-extra,-id")) == {"extra", "id"}


def test_bodies_are_included_on_request(client):
    make_article(body="**a**")
    assert list(item(client, include="body_html")) == [*CARD_MEMBERS, "body_html"]
    assert list(item(client, include="body_html", fields="title")) == ["title", "body_html"]
    assert list(item(client, include="body_html", fields="body_html")) == ["body_html"]
    assert "extra" not in item(client, include="body_html", fields="-extra")
    assert "strong" in item(client, include="body_html")["body_html"]


@pytest.mark.parametrize("path", ["articles/{id}/", "articles/slug/{slug}/"])
def test_fields_of_a_document(client, path):
    article = make_article()
    address = path.format(id=article.pk, slug=article.slug)
    assert list(get(client, address)) == list(DOCUMENT_MEMBERS)
    assert list(get(client, address, fields="seo,slug")) == ["slug", "seo"]
    assert set(DOCUMENT_MEMBERS) - set(get(client, address, fields="-body_html")) == {"body_html"}


@pytest.mark.parametrize(
    ("query", "param", "code"),
    [
        ({"fields": "body"}, "fields", "unknown"),
        ({"fields": "body_html"}, "fields", "unknown"),
        ({"fields": "author.name"}, "fields", "unknown"),
        ({"fields": "author__name"}, "fields", "unknown"),
        ({"fields": "-password"}, "fields", "unknown"),
        ({"fields": "-"}, "fields", "unknown"),
        ({"fields": "Title"}, "fields", "unknown"),
        ({"fields": "title,-extra"}, "fields", "mixed"),
        ({"fields": ""}, "fields", "invalid"),
        ({"fields": "title,"}, "fields", "invalid"),
        ({"fields": "title," * 200}, "fields", "too_many"),
        ({"include": "body"}, "include", "unknown"),
        ({"include": ""}, "include", "invalid"),
        ({"include": "front_matter"}, "include", "unknown"),
    ],
)
def test_fields_that_cannot_be_had(client, query, param, code):
    make_article()
    assert refusal(client, "articles/", **query)[:2] == (param, code)


def test_unknown_field_is_answered_with_the_known_ones(client):
    detail = refusal(client, "articles/", fields="x")[2]
    assert "author, categories, comments, date" in detail
    article = make_article()
    detail = refusal(client, f"articles/{article.pk}/", fields="x")[2]
    assert "author, body_html, categories" in detail


def test_documents_have_nothing_to_be_included(client):
    article = make_article()
    detail = refusal(client, f"articles/{article.pk}/", include="body_html")[2]
    assert "fields" in detail


def test_pages_go_on_with_the_same_fields(client):
    for number in range(3):
        make_article(f"n{number}")
    page = get(client, "articles/", fields="title", page_size="1")
    following = client.get(page["next"]).json()
    assert following["results"] == [{"title": "n1"}]
    assert client.get(following["previous"]).json()["results"] == [{"title": "n2"}]
