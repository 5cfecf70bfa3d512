"""The roles of a newsroom as Django groups."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from cms_news.errors import NewsError, gettext_noop

_READS_NAMES = frozenset({"view_category", "view_author", "view_tag"})
_CONTRIBUTOR = _READS_NAMES | {"view_article", "add_article", "change_article"}
_EDITOR = _CONTRIBUTOR | {
    "work_on_others",
    *(f"{verb}_{name}" for verb in ("add", "change") for name in ("category", "author", "tag")),
}
_PUBLISHER = _EDITOR | {
    "publish_article",
    "schedule_article",
    "unpublish_article",
    "trash_article",
    "retrieve_article",
}
_IMPORTER = _READS_NAMES | {
    "view_article",
    "work_on_others",
    "import_articles",
    "view_importrecord",
}

ROLES: Mapping[str, Collection[str] | None] = {
    "Contributor": _CONTRIBUTOR,
    "Editor": _EDITOR,
    "Publisher": _PUBLISHER,
    "Importer": _IMPORTER,
    "Administrator": None,
}
"""The permissions of each role by their codenames; None for all of this app."""


@dataclass(frozen=True, slots=True)
class RoleChange:
    """What became of one group, or would."""

    name: str
    is_new: bool
    added: list[str]
    """Codenames that it did not have, in order."""
    others: list[str]
    """Of this app, that it has besides the role's: left to it."""


def setup_roles(*, prefix: str = "", is_dry_run: bool = False) -> Iterator[RoleChange]:
    """Make the groups, give each what its role may, and yield what was done. Nothing is ever taken from a group.

    Raises NewsError where permissions are missing in the database.
    """
    rows = Permission.objects.filter(content_type__app_label="cms_news")
    known = {permission.codename: permission for permission in rows}
    for role, codenames in ROLES.items():
        wanted = set(known if codenames is None else codenames)
        if missing := sorted(wanted - known.keys()):
            raise NewsError(
                gettext_noop("permissions are missing: {names}; run migrate first"),
                names=", ".join(missing),
            )
        yield _setup_role(f"{prefix}{role}", wanted, known, is_dry_run=is_dry_run)


def _setup_role(
    name: str, wanted: set[str], known: Mapping[str, Permission], *, is_dry_run: bool
) -> RoleChange:
    with transaction.atomic():
        group = Group.objects.filter(name=name).first()
        is_new = group is None
        has: set[str] = set()
        if group is not None:
            held = group.permissions.filter(content_type__app_label="cms_news")
            has = set(held.values_list("codename", flat=True))
        added = sorted(wanted - has)
        if not is_dry_run and (is_new or added):
            group = group or Group.objects.create(name=name)
            group.permissions.add(*(known[codename] for codename in added))
    return RoleChange(name, is_new, added, sorted(has - wanted))
