"""The screens of what articles refer to: categories, authors, tags."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms_news.models import Article, Author, Category, Tag
from cms_news.services.trash import trash_articles
from tests.admin.submitting import read_form
from tests.builders import make_article, make_author, make_category, make_editor

pytestmark = pytest.mark.django_db

EVIL = "<script>alert(1)</script>"
PATHS = {"app_label": "cms_news", "model_name": "articlecategory", "field_name": "category"}


def url_of(model, name, *args):
    return reverse(f"admin:cms_news_{model}_{name}", args=args)


def count_queries(client, url, **data):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url, data).status_code == 200
    return len(queries)


def rows(response):
    return list(response.context["cl"].result_list)


def save(client, model, pk=None, **changes):
    url = url_of(model, "change", pk) if pk else url_of(model, "add")
    values = read_form(client.get(url), f"{model}_form")
    return client.post(url, {**values, **changes})


@pytest.fixture(autouse=True)
def editor(client):
    editor = make_editor()
    client.force_login(editor)
    return editor


def test_categories_are_a_tree(client):
    for path in (("b",), ("a", "x", "z"), ("a", "y"), ("b", "x")):
        make_category(*path)
    page = client.get(url_of("category", "changelist"))
    shown = [(category.depth, category.name) for category in rows(page)]
    assert shown == [(0, "b"), (1, "x"), (0, "a"), (1, "x"), (2, "z"), (1, "y")]
    text = page.content.decode()
    assert "a › x › z" in text
    assert "cms-depth-2" in text


def test_counts_include_what_is_below_and_leave_out_the_trash(client):
    make_article("1", categories=(("a", "b", "c"), ("d",)), tags=("t", "u"), author="w")
    make_article("2", categories=(("a", "b"),), tags=("t",), author="w", published=False)
    gone = make_article("3", categories=(("a",),), tags=("t",), author="w")
    trash_articles(Article.objects.filter(pk=gone.pk))
    make_author("nobody")

    def counts(model):
        page = client.get(url_of(model, "changelist"))
        return {row.name: row.article_count for row in rows(page)}

    assert counts("category") == {"a": 2, "b": 2, "c": 1, "d": 1}
    assert counts("author") == {"w": 2, "nobody": 0}
    assert counts("tag") == {"t": 2, "u": 1}


@pytest.mark.parametrize(("model", "queries"), [("category", 4), ("author", 4), ("tag", 4)])
def test_lists_need_as_many_queries_for_many_rows_as_for_few(client, model, queries):
    def fill(start, stop):
        for number in range(start, stop):
            make_article(
                f"{number}",
                categories=((f"a{number % 9}", f"b{number}"),),
                author=f"w{number}",
                tags=(f"t{number}",),
            )

    fill(0, 3)
    count_queries(client, url_of(model, "changelist"))
    few = count_queries(client, url_of(model, "changelist"))
    fill(3, 40)
    assert few == count_queries(client, url_of(model, "changelist")) == queries


def test_search_shows_a_category_with_its_path(client):
    make_category("金融", "中证网", "资讯")
    page = client.get(url_of("category", "changelist"), {"q": "资讯"})
    assert [category.path_names for category in rows(page)] == [["金融", "中证网", "资讯"]]


def test_autocomplete_of_categories_shows_paths_in_few_queries(client):
    for number in range(15):
        make_category("金融", f"网 {number}", f"资讯 {number}")
    url = url_of("category", "paths")
    found = client.get(url, {**PATHS, "term": "资讯 1"}).json()
    assert found["results"][0]["text"] == "金融 › 网 1 › 资讯 1"
    assert len(found["results"]) == 6
    few = count_queries(client, url, **PATHS, term="资讯 14")
    assert few == count_queries(client, url, **PATHS, term="资讯") == 5


@pytest.mark.parametrize(
    "changes",
    [{"model_name": "articletag", "field_name": "tag"}, {"field_name": "x"}, {"app_label": ""}],
)
def test_autocomplete_of_categories_is_for_nothing_else(client, changes):
    assert client.get(url_of("category", "paths"), {**PATHS, **changes}).status_code == 403


def test_autocomplete_asks_for_the_right_to_see_categories(client):
    client.force_login(make_editor("viewer", permissions=("view_article",)))
    assert client.get(url_of("category", "paths"), PATHS).status_code == 403
    client.logout()
    assert client.get(url_of("category", "paths"), PATHS).status_code == 302


def test_authors_and_tags_are_found_by_autocomplete(client):
    make_article(author="记者站", tags=("监管",))
    for model, field, term in (("article", "author", "记者"), ("articletag", "tag", "监")):
        query = {"app_label": "cms_news", "model_name": model, "field_name": field, "term": term}
        assert len(client.get(reverse("admin:autocomplete"), query).json()["results"]) == 1


def test_category_is_made_below_another(client):
    parent = make_category("金融")
    assert save(client, "category", name="资讯", slug="", parent=parent.pk).status_code == 302
    child = Category.objects.get(name="资讯")
    assert (child.path_names, child.slug) == (["金融", "资讯"], "资讯")
    assert "parent" not in read_form(
        client.get(url_of("category", "change", child.pk)), "category_form"
    )


def test_name_of_a_sibling_is_an_error_and_of_a_cousin_is_none(client):
    make_category("a", "x")
    other = make_category("a", "y")
    cousin = make_category("b", "z")
    response = save(client, "category", other.pk, name="x")
    assert "There is a category of this name here already." in response.content.decode()
    assert save(client, "category", cousin.pk, name="x").status_code == 302
    response = save(client, "category", make_category("b").pk, name="a")
    assert "There is a category of this name here already." in response.content.decode()


def test_category_too_deep_is_an_error(client):
    deepest = make_category(*(f"level {number}" for number in range(16)))
    response = save(client, "category", name="x", parent=deepest.pk)
    assert "levels deep" in response.content.decode()
    assert not Category.objects.filter(name="x").exists()


def test_moved_parent_in_a_forged_request_is_ignored(client):
    child, other = make_category("a", "x"), make_category("b")
    save(client, "category", child.pk, name="renamed", parent=other.pk)
    assert Category.objects.get(pk=child.pk).path_names == ["a", "renamed"]


def test_deletion_that_is_prevented_says_why_in_numbers(client):
    for number in range(30):
        make_article(f"{number}", categories=(("a", "b"),), author="w")
    category, author = make_category("a"), Author.objects.get()
    url = url_of("category", "delete", category.pk)
    page = client.get(url)
    assert "30 articles, the trash included" in page.content.decode()
    assert "1 category below it" in page.content.decode()
    assert count_queries(client, url) == 5
    client.post(url, {"post": "yes"})
    page = client.get(url_of("author", "delete", author.pk))
    assert "30 articles, the trash included" in page.content.decode()
    client.post(url_of("author", "delete", author.pk), {"post": "yes"})
    chosen = {"action": "delete_selected", "_selected_action": [category.pk], "post": "yes"}
    client.post(url_of("category", "changelist"), chosen)
    assert (Category.objects.count(), Author.objects.count()) == (2, 1)


def test_what_nothing_refers_to_can_be_deleted(client):
    category, author = make_category("a"), make_author("w")
    client.post(url_of("category", "delete", category.pk), {"post": "yes"})
    client.post(url_of("author", "delete", author.pk), {"post": "yes"})
    assert not Category.objects.exists()
    assert not Author.objects.exists()


def test_tag_of_very_many_articles_is_deleted_without_a_list_of_them(client, monkeypatch):
    monkeypatch.setattr("cms_news.admin.tags.MANY", 2)
    for number in range(3):
        make_article(f"{number}", tags=("t",))
    tag = Tag.objects.get()
    url = url_of("tag", "delete", tag.pk)
    page = client.get(url).content.decode()
    assert "3 articles, the trash included" in page
    client.post(url, {"post": "yes"})
    assert not Tag.objects.exists()
    assert Article.objects.count() == 3


def test_tag_of_very_many_articles_is_safe_from_viewers(client, monkeypatch):
    monkeypatch.setattr("cms_news.admin.tags.MANY", 0)
    make_article(tags=("t",))
    client.force_login(make_editor("viewer", permissions=("view_tag",)))
    assert (
        client.post(url_of("tag", "delete", Tag.objects.get().pk), {"post": "yes"}).status_code
        == 403
    )
    assert Tag.objects.exists()


@pytest.mark.parametrize("name", ["BANK", "ｂａｎｋ", " bank "])
def test_tag_in_another_spelling_is_an_error(client, name):
    make_article(tags=("Bank",))
    response = save(client, "tag", name=name)
    assert "written “Bank”" in response.content.decode()


def test_tag_whose_folded_name_is_too_long_is_an_error(client):
    response = save(client, "tag", name="\ufdfa" * 100)
    assert "too long" in response.content.decode()


def test_tag_and_author_are_made_without_a_slug(client):
    assert save(client, "tag", name="监管 一").status_code == 302
    assert save(client, "author", name="记者 一").status_code == 302
    assert Tag.objects.get().slug == "监管-一"
    assert Author.objects.get().slug == "记者-一"


def test_renamed_tag_keeps_its_slug(client):
    make_article(tags=("old",))
    tag = Tag.objects.get()
    assert save(client, "tag", tag.pk, name="new").status_code == 302
    assert (Tag.objects.get().name, Tag.objects.get().slug) == ("new", "old")


def test_hostile_names_are_escaped(client):
    make_article(author=EVIL, categories=((EVIL, f"{EVIL}2"),), tags=(EVIL,))
    for model, row in (
        ("category", Category.objects.first()),
        ("author", Author.objects.get()),
        ("tag", Tag.objects.get()),
    ):
        for url in (
            url_of(model, "changelist"),
            url_of(model, "change", row.pk),
            url_of(model, "delete", row.pk),
        ):
            assert "<script>alert" not in client.get(url).content.decode(), url


def test_numbers_lead_to_the_articles(client):
    make_article("found", author="w", categories=(("a",),), tags=("t",))
    make_article("other")
    for model in ("author", "category", "tag"):
        page = client.get(url_of(model, "changelist"))
        (row,) = rows(page)
        address = f"{url_of('article', 'changelist')}?{model}={row.pk}"
        assert f'href="{address}"' in page.content.decode()
        assert [article.title for article in rows(client.get(address))] == ["found"]
