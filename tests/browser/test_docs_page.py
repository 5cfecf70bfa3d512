"""The page to try the API with, in a real browser under the example's Content-Security-Policy."""

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_every_endpoint_is_shown_and_nothing_comes_from_elsewhere(make_reader):
    reader, asked = make_reader(), []
    reader.page.on("request", lambda request: asked.append(request.url))
    reader.open("/api/v1/docs/")
    shown = reader.page.locator(".opblock-summary-path")
    expect(shown.first).to_be_visible()
    document = reader.page.evaluate("fetch('../schema/').then((answer) => answer.json())")
    assert shown.count() == len(document["paths"])
    assert [url for url in asked if not url.startswith((reader.base, "data:", "about:"))] == []
    assert reader.complaints == []
    assert reader.violations() == []


def test_a_list_of_articles_can_be_asked_for(newspaper, make_reader):
    reader = make_reader()
    reader.open("/api/v1/docs/")
    page = reader.page
    page.locator("#operations-articles-listArticles .opblock-summary-control").click()
    page.get_by_role("button", name="Try it out").click()
    page.locator("tr[data-param-name=page_size] input").fill("2")
    with page.expect_response(lambda answer: "/articles/?" in answer.url) as caught:
        page.get_by_role("button", name="Execute").click()
    assert caught.value.status == 200
    assert len(caught.value.json()["results"]) == 2
    assert caught.value.url.startswith(f"{reader.base}/api/v1/articles/?")
    assert reader.violations() == []


def test_a_reader_of_chinese_reads_it_in_chinese(make_reader):
    reader = make_reader(locale="zh-CN")
    reader.open("/api/v1/docs/")
    expect(reader.page.get_by_role("heading", name="新闻 API")).to_be_visible()
