"""Names and titles as they are kept, and one spelling for those that readers take for the same."""

import re
import unicodedata
from functools import lru_cache

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def flatten(text: str) -> str:
    """Return `text` on one line and trimmed, control characters gone."""
    return _CONTROL.sub(" ", text).strip()


@lru_cache(maxsize=4096)
def fold_name(name: str) -> str:
    """Return `name` with width, case and white space folded: `Ｆinance  News` gives `finance news`."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    # Casefolding may undo the normal form (U+0345, for one), so it is restored.
    return " ".join(unicodedata.normalize("NFKC", folded).split())
