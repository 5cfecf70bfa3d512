"""From a body as it was written to all that is derived from it, in one step."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from .document import Markup
from .excerpt import count_words, plain_text, reading_minutes, split_more, summarize
from .markup import detect_markup, render_markup
from .policy import Policy
from .sanitize import Removal, sanitize_html


@dataclass(frozen=True, slots=True)
class RenderedBody:
    """Everything that is stored about a body besides its source."""

    body_html: str
    """Sanitised."""
    policy_fingerprint: str
    removed: tuple[Removal, ...]
    summary: str
    """Plain text: what stands before `<!-- more -->`, or else the beginning."""
    word_count: int
    reading_minutes: int


def render_body(
    body: str, *, markup: Markup, path: str = "", policy: Policy, summary_characters: int
) -> RenderedBody:
    """Return `body` rendered and cleaned under `policy`.

    `path` is the file it came from, if any: its ending helps `markup="auto"` to tell HTML from Markdown.
    Raises HtmlLimitError when the body exceeds a limit of the policy.
    """
    suffix = PurePosixPath(path).suffix
    kind = detect_markup(body, suffix=suffix) if markup == "auto" else markup
    # The marker is a comment, and the sanitiser drops comments: look for it first.
    teaser, whole = split_more(body)
    clean = sanitize_html(render_markup(whole, markup=kind), policy=policy)
    text = plain_text(clean.html)
    if teaser is not None and teaser.strip():
        opening = sanitize_html(render_markup(teaser, markup=kind), policy=policy)
        summary = " ".join(plain_text(opening.html).split())
    else:
        summary = summarize(text, max_chars=summary_characters)
    return RenderedBody(
        body_html=clean.html,
        policy_fingerprint=policy.fingerprint,
        removed=clean.removed,
        summary=summary,
        word_count=count_words(text),
        reading_minutes=reading_minutes(text),
    )
