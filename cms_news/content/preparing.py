"""All that can be done with a file's text without a database, in one step that any process can take."""

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import parent_process
from threading import Thread

from cms_news.errors import NewsError

from .document import ArticleData
from .fields import FieldOptions, Origin, clean_document
from .frontmatter import parse_document
from .policy import Policy
from .rendering import RenderedBody, render_body


@dataclass(frozen=True, slots=True)
class Recipe:
    """What the result depends on besides the text."""

    fields: FieldOptions
    policy: Policy
    summary_characters: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """A text, understood and rendered."""

    head: str
    """Everything before the body, as it is."""
    data: ArticleData
    rendered: RenderedBody


def prepare_text(text: str, *, origin: Origin, recipe: Recipe) -> Prepared:
    """Return what `text` means and how it is served.

    Raises DocumentError with line and key, and HtmlLimitError for a body beyond the policy's limits.
    """
    document = parse_document(text)
    data = clean_document(document, options=recipe.fields, origin=origin)
    rendered = render_body(
        data.body,
        markup=data.markup,
        path=origin.path,
        policy=recipe.policy,
        summary_characters=recipe.summary_characters,
    )
    return Prepared(document.head, data, rendered)


@dataclass(frozen=True, slots=True)
class Job:
    """A text to prepare."""

    text: str
    origin: Origin


Outcome = Prepared | NewsError
_recipe: Recipe | None = None
"""Of a worker process, set once when it starts: it need not travel with every job."""


def prepare_all(jobs: Sequence[Job], recipe: Recipe) -> list[Outcome]:
    """Return each job's text prepared, or why that can't be."""
    return [_prepare(job, recipe) for job in jobs]


def _prepare(job: Job, recipe: Recipe) -> Outcome:
    try:
        return prepare_text(job.text, origin=job.origin, recipe=recipe)
    except NewsError as error:
        return error


def start_worker(recipe: Recipe) -> None:
    """Make this process a worker that prepares by `recipe`."""
    global _recipe  # noqa: PLW0603
    _recipe = recipe
    # Ctrl-C goes to the whole group; the process that waits for us decides what becomes of us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Killed, it can't tell us to end, and the queue we wait at has us at both of its ends.
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    if parent := parent_process():
        parent.join()
        os._exit(1)


def prepare_chunk(jobs: Sequence[Job]) -> list[Outcome]:
    """Do in a worker what `prepare_all` does."""
    if _recipe is None:
        raise RuntimeError("this process was not started as a worker")
    return prepare_all(jobs, _recipe)
