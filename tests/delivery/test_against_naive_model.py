"""Random writes of every kind, rollbacks and a clock that moves; after each step the API says what the naive model
says, and no validator ever stands for two answers."""

import json
import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import caches
from django.db import IntegrityError, models, transaction
from django.test import Client
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from cms_news.models import (
    Article,
    ArticleCategory,
    ArticleTag,
    Author,
    Category,
    DeliveryState,
    ExportedFile,
    FormerSlug,
    Revision,
    Tag,
)
from cms_news.models import clock as database_clock
from cms_news.services import describe_article, save_article
from cms_news.services.refreshing import outdated_cards, refresh_own_parts
from cms_news.services.trash import restore_articles, trash_articles
from tests.builders import make_data
from tests.clocks import HeldClock
from tests.delivery import naive

pytestmark = pytest.mark.django_db(transaction=True)

EXAMPLES = int(os.environ.get("CMS_NEWS_EXAMPLES", "12"))
START = datetime(2025, 6, 1, 12, tzinfo=UTC)
PICK = st.integers(min_value=0, max_value=5)
"""Which article or name: of those there are, counted around."""
OFFSET = st.sampled_from([-90, -1, 0, 1, 2, 30, 90])
"""Seconds from now."""
EXPIRY = st.none() | OFFSET
NAME = st.sampled_from(["金融", "b", "C c"])
NAMES = st.lists(NAME, max_size=2, unique=True)
ORDINARY_LISTS = (
    "articles/",
    "articles/?count=true&page_size=2",
    "categories/",
    "authors/",
    "tags/",
)


class Rolled(Exception):  # noqa: N818
    """Ends a transaction that is to leave no trace."""


