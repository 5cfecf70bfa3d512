"""Titles and names as they are kept."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cms_news.content.document import ArticleData
from cms_news.content.fields import FieldOptions, Origin, clean_document, compose_document
from cms_news.content.folding import flatten


@pytest.mark.parametrize(
    ("text", "flat"),
    [
        ("a\tb", "a b"),
        ("a\u2028b\r\n", "a b"),
        ("\x85a  b\x00\x1f", "a  b"),
        ("\t", ""),
        ("中", "中"),
    ],
)
def test_a_title_is_one_line(text, flat):
    assert flatten(text) == flat


@settings(deadline=None, max_examples=150)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20).map(flatten).filter(bool))
def test_what_is_flat_stays_so_and_comes_back_from_a_file(title):
    assert flatten(title) == title
    document = compose_document(ArticleData(title=title), options=FieldOptions())
    assert clean_document(document, options=FieldOptions(), origin=Origin()).title == title
