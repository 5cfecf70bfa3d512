"""Values to the JSON text that is stored and served."""

from typing import Any

from rest_framework.utils.encoders import JSONEncoder

_ENCODER = JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def encode_json(value: Any) -> str:
    """Return `value` as compact JSON, every script readable."""
    return _ENCODER.encode(value)
