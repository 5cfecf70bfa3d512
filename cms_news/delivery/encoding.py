"""Values to the JSON text that is stored and served."""

from collections.abc import Callable
from json.encoder import encode_basestring
from typing import Any

from rest_framework.utils.encoders import JSONEncoder

_ENCODER = JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_LEAVES = frozenset({str, int, bool, type(None)})


def encode_json(value: Any) -> str:
    """Return `value` as compact JSON, every script readable, the same text with and without orjson.

    Raises ValueError for a number that JSON does not have.
    """
    if type(value) is str:
        return encode_basestring(value)
    if _dumps is not None and _is_plain(value):
        try:
            return _dumps(value).decode()
        except TypeError:
            # Half a surrogate pair, a number beyond 64 bits, a nesting beyond 254 levels.
            pass
    return _ENCODER.encode(value)


def _is_plain(value: Any) -> bool:
    """Return whether orjson has the same text for `value`: it writes floats, for one, in another way."""
    left = [value]
    while left:
        kind = type(found := left.pop())
        if kind is dict:
            if not all(type(key) is str for key in found):
                return False
            left += found.values()
        elif kind is list:
            left += found
        elif kind not in _LEAVES:
            return False
    return True


def _find_orjson() -> Callable[[Any], bytes] | None:
    try:
        from orjson import dumps
    except ImportError:
        return None
    return dumps


_dumps = _find_orjson()
