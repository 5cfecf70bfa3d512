from io import StringIO

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command

from cms_news.services.roles import ROLES

pytestmark = pytest.mark.django_db

OURS = Permission.objects.filter(content_type__app_label="cms_news")


def setup(*args):
    out = StringIO()
    call_command("setup_roles", *args, stdout=out)
    return out.getvalue().splitlines()


def permissions_of(name):
    return set(Group.objects.get(name=name).permissions.values_list("codename", flat=True))


def test_groups_are_made_once():
    first = setup()
    assert [line.split(":")[0] for line in first] == list(ROLES)
    assert all("made, with" in line for line in first)
    assert permissions_of("Publisher") - permissions_of("Editor") == {
        "publish_article",
        "schedule_article",
        "unpublish_article",
        "trash_article",
        "retrieve_article",
    }
    assert permissions_of("Administrator") == set(OURS.values_list("codename", flat=True))
    assert all("has all already" in line for line in setup())


def test_what_is_missing_is_given_and_nothing_taken():
    setup()
    editor = Group.objects.get(name="Editor")
    editor.permissions.remove(Permission.objects.get(codename="change_article"))
    editor.permissions.add(OURS.get(codename="delete_tag"))
    editor.permissions.add(Permission.objects.get(codename="view_user"))
    assert setup()[1] == "Editor: given change_article; keeps delete_tag besides"
    assert {"change_article", "delete_tag", "view_user"} <= permissions_of("Editor")


def test_dry_run_changes_nothing():
    assert "Editor: would be made, with" in setup("--dry-run")[1]
    assert not Group.objects.exists()


def test_prefix_and_control_characters():
    assert setup("--prefix", "News\x1b ")[0].startswith("News\\x1b Contributor: made")


def test_missing_permissions_are_an_error_that_says_what_to_do():
    Permission.objects.get(codename="publish_article").delete()
    with pytest.raises(CommandError, match="publish_article; run migrate first"):
        setup()
