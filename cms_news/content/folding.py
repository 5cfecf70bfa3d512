"""One spelling for names that readers take for the same."""

import unicodedata


def fold_name(name: str) -> str:
    """Return `name` with width, case and white space folded: `Ｆinance  News` gives `finance news`."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    # Casefolding may undo the normal form (U+0345, for one), so it is restored.
    return " ".join(unicodedata.normalize("NFKC", folded).split())
