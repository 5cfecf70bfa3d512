"""The archive that an audit asks for: half of it filed under one example of each name, half all over the place."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cms_news.content.document import ArticleData, AuthorName
from cms_news.delivery.budgets import EXAMPLE, FORMER
from cms_news.models import Article, Author, Category, Tag
from cms_news.services import NewArticle, create_articles, save_article

FIRST_DATE = datetime(2021, 12, 9, 18, 14, tzinfo=UTC)
BATCH = 200
NAMES = 300
"""Authors, and the like, of each kind: more than the largest page holds."""


def fill_archive(size: int) -> Mapping[str, int]:
    """Bring the number of articles to `size` and return the ids of the example, by what they are of."""
    have = Article.objects.count()
    if not have:
        former = save_article(replace(_make_data(0), slug=FORMER))
        save_article(_make_data(0), article=former)
        have = 1
    for start in range(have, size, BATCH):
        numbers = range(start, min(start + BATCH, size))
        create_articles([NewArticle(_make_data(number)) for number in numbers])
    return {
        "article": Article.objects.get(slug=EXAMPLE).pk,
        "category": Category.objects.get(slug=EXAMPLE).pk,
        "author": Author.objects.get(slug=EXAMPLE).pk,
        "tag": Tag.objects.get(slug=EXAMPLE).pk,
    }


def _make_data(number: int) -> ArticleData:
    is_example = number % 2 == 0
    own = f"{number % NAMES}"
    return ArticleData(
        title=f"晨报 {number}",
        slug=EXAMPLE if number == 0 else f"article-{number}",
        date=FIRST_DATE + timedelta(hours=number),
        author=AuthorName(EXAMPLE if is_example else f"author {own}"),
        categories=((f"section {number % 7}", f"desk {own}"), (f"section {number % 5}",))
        if not is_example
        else (("section 1", EXAMPLE),),
        tags=(EXAMPLE, f"tag {own}") if is_example else (f"tag {own}", f"topic {number % 11}"),
        body=f"<p>正文 {number}。</p>",
        markup="html",
        lang="zh-Hans",
        headimg="https://pictures.example/a.jpg" if number % 4 < 2 else "",
        extra={"number": number},
    )
