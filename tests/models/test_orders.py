from datetime import timedelta

import pytest

from cms_news.models import Article
from cms_news.models.orders import ARTICLE_ORDERS, NEWEST_FIRST, Place
from tests.builders import DATE, make_article

pytestmark = pytest.mark.django_db

TITLES = ["b", "a", "a", "B", "é", "晨报", "晨报", "早", "-", " x", "a b", "ab"]


def make_ties():
    """Articles with equal dates, equal titles, and with and without a time of change."""
    for number, title in enumerate(TITLES):
        date = DATE + timedelta(days=number % 3)
        updated = DATE + timedelta(days=number % 4) if number % 2 else None
        make_article(title, slug=f"n{number}", date=date, updated=updated)


def places(order):
    rows = order.sort(Article.objects.all()).values_list(order.key, "pk")
    return [Place(key, pk) for key, pk in rows]


@pytest.mark.parametrize("name", ARTICLE_ORDERS)
def test_every_place_parts_an_order_in_two(name):
    make_ties()
    order = ARTICLE_ORDERS[name]
    everything = places(order)
    ids = [place.id for place in everything]
    assert len(set(ids)) == len(TITLES)
    for index, place in enumerate(everything):
        after = order.sort(Article.objects.filter(order.beyond(place)))
        assert [row.pk for row in after] == ids[index + 1 :]
        at_or_after = order.sort(Article.objects.filter(order.beyond(place, is_inclusive=True)))
        assert [row.pk for row in at_or_after] == ids[index:]
        other_way = order.reversed()
        before = other_way.sort(Article.objects.filter(other_way.beyond(place)))
        assert [row.pk for row in before] == ids[:index][::-1]


@pytest.mark.parametrize("name", ARTICLE_ORDERS)
def test_each_order_has_its_opposite(name):
    make_ties()
    opposite = name.removeprefix("-") if name.startswith("-") else f"-{name}"
    assert places(ARTICLE_ORDERS[opposite]) == places(ARTICLE_ORDERS[name])[::-1]


def test_ids_break_ties_in_the_direction_of_the_order():
    articles = [make_article(f"n{number}") for number in range(5)]
    ids = [article.pk for article in articles]
    assert [row.pk for row in NEWEST_FIRST.sort(Article.objects.all())] == ids[::-1]
    assert [row.pk for row in ARTICLE_ORDERS["date"].sort(Article.objects.all())] == ids


def test_what_was_never_updated_last_changed_at_its_date():
    never = make_article("never", date=DATE + timedelta(days=1))
    early = make_article("early", updated=DATE)
    late = make_article("late", updated=DATE + timedelta(days=2))
    found = ARTICLE_ORDERS["-updated"].sort(Article.objects.all())
    assert list(found) == [late, never, early]
