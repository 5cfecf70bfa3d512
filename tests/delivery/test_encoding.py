import json
import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms_news.delivery import encoding
from cms_news.delivery.encoding import encode_json
from cms_news.delivery.own_part import References

# Surrogates are in `extra` where a JSON head has half a pair escaped.
texts = st.text(st.characters(codec=None), max_size=40) | st.sampled_from(
    ["\ud800", "a\udfff", "\u2028", "\x00\x1f\x7f", '</script>"\\', "\N{GRINNING FACE}", "晨报"]
)
numbers = st.integers() | st.sampled_from([2**63, 2**64, -(2**63) - 1, 10**400])
floats = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([1e16, 1e-7, -0.0])
leaves = st.none() | st.booleans() | numbers | floats | texts
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=25,
)
own_parts = st.fixed_dictionaries(
    {"slug": texts, "title": texts, "comments": st.booleans(), "reading_minutes": numbers},
    optional={"extra": st.dictionaries(texts, values, max_size=4), "lang": st.none() | texts},
)


def encode_without_orjson(value: Any) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoding, "_dumps", None)
        return encode_json(value)


@given(own_parts | values)
def test_orjson_makes_the_same_text(value: Any) -> None:
    pytest.importorskip("orjson")
    text = encode_json(value)
    assert text == encode_without_orjson(value)
    assert text == json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("wrap", [lambda n: n, lambda n: [n], lambda n: {"a": {"b": n}}])
def test_numbers_that_json_does_not_have_are_refused(number: float, wrap: Any) -> None:
    for encode in (encode_json, encode_without_orjson):
        with pytest.raises(ValueError, match="not JSON compliant"):
            encode(wrap(number))


def test_what_is_no_json_type_is_written_as_rest_framework_does() -> None:
    moment = datetime(2021, 12, 9, 18, 14, 0, 123456, tzinfo=UTC)
    value = {"at": moment, 7: References(1, [2], []), "pair": (1, 2)}
    text = '{"at":"2021-12-09T18:14:00.123456Z","7":[1,[2],[]],"pair":[1,2]}'
    assert encode_json(value) == encode_without_orjson(value) == text


def test_deep_nesting_is_written() -> None:
    value: Any = "x"
    for _level in range(300):
        value = [value]
    assert encode_json(value) == "[" * 300 + '"x"' + "]" * 300
