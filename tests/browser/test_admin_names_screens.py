"""Moving and merging names in a real browser, wide and on a phone, in English and in Chinese."""

import os
from pathlib import Path

import pytest

from cms_news.models import Article, Category, Tag
from tests.browser.test_admin_screens import PHONE, choose, desk, sign_in
from tests.builders import make_article, make_author, make_category

expect = pytest.importorskip("playwright.sync_api").expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CATEGORIES = "/admin/cms_news/category/"

__all__ = ["desk"]


def take_picture(page, name):
    """Keep what is shown for somebody to look at, where CMS_NEWS_PICTURES names a folder."""
    folder = os.environ.get("CMS_NEWS_PICTURES")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def tick(page, rows, action):
    for row in rows:
        page.locator(f"input[name=_selected_action][value='{row.pk}']").check()
    page.locator("select[name=action]").first.select_option(action)
    page.locator("button[name=index]").first.click()


def test_category_is_moved_to_the_place_that_was_found(desk):
    make_article("晨报", categories=(("金融", "中证网", "资讯"),))
    moved, target = make_category("金融", "中证网"), make_category("财经")
    desk.open(f"{CATEGORIES}{moved.pk}/change/")
    desk.page.locator(".object-tools a", has_text="Move…").click()
    choose(desk.page, ".cms-place", "财经")
    take_picture(desk.page, "move")
    desk.page.locator("button[name=apply]").click()
    expect(desk.page.locator(".messagelist .success")).to_contain_text("moved to 财经")
    take_picture(desk.page, "moved")
    moved.refresh_from_db()
    assert moved.parent == target


def test_refused_place_is_told_beside_the_field(desk):
    moved = make_category("金融")
    make_category("金融", "中证网")
    desk.open(f"{CATEGORIES}{moved.pk}/move/")
    choose(desk.page, ".cms-place", "中证网")
    desk.page.locator("button[name=apply]").click()
    expect(desk.page.locator(".errorlist")).to_contain_text("can't be moved below itself")
    expect(desk.page.locator(".cms-place .select2-selection")).to_contain_text("中证网")


def test_tags_are_merged_into_the_one_that_was_picked(desk):
    make_article("晨报", tags=("股市", "A股"), slug="a")
    make_article("晚报", tags=("A股",), slug="b")
    old, stays = Tag.objects.get(name="股市"), Tag.objects.get(name="A股")
    desk.open("/admin/cms_news/tag/")
    tick(desk.page, [old, stays], "merge_chosen")
    desk.page.get_by_label("A股").check()
    take_picture(desk.page, "merge-tags")
    desk.page.locator("button[name=apply]").click()
    expect(desk.page.locator(".messagelist .success")).to_contain_text("1 name was merged into A股")
    take_picture(desk.page, "merged-tags")
    assert list(Tag.objects.all()) == [stays]
    assert list(Article.objects.get(slug="a").tags.names()) == ["A股"]


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
@pytest.mark.parametrize("screen", [{}, PHONE])
def test_pages_fit_the_screen(make_reader, locale, screen):
    make_article(
        "一个相当长的标题，关于市场、政策与人们的期待",
        categories=(("金融", "中证网", "资讯"), ("财经",)),
    )
    make_author("记者站")
    reader = make_reader(locale=locale, **screen)
    sign_in(reader)
    page, size = reader.page, "phone" if screen else "wide"
    one, two = Category.objects.get(name="金融"), Category.objects.get(name="财经")
    for name, address in (
        ("list", CATEGORIES),
        ("merge", ""),
        ("move", f"{CATEGORIES}{one.pk}/move/"),
        ("form", f"{CATEGORIES}{one.pk}/change/"),
    ):
        if address:
            reader.open(address)
        else:
            tick(page, [one, two], "merge_chosen")
        take_picture(page, f"{name}-{locale}-{size}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    assert reader.complaints == []
    assert reader.violations() == []
