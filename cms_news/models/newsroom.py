from django.utils.translation import gettext_lazy as _

from .article import Article


class Newsroom(Article):
    """The newsroom's page, as an entry of its own in the admin: no rows, no table, no permissions.

    Django's admin lists models and nothing else, in its index and beside every page.
    """

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("newsroom")
        verbose_name_plural = _("newsroom")
