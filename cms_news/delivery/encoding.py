"""Values to the JSON text that is stored and served."""

from typing import Any

from rest_framework.utils.encoders import JSONEncoder

_ENCODER = JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def encode_json(value: Any) -> str:
    """Return `value` as compact JSON, every script readable."""
    return _ENCODER.encode(value)


def splice_members(first: str, *others: str) -> str:
    """Return one JSON object with the members of all: `{"a":1}`, `"b":2` gives `{"a":1,"b":2}`."""
    return first[:-1] + "".join(f",{other}" for other in others if other) + "}"