class Newsroom(RuleBasedStateMachine):
    clock: HeldClock

    def __init__(self):
        super().__init__()
        # Without a word to readers: what this process remembers of the last example must not matter.
        links = (ArticleCategory, ArticleTag, FormerSlug, ExportedFile, Revision)
        for model in (*links, Article, Tag, Author, Category, DeliveryState):
            models.QuerySet(model).order_by("-pk")._raw_delete("default")
        self.clock.now = START
        self.client = Client()
        self.number = 0
        self.bodies = {}
        """What was answered under each address and ETag."""
        self.kept = {}
        """What a client has of each address: the validators, and the body."""

    # What is done

    @rule(seconds=st.sampled_from([0.25, 1, 1, 2, 30, 100]))
    def move_clock(self, seconds):
        self.clock.move(seconds=seconds)
        self.look()

    @rule(writes=st.lists(st.deferred(lambda: WRITES), min_size=1, max_size=3))
    def write(self, writes):
        for each in writes:
            self.do(each)
        self.look()

    @rule(
        before=st.lists(st.deferred(lambda: WRITES), max_size=2),
        within=st.lists(st.deferred(lambda: WRITES), min_size=1, max_size=2),
        after=st.lists(st.deferred(lambda: WRITES), max_size=1),
        commits=st.tuples(st.booleans(), st.booleans()),
        looks=st.tuples(st.booleans(), st.booleans(), st.booleans()),
    )
    def transact(self, before, within, after, commits, looks):
        """Write in a transaction and in a savepoint of it; look meanwhile, and keep both or not."""
        with suppress(Rolled), transaction.atomic():
            for each in before:
                self.do(each)
            self.look_if(looks[0])
            with suppress(Rolled), transaction.atomic():
                for each in within:
                    self.do(each)
                self.look_if(looks[1])
                self.end(commits[0])
            self.look_if(looks[2])
            for each in after:
                self.do(each)
            self.end(commits[1])
        self.look()

    def do(self, write):
        name, *arguments = write
        # A write that the database refuses, as one of a taken slug, is one more that leaves no trace.
        with suppress(IntegrityError, models.ProtectedError), transaction.atomic():
            getattr(self, f"do_{name}")(*arguments)

    def end(self, commits):
        if not commits:
            raise Rolled

    # Writes

    def do_create(self, offset, expiry, published, author, categories, tags):
        save_article(self.data(offset, expiry, published, author, categories, tags))

    def do_edit(self, pick, offset, expiry, published, author, categories, tags):
        for article in self.pick(pick):
            data = self.data(offset, expiry, published, author, categories, tags)
            save_article(data, article=article)

    def do_edit_title(self, pick):
        for article in self.pick(pick):
            said = describe_article(article)
            save_article(make_data(**{**vars_of(said), "title": self.title()}), article=article)

    def do_save(self, pick, offset, published):
        for article in self.pick(pick):
            article.title, article.published = self.title(), published
            article.date = self.at(offset)
            article.save()

    def do_save_fields(self, pick, names):
        for article in self.pick(pick):
            article.title, article.published = self.title(), not article.published
            article.date, article.expires_at = self.at(1), self.at(2)
            article.save(update_fields=names)

    def do_update(self, values):
        Article.objects.update(**self.values(values))

    def do_update_one(self, pick, values):
        for article in self.pick(pick):
            Article.objects.filter(pk=article.pk).update(**self.values(values))

    def do_bulk_update(self, offset):
        articles = list(Article.objects.all())
        for article in articles:
            article.title, article.expires_at = self.title(), self.at(offset)
        Article.objects.bulk_update(articles, ["title", "expires_at"])

    def do_bulk_create(self, offset, published):
        title = self.title()
        new = Article(
            title=title, slug=title, body=title, date=self.at(offset), published=published
        )
        Article.objects.bulk_create([new])

    def do_upsert(self, pick, offset, published):
        for article in self.pick(pick):
            changed = {"title": self.title(), "date": self.at(offset), "published": published}
            Article.objects.bulk_create(
                [Article(pk=article.pk, slug=article.slug, **changed)],
                update_conflicts=True,
                unique_fields=["id"],
                update_fields=list(changed),
            )

    def do_delete(self, pick):
        for article in self.pick(pick):
            article.delete()

    def do_delete_query(self, pick):
        for article in self.pick(pick):
            Article.objects.filter(pk=article.pk).delete()

    def do_trash(self, pick):
        for article in self.pick(pick):
            trash_articles(Article.objects.filter(pk=article.pk))

    def do_restore(self):
        restore_articles(Article.objects.all())

    def do_refresh(self):
        list(refresh_own_parts(outdated_cards()))

    def do_tag(self, pick, name, verb):
        for article in self.pick(pick):
            getattr(article.tags, verb)(name)

    def do_clear_tags(self, pick):
        for article in self.pick(pick):
            article.tags.clear()

    def do_unlink(self, pick):
        for article in self.pick(pick):
            article.category_links.all().delete()

    def do_rename(self, model, pick, by_query):
        rows = model.objects.order_by("pk")
        for row in self.pick(pick, rows):
            if by_query:
                model.objects.filter(pk=row.pk).update(name=self.title())
            else:
                row.name = self.title()
                row.save()

    def do_delete_tag(self, pick):
        for tag in self.pick(pick, Tag.objects.order_by("pk")):
            tag.delete()

    def do_delete_author(self, pick):
        for author in self.pick(pick, Author.objects.order_by("pk")):
            author.articles.clear()
            author.delete()

    # What is seen

    def look_if(self, wanted):
        if wanted:
            self.look()

    def look(self):
        at = self.clock.now
        cards, documents, numbers = naive.cards(at), naive.documents(at), naive.numbers(at)
        listing = self.get("articles/")
        assert listing["results"] == cards
        assert self.walk("articles/?count=true&page_size=2", count=len(cards)) == cards
        for pk in Article.objects.values_list("pk", flat=True):
            assert self.get(f"articles/{pk}/") == documents.get(pk)
        for kind, expected in numbers.items():
            rows = self.get(f"{kind}/")["results"]
            assert {
                row["id"]: row["article_count"] for row in rows if row["article_count"]
            } == expected

    def walk(self, path, *, count):
        page = self.get(path)
        found = page["results"]
        while page["next"]:
            assert page["count"] == count
            page = self.get(page["next"].partition("/api/v1/")[2])
            found = found + page["results"]
        return found

    def get(self, path):
        """Return what is answered now, after asking as a client would that kept the last answer."""
        address = f"/api/v1/{path}"
        kept = self.kept.get(address)
        for header in ("ETag", "Last-Modified") if kept else ():
            self.ask_again(address, header, *kept)
        answer = self.client.get(address)
        if answer.status_code == 404:
            assert "ETag" not in answer
            self.kept.pop(address, None)
            return None
        assert answer.status_code == 200
        body = answer.content
        if "ETag" in answer:
            assert self.bodies.setdefault((address, answer["ETag"]), body) == body
            self.kept[address] = (dict(answer.headers), body)
        return json.loads(body)

    def ask_again(self, address, header, headers, body):
        if header not in headers:
            return
        asks = {"ETag": "if-none-match", "Last-Modified": "if-modified-since"}[header]
        if self.client.get(address, headers={asks: headers[header]}).status_code == 304:
            assert self.client.get(address).content == body

    # What they need

    def title(self):
        self.number += 1
        return f"title {self.number}"

    def at(self, offset):
        return None if offset is None else self.clock.now + timedelta(seconds=offset)

    def data(self, offset, expiry, published, author, categories, tags):
        return make_data(
            self.title(),
            body=self.title(),
            date=self.at(offset),
            expires_at=self.at(expiry),
            published=published,
            author=author,
            categories=tuple((name, "below") for name in categories),
            tags=tuple(tags),
        )

    def values(self, values):
        return {
            name: self.at(value) if name in {"date", "expires_at"} else value
            for name, value in values.items()
        }

    def pick(self, pick, rows=None):
        found = list(Article.objects.order_by("pk") if rows is None else rows)
        return found[pick % len(found) :][:1] if found else []


