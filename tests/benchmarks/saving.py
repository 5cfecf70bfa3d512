"""One article saved again and again: by cms_news's service, and the way everybody does it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import cycle
from typing import Any

from django.db import transaction

from cms_news.content.document import ArticleData
from cms_news.content.rendering import RenderedBody
from cms_news.models import Article, Category
from cms_news.services import describe_article, save_article
from tests.benchmarks.plain_write import models as plain

ARTICLES = 50
CHANGES = ("title", "body", "category", "tag")
Save = Callable[[], object]


@dataclass
class _Subject:
    """One article in two states between which it is saved back and forth."""

    article: Article
    states: tuple[ArticleData, ArticleData]
    rendered: tuple[RenderedBody, RenderedBody]
    twin: plain.Article
    turn: int = 0

    def next_state(self) -> int:
        self.turn += 1
        return self.turn % 2


def make_savers(change: str) -> dict[str, Save]:
    """Return what saves the next article with that change: ours, ours that cleans the body too, plain."""
    ours, cleaning = list(_make_subjects(change, 0)), list(_make_subjects(change, ARTICLES))
    twins = cycle(list(_make_subjects(change, 2 * ARTICLES)))
    rendered_already, to_be_rendered = cycle(ours), cycle(cleaning)
    return {
        "plain": lambda: _save_plainly(next(twins)),
        "ours": lambda: _save(next(rendered_already), is_rendered=True),
        "cleaning": lambda: _save(next(to_be_rendered), is_rendered=False),
    }


def _save(subject: _Subject, *, is_rendered: bool) -> None:
    number = subject.next_state()
    rendered = subject.rendered[number] if is_rendered else None
    save_article(subject.states[number], article=subject.article, rendered=rendered)


def _save_plainly(subject: _Subject) -> None:
    number = subject.next_state()
    data, rendered, twin = subject.states[number], subject.rendered[number], subject.twin
    twin.title, twin.body, twin.body_html = data.title, data.body, rendered.body_html
    twin.summary, twin.word_count = rendered.summary, rendered.word_count
    with transaction.atomic():
        twin.save()
        twin.categories.set(_CATEGORIES[path[-1]] for path in data.categories)
        twin.tags.set(data.tags)


_CATEGORIES: dict[str, plain.Category] = {}
"""At hand for the plain way: a form has its choices."""


def _make_subjects(change: str, start: int) -> Iterator[_Subject]:
    chosen = Article.objects.public().with_names().order_by("pk")[start : start + ARTICLES]
    paths = [tuple(c.path_names) for c in Category.objects.with_path_names() if c.depth == 2]
    for number, article in enumerate(chosen):
        before = describe_article(article)
        after = _changed(before, change, paths[number % len(paths)])
        states = before, after
        yield _Subject(article, states, _render_both(article, states), _make_twin(article, paths))


def _changed(data: ArticleData, change: str, path: tuple[str, ...]) -> ArticleData:
    if change == "title":
        return replace(data, title=f"{data.title}（更正）")
    if change == "body":
        return replace(data, body=data.body.replace("<p>", "<p>更正：", 1))
    if change == "category":
        return replace(data, categories=(path,))
    return replace(data, tags=(*data.tags[:-1], "更正"))


def _render_both(
    article: Article, states: tuple[ArticleData, ArticleData]
) -> tuple[RenderedBody, RenderedBody]:
    made = []
    for data in states:
        draft = Article(body=data.body, markup=data.markup, source_path=article.source_path)
        made.append(draft.render())
    return made[0], made[1]


def _make_twin(article: Article, paths: list[tuple[str, ...]]) -> plain.Article:
    _fill_categories(paths)
    values = {
        field.attname: getattr(article, field.attname)
        for field in plain.Article._meta.concrete_fields
        if field.attname not in {"id", "author_id"}
    }
    author = article.author
    if author:
        found = plain.Author.objects.get_or_create(slug=author.slug, defaults={"name": author.name})
        values["author"] = found[0]
    twin, is_new = plain.Article.objects.get_or_create(slug=article.slug, defaults=values)
    if is_new:
        data = describe_article(article)
        twin.categories.set(_CATEGORIES[path[-1]] for path in data.categories)
        twin.tags.set(data.tags)
    return twin


def _fill_categories(paths: list[tuple[str, ...]]) -> None:
    for path in () if _CATEGORIES else paths:
        _CATEGORIES[path[-1]], _ = plain.Category.objects.get_or_create(
            slug="-".join(path), defaults={"name": path[-1]}
        )


def save_for(seconds: float, articles: Any, clock: Callable[[], float]) -> list[float]:
    """Save titles of `articles` in turn for that long and return how long each took."""
    taken: list[float] = []
    end = clock() + seconds
    for article, turn in ((article, turn) for turn in range(10**6) for article in articles):
        started = clock()
        if started > end:
            break
        data = describe_article(article)
        title = f"{data.title.partition(' · ')[0]} · {turn}"
        before = clock()
        save_article(replace(data, title=title), article=article)
        taken.append(clock() - before)
    return taken
