"""No answer tells of what is hidden: neither a byte of it, nor by its silence.

Every request is answered twice, once with hidden articles in the database and once without them and all that
belongs to them. The answers have to be the same, to the byte.
"""

from datetime import timedelta
from urllib.parse import quote, urlencode

import pytest
from django.db import models, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cms_news.api.filters import FILTERS
from cms_news.api.urls import endpoints
from cms_news.delivery import statements
from cms_news.delivery.members import CARD_MEMBERS, DOCUMENT_MEMBERS
from cms_news.models import Article, ArticleCategory, ArticleTag, Author, Category, FormerSlug, Tag
from cms_news.models.orders import ARTICLE_ORDERS
from cms_news.services import save_article
from cms_news.services.trash import trash_articles
from tests.api.asking import BASE
from tests.builders import DATE, make_article, make_data

pytestmark = pytest.mark.django_db

STATES = ["draft", "scheduled", "expired", "trashed"]
MARKER = "leak7f3e"
"""Stands in every column of what is hidden, and nowhere else."""
VOLATILE = {"ETag", "Last-Modified", "Date"}
"""Headers that may change with anything that is written."""

MODEST = settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def make_public():
    for number in range(6):
        make_article(
            f"public {number}",
            slug=f"p{number}",
            date=DATE + timedelta(days=number % 3),
            author="shared" if number % 2 else "own",
            tags=("shared", f"tag {number % 2}"),
            categories=(("shared", f"below {number % 2}"),),
            lang=["en", "fr"][number % 2],
        )
    article = Article.objects.get(slug="p5")
    save_article(make_data("public 5", slug="p5-now", tags=("shared",)), article=article)


def make_hidden():
    """Articles of every state with the marker in every column, between and under what is public."""
    for index, state in enumerate(STATES):
        mark = f"{MARKER}-{state}"
        article = make_article(
            f"{mark} title",
            slug=f"{mark}-before",
            date=DATE + timedelta(days=index % 3),
            body=f"{mark} body",
            excerpt=f"{mark} excerpt",
            author=f"{mark} author",
            tags=("shared", f"{mark} tag"),
            categories=(("shared", f"{mark} category", f"{mark} leaf"), ("shared", "below 0")),
            lang=f"{MARKER}",
            layout=f"{mark} layout",
            permalink=f"https://{mark}.example/",
            headimg=f"https://{mark}.example/a.png",
            thumbnail=f"https://{mark}.example/b.png",
            extra={f"{mark} key": f"{mark} value"},
        )
        article = save_article(
            make_data(
                f"{mark} title",
                slug=mark,
                date=article.date,
                body=f"{mark} body",
                author=f"{mark} author",
                tags=("shared", f"{mark} tag"),
                categories=(("shared", f"{mark} category", f"{mark} leaf"), ("shared", "below 0")),
                lang=MARKER,
                headimg=f"https://{mark}.example/a.png",
            ),
            article=article,
        )
        fill_every_column(article, mark)
        hide(article, state)
    Author.objects.filter(name__contains=MARKER).update(bio=MARKER, url=f"https://{MARKER}.example")


def fill_every_column(article, mark):
    """Mark what no data carries: whatever text a column of the row can hold."""
    texts = {
        field.attname: f"{mark}{field.attname}"[: field.max_length]
        for field in Article._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField)
        and not field.attname.startswith("own_")
        and not getattr(article, field.attname)
        and not field.choices
    }
    Article.objects.filter(pk=article.pk).store(**texts)


def hide(article, state):
    rows = Article.objects.filter(pk=article.pk)
    if state == "trashed":
        trash_articles(rows)
    elif state == "draft":
        rows.store(published=False)
    elif state == "expired":
        rows.store(expires_at=timezone.now())
    else:
        date = timezone.now() + timedelta(days=1)
        rows.store(date=date)
        ArticleTag.objects.unguarded().filter(content_object=article).update(date=date)
        ArticleCategory.objects.unguarded().filter(article=article).update(date=date)


def remove_hidden():
    hidden = Article.objects.filter(slug__contains=MARKER)
    assert hidden.count() == len(STATES)
    hidden.delete()
    Author.objects.filter(name__contains=MARKER).delete()
    Tag.objects.filter(name__contains=MARKER).delete()
    Category.objects.filter(name__contains="leaf").delete()
    Category.objects.filter(name__contains=MARKER).delete()


def make_archive():
    if not Article.objects.exists():
        make_public()
        make_hidden()


def answer_of(path):
    answer = Client().get(f"{BASE}{path}")
    headers = {name: value for name, value in answer.headers.items() if name not in VOLATILE}
    return answer.status_code, headers, answer.content


def answers_with_and_without(paths):
    with_hidden = [answer_of(path) for path in paths]
    with transaction.atomic():
        remove_hidden()
        without = [answer_of(path) for path in paths]
        transaction.set_rollback(True)
    return list(zip(paths, with_hidden, without, strict=True))


def check(paths):
    for path, with_hidden, without in answers_with_and_without(paths):
        assert with_hidden == without, path
        assert with_hidden[0] < 500
        if MARKER not in path:
            told = repr(with_hidden[1]).encode() + with_hidden[2]
            assert MARKER.encode() not in told, path


