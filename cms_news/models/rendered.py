"""What an article keeps of its body rendered, and whether that is still of this body."""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

from django.db import models

from cms_news.conf import news_settings
from cms_news.content.document import Markup
from cms_news.content.rendering import RenderedBody, render_body

from .policy import current_policy
from .querysets import BODY_FIELDS, RENDERED_FIELDS


class RenderedModel(models.Model):
    """Columns that are derived from `body`, `markup` and `source_path`, which the model itself has."""

    body: Any
    markup: Any
    source_path: Any

    body_html = models.TextField(editable=False, blank=True)
    policy_fingerprint = models.CharField(max_length=16, editable=False, blank=True)
    removed = models.JSONField(editable=False, default=list, blank=True)
    summary = models.TextField(editable=False, blank=True)
    word_count = models.PositiveIntegerField(editable=False, default=0)
    reading_minutes = models.PositiveIntegerField(editable=False, default=0)

    class Meta:
        abstract = True

    def render(self) -> RenderedBody:
        """Return all that is derived from the body under the policy in force. Raises HtmlLimitError."""
        markup: Markup = self.markup
        return render_body(
            self.body,
            markup=markup,
            path=self.source_path,
            policy=current_policy(),
            summary_characters=news_settings.summary_characters,
        )

    def apply(self, rendered: RenderedBody) -> None:
        """Take over what was derived from the body."""
        self.body_html = rendered.body_html
        self.policy_fingerprint = rendered.policy_fingerprint
        self.removed = [
            {"kind": item.kind, "name": item.name, "count": item.count, "sample": item.sample}
            for item in rendered.removed
        ]
        self.summary = rendered.summary
        self.word_count = rendered.word_count
        self.reading_minutes = rendered.reading_minutes

    def remember_stored(self, names: Collection[str] | None = None) -> None:
        """Take what the article says now for what the database says, in the columns `names` or in all."""
        state = self._body_state()
        if names is not None:
            state = {**self._loaded, **{name: state[name] for name in state.keys() & names}}
        self._loaded = state

    def _body_state(self) -> dict[str, Any]:
        """What a rendered body depends on and consists of, as far as it is loaded."""
        names = ("body", "markup", "source_path", "body_html", "policy_fingerprint")
        return {name: self.__dict__.get(name) for name in names}

    def _writes_body(self, names: set[str] | None) -> bool:
        return names is None or bool(names & (BODY_FIELDS | set(RENDERED_FIELDS)))

    def body_is_touched(self) -> bool:
        """Return whether the body, or what was derived from it, is not what the database says."""
        return self._loaded != self._body_state()

    _loaded: Mapping[str, Any] = MappingProxyType({})