def vars_of(data):
    return {name: getattr(data, name) for name in type(data).__dataclass_fields__}


FIELDS = (OFFSET, EXPIRY, st.booleans(), st.none() | NAME, NAMES, NAMES)
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "title": st.just("updated"),
        "published": st.booleans(),
        "date": OFFSET,
        "expires_at": EXPIRY,
        "comments": st.booleans(),
        "body": st.sampled_from(["one", "two"]),
    },
).filter(bool)
RELEASE = ["title", "published", "date", "expires_at"]


def _write(name, *arguments):
    return st.tuples(st.just(name), *arguments)


WRITES = st.one_of(
    _write("create", *FIELDS),
    _write("create", *FIELDS),
    _write("edit", PICK, *FIELDS),
    _write("edit_title", PICK),
    _write("save", PICK, OFFSET, st.booleans()),
    _write("save_fields", PICK, st.lists(st.sampled_from(RELEASE), min_size=1, unique=True)),
    _write("update", VALUES),
    _write("update_one", PICK, VALUES),
    _write("bulk_update", EXPIRY),
    _write("bulk_create", OFFSET, st.booleans()),
    _write("upsert", PICK, OFFSET, st.booleans()),
    _write("delete", PICK),
    _write("delete_query", PICK),
    _write("trash", PICK),
    _write("restore"),
    _write("refresh"),
    _write("tag", PICK, NAME, st.sampled_from(["add", "remove"])),
    _write("clear_tags", PICK),
    _write("unlink", PICK),
    _write("rename", st.sampled_from([Author, Category, Tag]), PICK, st.booleans()),
    _write("delete_tag", PICK),
    _write("delete_author", PICK),
)


@pytest.mark.parametrize("cache", [None, "answers"])
def test_api_says_what_the_naive_model_says(monkeypatch, settings_of_cache, cache):
    settings_of_cache(cache)
    clock = HeldClock(START)
    monkeypatch.setattr(database_clock, "now_sql", clock.now_sql)
    monkeypatch.setattr(Newsroom, "clock", clock, raising=False)
    caches["answers"].clear()
    run_state_machine_as_test(
        Newsroom,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture
def settings_of_cache(settings):
    def choose(cache):
        settings.CMS_NEWS = {**settings.CMS_NEWS, "RESPONSE_CACHE": cache}

    return choose
