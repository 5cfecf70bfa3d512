"""The file that an article comes from."""

import hashlib
from dataclasses import dataclass
from typing import Any

from django.utils import timezone


@dataclass(frozen=True, slots=True)
class Source:
    """The file an article comes from."""

    name: str
    """Which folder of files: two of them may hold the same paths."""
    path: str
    """Relative, with forward slashes."""
    content_hash: str
    """SHA-256 of the bytes, in hexadecimal."""
    encoding: str
    front_matter: str
    """Everything before the body, as it was."""
    date_text: str = ""
    """The date as the file writes it."""

    @property
    def key(self) -> str:
        """What finds the article of this file again, of one length however long the path is."""
        return source_key(self.name, self.path)

    def as_columns(self) -> dict[str, Any]:
        return {
            "imported_at": timezone.now(),
            "source": self.name,
            "source_path": self.path,
            "source_key": self.key,
            "source_hash": self.content_hash,
            "source_encoding": self.encoding,
            "front_matter": self.front_matter,
            "date_text": self.date_text,
        }


def source_key(name: str, path: str) -> str:
    """Return the identity of the file at `path` of the source `name`."""
    return hashlib.sha256(f"{name}\n{path}".encode()).hexdigest()
