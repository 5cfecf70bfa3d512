import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms_news.delivery.cards import read_cards, read_document
from cms_news.delivery.encoding import encode_json
from cms_news.delivery.members import (
    CARD_MEMBERS,
    DOCUMENT_MEMBERS,
    Members,
    cut_members,
)
from cms_news.delivery.state import read_moment
from cms_news.models import Article
from tests.builders import make_article

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(stored=st.dictionaries(st.sampled_from("abcdef"), VALUES, min_size=1), data=st.data())
def test_members_are_cut_out_byte_for_byte(stored, data):
    names = data.draw(st.sets(st.sampled_from(sorted(stored))))
    cut = cut_members(encode_json(stored), frozenset(names), of=frozenset(stored))
    expected = {name: value for name, value in stored.items() if name in names}
    assert f"{{{','.join(cut)}}}" == encode_json(expected)


@pytest.mark.parametrize("number", ["1.10", "1e400", "-0", "9" * 5000])
def test_numbers_are_nothing_that_is_counted_with(number):
    stored = f'{{"a":{number},"b":[{number}]}}'
    names = frozenset("ab")
    assert cut_members(stored, frozenset("a"), of=names) == [f'"a":{number}']
    assert cut_members(stored, frozenset("b"), of=names) == [f'"b":[{number}]']


def make_full_article():
    return make_article(
        '标题 "quoted" \\',
        body="<p>正文</p>",
        markup="html",
        author="a",
        categories=(("x", "y"),),
        tags=("t",),
        extra={"own": {"title": "not it", "slug": [1, {"title": 2}]}},
        headimg="https://example.com/a.png",
        permalink="x/y",
    )


def ordered(text):
    return list(json.loads(text).items())


@pytest.mark.django_db
@given(names=st.sets(st.sampled_from(CARD_MEMBERS)))
def test_any_choice_of_a_card_is_the_card_without_the_rest(names):
    if not Article.objects.exists():
        make_full_article()
    (whole,) = read_cards(Article.objects.all(), read_moment())
    (some,) = read_cards(Article.objects.all(), read_moment(), members=Members.named(names))
    assert ordered(some.json) == [pair for pair in ordered(whole.json) if pair[0] in names]
    for name, value in ordered(some.json):
        assert f"{encode_json(name)}:{encode_json(value)}" in whole.json


@pytest.mark.django_db
@pytest.mark.parametrize("name", DOCUMENT_MEMBERS)
@pytest.mark.parametrize("is_blank", [False, True])
def test_any_single_member_of_a_document(name, is_blank):
    article = make_full_article()
    if is_blank:
        Article.objects.update(body=article.body)
    rows = Article.objects.filter(pk=article.pk)
    whole = json.loads(read_document(rows, read_moment()).json)
    some = read_document(rows, read_moment(), members=Members.named([name]))
    assert json.loads(some.json) == {name: whole[name]}


@pytest.mark.django_db
def test_cards_with_bodies_hold_cleaned_ones():
    hostile = "<p onclick='x()'>safe</p><script>alert(1)</script>"
    make_article("saved", body=hostile, markup="html")
    Article.objects.bulk_create([Article(title="b", slug="b", body=hostile, markup="html")])
    members = Members.named([*CARD_MEMBERS, "body_html"])
    found = read_cards(Article.objects.newest_first(), read_moment(), members=members)
    assert [json.loads(card.json)["body_html"] for card in found] == ["<p>safe</p>"] * 2


@pytest.mark.django_db
def test_what_is_not_served_is_not_read(django_assert_num_queries):
    make_full_article()
    moment = read_moment()
    with django_assert_num_queries(1) as queries:
        read_document(Article.objects.all(), moment, members=Members.named(["title"]))
    assert "body_html" not in queries.captured_queries[0]["sql"]
