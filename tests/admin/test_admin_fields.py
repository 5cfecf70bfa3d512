import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from cms_news.admin.fields import ExtraField, TagsField, keep_line_ends, split_tags, unify_lines

ENDS = st.sampled_from(["\n", "\r\n", "\r"])
TEXTS = st.text(alphabet=st.sampled_from(["a", "字", " ", "\n", "\r"]), max_size=40)


def as_browsers_send(text):
    return unify_lines(text).replace("\n", "\r\n")


@settings(deadline=None)
@given(text=TEXTS)
def test_untouched_text_comes_back_as_it_was(text):
    assert keep_line_ends(text, as_browsers_send(text)) == text


@settings(deadline=None)
@given(lines=st.lists(st.text(alphabet="ab字", max_size=5), min_size=2, max_size=6), end=ENDS)
def test_edited_text_keeps_the_line_ends(lines, end):
    edited = [*lines, "new"]
    assert keep_line_ends(end.join(lines), "\r\n".join(edited)) == end.join(edited)


def test_mixed_line_ends_become_those_that_prevail():
    assert keep_line_ends("a\r\nb\r\nc\nd", "a\r\nb\r\nc\r\nx") == "a\r\nb\r\nc\r\nx"


def test_new_text_has_plain_newlines():
    assert keep_line_ends("", "a\r\nb") == "a\nb"


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("", []),
        (" , ，", []),
        ("银行，监管、证券；a;b, c d", ["银行", "监管", "证券", "a", "b", "c d"]),
        ("a b c", ["a b c"]),
        ('"x y", x y', ['"x y"', "x y"]),
        ("a, a,b", ["a", "b"]),
        ("  a \t b  ,c", ["a b", "c"]),
    ],
)
def test_tags_are_split_at_commas_and_never_at_spaces(text, tags):
    assert split_tags(text) == tags


def test_a_known_tag_with_a_comma_stays_whole():
    assert split_tags("a, Paris, Texas, film", known=["Paris, Texas"]) == [
        "a",
        "Paris, Texas",
        "film",
    ]
    assert split_tags("Paris, Texans", known=["Paris, Texas"]) == ["Paris", "Texans"]


@settings(deadline=None)
@given(names=st.lists(st.text(alphabet="ab,，字 ", min_size=1, max_size=6), max_size=4))
def test_tags_that_nobody_touched_are_no_change(names):
    field = TagsField(required=False)
    field.known = names
    assert not field.has_changed(names, field.prepare_value(names))


@settings(deadline=None)
@given(names=st.lists(st.text(alphabet="ab字", min_size=1, max_size=6), unique=True, max_size=4))
def test_tags_are_read_as_they_are_shown(names):
    assert split_tags(TagsField().prepare_value(names)) == names


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '"x"',
        '{"a": NaN}',
        '{"a": 1e999}',
        '{"a": -Infinity}',
        "[" * 100_000,
        '{"a":' * 20 + "1" + "}" * 20,
        '{"a": ' + "9" * 5000 + "}",
    ],
)
def test_extra_that_cannot_be_stored_is_refused(text):
    with pytest.raises(ValidationError):
        ExtraField(required=False).clean(text)


def test_extra_is_shown_readable_and_empty_when_empty():
    field = ExtraField(required=False)
    assert field.prepare_value({}) == ""
    assert field.prepare_value({"顶": [1]}) == '{\n  "顶": [\n    1\n  ]\n}'
    assert field.clean("") == {}
    assert field.clean('{"顶": 1}') == {"顶": 1}


def test_another_order_of_keys_is_a_change():
    field = ExtraField(required=False)
    assert field.has_changed({"a": 1, "b": 2}, '{"b": 2, "a": 1}')
    assert not field.has_changed({"a": 1, "b": 2}, '{"a":1,"b":2}')
