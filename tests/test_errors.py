"""Errors as JSON, for whoever shows them later and in another language."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cms_news.errors import DocumentError, HtmlLimitError, NewsError, recall_error


@pytest.mark.parametrize(
    "error",
    [
        NewsError("{size} bytes, at most {limit} are read", size=7, limit=3),
        NewsError("{path}: not inside {root}", path=Path("a"), root=None),
        NewsError("{value} is no number", value=float("nan")),
        NewsError("since {moment}", moment=datetime(2021, 12, 9, tzinfo=UTC)),
        DocumentError("byte 0x{byte:02X} is not {encoding}", line=3, byte=255, encoding="UTF-8"),
        DocumentError('"{value}" is not a date', line=3, key="date", value="{x}"),
        HtmlLimitError("more than {maximum} levels", maximum=9, limit="max_depth"),
    ],
)
def test_error_that_was_json_says_the_same(error):
    stored = json.loads(json.dumps(error.as_dict(), allow_nan=False))
    recalled = recall_error({"path": "a.md", **stored})
    assert recalled.reason == error.reason
    assert recalled.template == error.template


def test_nothing_is_recalled_from_what_holds_no_error():
    assert recall_error({"reason": "said in English"}) is None
