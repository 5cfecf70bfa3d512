"""Moving and merging from the lists: what is asked, what is told, and who may."""

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms_news.models import Article, Author, Category, Tag
from tests.admin.submitting import read_form
from tests.builders import make_article, make_author, make_category, make_editor

pytestmark = pytest.mark.django_db

EVIL = "<script>alert(1)</script>{x}"


@pytest.fixture(autouse=True)
def editor(client):
    editor = make_editor()
    client.force_login(editor)
    return editor


def url_of(model, name, *args):
    return reverse(f"admin:cms_news_{model}_{name}", args=args)


def choose(client, model, action, rows, **answers):
    data = {"action": action, "_selected_action": [row.pk for row in rows], **answers}
    return client.post(url_of(model, "changelist"), data, follow=True)


def told(page):
    return [str(message) for message in page.context["messages"]]


def test_page_says_what_will_happen_and_asks_which_one_stays(client):
    make_article("早报", tags=("股市",), slug="1")
    make_article("午报", tags=("股市", "A股"), slug="2", published=False)
    make_article("晚报", tags=("A股",), slug="3")
    tags = list(Tag.objects.order_by("pk"))
    page = choose(client, "tag", "merge_chosen", tags)
    text = page.content.decode()
    assert "3 articles, the trash included" in text
    assert "早报" in text
    assert 'href="/admin/cms_news/article/?tag=1&amp;state=public">1</a>' in text.replace(
        f"tag={tags[0].pk}", "tag=1"
    )
    assert Tag.objects.count() == 2
    form = read_form(page, "cms-news-merge")
    form |= {"keep": str(tags[1].pk), "apply": "1"}
    page = client.post(url_of("tag", "changelist"), form, follow=True)
    assert list(Tag.objects.all()) == [tags[1]]
    (message,) = told(page)
    assert "2 articles" in message
    assert url_of("tag", "change", tags[1].pk) in message
    assert LogEntry.objects.count() == 2


@pytest.mark.parametrize("model", ["category", "author", "tag"])
def test_names_are_escaped_wherever_they_are_told(client, model):
    make_article(EVIL, author=EVIL, categories=((EVIL,), ("b",)), tags=(EVIL, "b"))
    make_author("b")
    rows = list({"category": Category, "author": Author, "tag": Tag}[model].objects.order_by("pk"))
    page = choose(client, model, "merge_chosen", rows)
    assert "<script>alert" not in page.content.decode()
    page = choose(client, model, "merge_chosen", rows, keep=rows[0].pk, apply="1")
    assert "<script>alert" not in page.content.decode()
    assert len(told(page)) == 1
    assert {row.pk for row in type(rows[0]).objects.all()} == {rows[0].pk}


def test_refusal_of_a_merger_is_told_and_asked_again(client):
    root, leaf = make_category("a"), make_category("a", "b")
    page = choose(client, "category", "merge_chosen", [root, leaf], keep=leaf.pk, apply="1")
    assert "stands below" in told(page)[0]
    assert read_form(page, "cms-news-merge")["keep"] == [str(leaf.pk)]
    assert Category.objects.count() == 2


def test_one_alone_can_not_be_merged(client):
    assert "two at least" in told(choose(client, "author", "merge_chosen", [make_author()]))[0]


def test_answer_that_names_nothing_that_was_chosen_is_asked_again(client):
    a, b, c = (make_author(name) for name in "abc")
    for keep in (str(c.pk), "x", ""):
        choose(client, "author", "merge_chosen", [a, b], keep=keep, apply="1")
    assert Author.objects.count() == 3


@pytest.mark.parametrize("way", ["list", "form"])
def test_category_is_moved(client, way):
    make_article(categories=(("a", "b"),))
    moved, target = make_category("a", "b"), make_category("n")
    if way == "list":
        page = choose(client, "category", "move_chosen", [moved])
        answers = read_form(page, "cms-news-place") | {"parent": str(target.pk), "apply": "1"}
        page = client.post(url_of("category", "changelist"), answers, follow=True)
    else:
        url = url_of("category", "move", moved.pk)
        assert url in client.get(url_of("category", "change", moved.pk)).content.decode()
        answers = read_form(client.get(url), "cms-news-place")
        page = client.post(url, {**answers, "parent": str(target.pk), "apply": "1"}, follow=True)
    assert "1 category was moved" in told(page)[0]
    assert Article.objects.get().categories[0].path_names == ["n", "b"]


@pytest.mark.parametrize("parent", ["", "self", "child", "x", "9" * 40, "-1", "1.5", "\x00"])
def test_place_that_can_not_be_is_refused_beside_the_field(client, parent):
    root, child = make_category("a"), make_category("a", "b")
    value = {"self": root.pk, "child": child.pk}.get(parent, parent)
    page = client.post(
        url_of("category", "move", root.pk), {"parent": value, "apply": "1"}, follow=True
    )
    assert page.status_code == 200
    if parent == "":
        assert "stand there already" in told(page)[0]
    else:
        assert page.context["form"].errors["parent"]
    child.refresh_from_db()
    assert child.parent == root


@pytest.mark.parametrize(
    ("model", "action", "codename"),
    [
        ("category", "merge_chosen", "merge_category"),
        ("category", "move_chosen", "move_category"),
        ("author", "merge_chosen", "merge_author"),
        ("tag", "merge_chosen", "merge_tag"),
    ],
)
def test_each_asks_for_a_permission_of_its_own(client, model, action, codename):
    made = {
        "category": make_category,
        "author": make_author,
        "tag": lambda n: Tag.objects.create(name=n),
    }
    rows = [made[model](name) for name in "ab"]
    kind = type(rows[0])
    answers = {"keep": rows[0].pk, "parent": rows[0].pk, "apply": "1"}
    change = f"change_{model}"
    client.force_login(make_editor("without", permissions=(change, f"delete_{model}")))
    choose(client, model, action, rows[1:] if "move" in action else rows, **answers)
    assert client.get(url_of("category", "move", 1)).status_code == 403
    before = set(kind.objects.values_list("pk", *(["parent"] if model == "category" else [])))
    assert len(before) == 2
    client.force_login(make_editor("with", permissions=(change, codename)))
    choose(client, model, action, rows[1:] if "move" in action else rows, **answers)
    after = set(kind.objects.values_list("pk", *(["parent"] if model == "category" else [])))
    assert after != before


@pytest.mark.parametrize(("action", "queries"), [("merge_chosen", 13), ("move_chosen", 13)])
def test_page_costs_the_same_queries_for_all(client, action, queries):
    costs = []
    for count in (2, 20):
        for number in range(count):
            make_article(f"{count}-{number}", categories=((f"c{count}", f"{number}", "x"),))
        rows = list(Category.objects.filter(parent__name=f"c{count}"))
        with CaptureQueriesContext(connection) as captured:
            choose(client, "category", action, rows)
        costs.append(len(captured))
    assert costs == [costs[0]] * 2
    assert costs[0] <= queries
