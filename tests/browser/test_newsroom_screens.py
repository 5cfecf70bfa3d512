"""The newsroom in a real browser: its links, its keys, and its shape on a phone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cms_news.models import ImportRecord
from tests.browser.test_admin_screens import LIST, PHONE, sign_in
from tests.builders import make_article

expect = pytest.importorskip("playwright.sync_api").expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NEWSROOM = "/admin/cms_news/newsroom/"
LONG = "三号线电车恢复全线运行，首日多跑了四十一趟，车站排起长队" * 3
UNBROKEN = "https://example.com/" + "a" * 150


@pytest.fixture
def busy_day():
    """Something in every part of the page, with names that break nowhere."""
    now = timezone.now()
    good = {"categories": (("城市", "交通"),), "thumbnail": "https://example.com/a.png"}
    for number in range(3):
        earlier = now - timedelta(days=number, minutes=1)
        make_article(f"published {number}", date=earlier, slug=f"p{number}", **good)
        ahead = now + timedelta(days=number, hours=3)
        make_article((LONG, UNBROKEN, "short")[number], date=ahead, slug=f"a{number}", **good)
    make_article(UNBROKEN, published=False, slug="draft", **good)
    make_article(LONG, date=now - timedelta(days=40), slug="bare", body="<script>x</script>y")
    ImportRecord.objects.create(source=UNBROKEN, counts={"failed": 3, "created": 2})


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
@pytest.mark.parametrize("screen", [{}, PHONE])
def test_page_and_list_fit_every_screen(make_reader, busy_day, locale, screen):
    reader = make_reader(locale=locale, **screen)
    sign_in(reader)
    for address in (NEWSROOM, f"{LIST}?view=attention"):
        reader.open(address)
        wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert reader.page.evaluate(wider) == 0
    reader.open(NEWSROOM)
    expect(reader.page.locator(".cms-day")).to_have_count(7)
    # Nothing sticks out of its box.
    beyond = "els => els.filter(el => el.scrollWidth > el.clientWidth + 1).map(el => el.outerHTML)"
    boxes = ".cms-newsroom :is(.cms-day, .cms-figure, .cms-part, .cms-chart, li)"
    assert reader.page.locator(boxes).evaluate_all(beyond) == []
    assert reader.complaints == []
    assert reader.violations() == []


def test_columns_and_numbers_lead_to_their_articles(make_reader, busy_day):
    reader = make_reader()
    sign_in(reader)
    page = reader.page
    reader.open(NEWSROOM)
    expect(page.locator(".cms-bar")).to_have_count(3)
    page.locator(".cms-plot a").last.click()
    page.wait_for_url("**date__day=*")
    expect(page.locator("#result_list .cms-title")).to_have_text(["published 0"])
    reader.open(NEWSROOM)
    page.locator(".cms-figure", has_text="Needs attention").click()
    expect(page.locator("#result_list .cms-title")).to_have_text([LONG])
    expect(page.locator(".cms-views [aria-current]")).to_contain_text("Needs attention")
    page.locator(".cms-views a", has_text="All articles").click()
    expect(page.locator("#result_list .cms-title")).to_have_count(8)


def test_keys_pass_the_picture_by_and_find_the_table(make_reader, busy_day):
    reader = make_reader()
    sign_in(reader)
    page = reader.page
    reader.open(NEWSROOM)
    page.locator(".cms-week a").last.focus()
    page.keyboard.press("Tab")
    assert reader.focused() == "As a table"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.cms-chart table') !== null")