def lookups():
    """Every way to name something hidden."""
    slugs = [
        *Article.objects.filter(slug__contains=MARKER).values_list("slug", flat=True),
        *FormerSlug.objects.filter(slug__contains=MARKER).values_list("slug", flat=True),
        *Author.objects.filter(slug__contains=MARKER).values_list("slug", flat=True),
        *Tag.objects.filter(slug__contains=MARKER).values_list("slug", flat=True),
        *Category.objects.filter(slug__contains=MARKER).values_list("slug", flat=True),
        MARKER,
    ]
    ids = [
        pk
        for rows in (
            Article.objects.filter(slug__contains=MARKER),
            Author.objects.filter(slug__contains=MARKER),
            Tag.objects.filter(slug__contains=MARKER),
            Category.objects.filter(slug__contains=MARKER),
        )
        for pk in rows.values_list("pk", flat=True)
    ]
    return slugs, ids


def test_the_archive_has_what_is_to_be_hidden():
    make_archive()
    slugs, ids = lookups()
    assert len(slugs) == 4 + 4 + 4 + 4 + 8 + 1
    assert len(ids) == 4 + 4 + 4 + 8
    for article in Article.objects.filter(slug__contains=MARKER):
        empty = {
            field.attname
            for field in Article._meta.concrete_fields
            if isinstance(field, models.CharField | models.TextField)
            and MARKER not in str(getattr(article, field.attname))
        }
        # What is left has a closed set of values, or is derived and says them in other words.
        assert empty <= {
            "markup",
            "policy_fingerprint",
            "source_encoding",
            "own_references",
            "own_format",
        }
    public = answer_of("articles/?count=true")[2]
    assert b'"count":6' in public


def test_every_endpoint_with_every_name_of_something_hidden():
    make_archive()
    slugs, ids = lookups()
    paths = []
    for route in endpoints:
        pattern = str(route.pattern)
        if "<int:id>" in pattern:
            paths += [pattern.replace("<int:id>", str(pk)) for pk in ids]
        elif "<cms_news_slug:slug>" in pattern:
            paths += [pattern.replace("<cms_news_slug:slug>", quote(slug)) for slug in slugs]
        else:
            paths += [pattern, f"{pattern}?count=true", f"{pattern}?page_size=1", pattern[:-1]]
    check(paths)


def test_every_filter_with_every_name_of_something_hidden():
    make_archive()
    slugs, ids = lookups()
    values = [*slugs, *map(str, ids), "2030-01-01", "true", "false"]
    check(
        [
            f"articles/?{urlencode({name: value})}&count=true{also}"
            for name in FILTERS
            for value in values
            for also in ("", "&ordering=title")
        ]
    )


def test_every_ordering_field_and_page():
    make_archive()
    paths = [
        f"articles/?ordering={ordering}&page_size={size}&count=true{also}"
        for ordering in ARTICLE_ORDERS
        for size in (1, 2, 100)
        for also in ("", "&include=body_html", "&tag=shared", "&category=shared")
    ]
    paths += [f"articles/?fields={name}" for name in (*CARD_MEMBERS, "source_path", "-id")]
    paths += [f"articles/slug/p0/?fields={name}" for name in (*DOCUMENT_MEMBERS, "body")]
    check(paths)
    walked = []
    for path in paths:
        following = path
        while following:
            walked.append(following)
            page = Client().get(f"{BASE}{following}").json()
            following = (page.get("next") or "").partition(BASE)[2]
    check(walked)


NAMES = st.sampled_from(
    [*FILTERS, "ordering", "fields", "include", "cursor", "page_size", "count", "q", "title"]
)
VALUES = st.one_of(
    st.sampled_from(
        [
            MARKER,
            *(f"{MARKER}-{state}" for state in STATES),
            f"{MARKER}-draft-tag",
            f"{MARKER}-draft-author",
            f"shared,{MARKER}-draft-category",
            "shared",
            "below-0",
            "en",
            "p0,p5,p5-now",
            *ARTICLE_ORDERS,
            *DOCUMENT_MEMBERS,
            "true",
            "false",
            "1",
            "2021-12-09",
            "2021-12-10T18:14:00Z",
            "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15",
        ]
    ),
    st.integers(min_value=0, max_value=40).map(str),
    st.text(max_size=8),
)
PATHS = st.one_of(
    st.sampled_from(["articles/", "articles/", "articles/", "categories/", "authors/", "tags/"]),
    st.sampled_from(["articles/slug/p5/", "articles/slug/p0/", "sanitizer/"]),
    st.builds(
        "{}/{}/".format,
        st.sampled_from(["articles", "categories", "authors", "tags"]),
        st.integers(min_value=0, max_value=60),
    ),
)
QUERIES = st.lists(st.tuples(NAMES, VALUES), max_size=4).map(
    lambda pairs: urlencode(pairs, errors="replace")
)


@MODEST
@given(requests=st.lists(st.builds("{}?{}".format, PATHS, QUERIES), min_size=1, max_size=12))
def test_any_request(requests):
    make_archive()
    check(requests)


def test_a_leak_would_be_found(monkeypatch):
    make_archive()
    # What was composed before knows what is public, and what is composed here must not stay.
    monkeypatch.setattr(statements, "_compose", statements._compose.__wrapped__)
    monkeypatch.setattr(
        type(Article.objects.all()), "public", lambda self, at=None: self.all(), raising=True
    )
    with pytest.raises(AssertionError):
        check(["articles/"])
