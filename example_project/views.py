"""The one page of the newspaper; what it shows it asks the API for."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic import TemplateView


class FrontPageView(TemplateView):
    """A frame around static scripts, which get their words and addresses from `page`."""

    template_name = "example_project/front_page.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the context with `page`, the JSON that the scripts read."""
        page = {
            "articles": reverse("cms_news_api:article-list"),
            "timeZone": settings.TIME_ZONE,
            "words": page_words(),
        }
        return super().get_context_data(page=page, **kwargs)


def page_words() -> dict[str, str]:
    """Return everything the scripts say, in the reader's language."""
    return {
        "title": _("The Paper Lantern"),
        "tagline": _("News from a harbour town that is on no map"),
        "loading": _("Loading …"),
        "more": _("More stories"),
        "added": _("Stories added: {count}."),
        "last": _("Stories added: {count}. These were the last."),
        "empty": _("Nothing has been published yet."),
        "emptyHint": _("Import some files, or write an article in the newsroom."),
        "failed": _("The stories could not be loaded."),
        "articleFailed": _("This story could not be loaded."),
        "offline": _("The server did not answer. Is it running?"),
        "retry": _("Try again"),
        "back": _("Front page"),
        "minutes": _("{count} min read"),
        "updated": _("Updated {date}"),
        "tags": _("Tags"),
        "categories": _("Sections"),
        "noPicture": _("Picture not available"),
        "table": _("Table, scrolls sideways"),
        "untitled": _("Untitled"),
    }
