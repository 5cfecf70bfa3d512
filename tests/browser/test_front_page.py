"""The front page of the example, read by a real browser from a real server."""

import json

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HIDDEN_TITLES = [
    "Notes on next year's city budget (not checked yet)",  # published: false
    "The last keeper: an interview, first half",  # in _drafts
    "The time capsule under the tram depot is to be opened today",  # dated 2099
    "Elm Street closed between the market and the well until Friday",  # expired
    "Programme of the members' evening",  # password
]
STORY = "#/articles/history-of-the-paper-lantern"
PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}


def public_articles(client):
    return client.get("/api/v1/articles/?page_size=100").json()["results"]


def find_slug(client, title):
    (slug,) = [card["slug"] for card in public_articles(client) if card["title"] == title]
    return slug


def shown_titles(reader):
    return [text.strip() for text in reader.page.locator(".card .headline").all_inner_texts()]


def page_width(reader):
    return reader.page.evaluate("document.documentElement.scrollWidth")


def answer(reader, pattern, content, *, status=200):
    """Let the browser see `content` where it asks for `pattern`."""
    body = json.dumps(content)
    reader.page.route(
        pattern,
        lambda route: route.fulfill(status=status, body=body, content_type="application/json"),
    )


@pytest.fixture
def reader(make_reader):
    """A window that must stay free of complaints."""
    reader = make_reader()
    yield reader
    assert reader.complaints == []
    assert reader.violations() == []


def test_load_more_reaches_every_public_article_once(newspaper, reader, client):
    reader.open()
    cards = reader.page.locator(".card:not(.skeleton)")
    more = reader.page.get_by_role("button", name="More stories")
    expect(cards).to_have_count(12)
    while more.is_visible():
        before = cards.count()
        more.click()
        expect(cards).not_to_have_count(before)
        expect(reader.page.locator(".skeleton")).to_have_count(0)
    titles = shown_titles(reader)
    assert titles == [card["title"] for card in public_articles(client)]
    assert len(titles) > 24
    assert not set(titles) & set(HIDDEN_TITLES)


def test_load_more_moves_the_focus_to_the_first_new_story(newspaper, reader):
    reader.open()
    reader.page.get_by_role("button", name="More stories").click()
    expect(reader.page.locator(".card:not(.skeleton)")).to_have_count(24)
    assert reader.focused() == shown_titles(reader)[12]
    expect(reader.page.get_by_role("status")).to_contain_text("12")


def test_a_card_tells_what_the_story_is(newspaper, make_reader, settings):
    settings.TIME_ZONE = "Asia/Shanghai"
    reader = make_reader(timezone_id="America/New_York")
    reader.open()
    card = reader.page.locator(".card", has_text="Five bakers, one oven")
    expect(card.locator(".kicker")).to_have_text("City › Elm Street")
    expect(card.locator(".byline")).to_contain_text("Lin Daomi")
    # The day in the newspaper's town, wherever the reader is.
    expect(card.locator("time")).to_have_text("May 17, 2025")
    expect(card.locator("time")).to_have_attribute("datetime", "2025-05-16T22:45:00Z")
    expect(card.locator(".tags li")).to_have_text(["cooperative", "bread", "rent"])
    assert (
        card.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)")
        == 600
    )


def test_opening_a_story_and_coming_back(newspaper, reader):
    reader.open()
    reader.page.get_by_role("button", name="More stories").click()
    expect(reader.page.locator(".card:not(.skeleton)")).to_have_count(24)
    link = reader.page.get_by_role("link", name="The weather mast on Salt Hill")
    link.scroll_into_view_if_needed()
    scrolled = reader.page.evaluate("scrollY")
    assert scrolled > 0
    link.click()
    expect(reader.page.locator("#story .body")).to_contain_text("The peaches are from a tin.")
    assert "The weather mast on Salt Hill" in reader.page.title()
    assert reader.focused().startswith("The weather mast on Salt Hill")
    assert reader.page.evaluate("scrollY") == 0
    expect(reader.page.locator("#front")).to_be_hidden()
    reader.page.go_back()
    expect(reader.page.locator("#story")).to_be_hidden()
    expect(reader.page.locator(".card")).to_have_count(24)
    assert reader.page.title() == "The Paper Lantern"
    assert reader.focused().startswith("The weather mast on Salt Hill")
    assert reader.page.evaluate("scrollY") == scrolled


def test_a_story_has_an_address_of_its_own(newspaper, reader, client):
    slug = find_slug(client, "澜湾港夜间导航灯改用暖光")
    reader.open(f"/#/articles/{slug}")
    expect(reader.page.locator("#story h1")).to_have_text("澜湾港夜间导航灯改用暖光")
    expect(reader.page.locator("#story .body")).to_contain_text("防波堤尽头的那盏灯")
    expect(reader.page.locator("#story .kicker")).to_have_text("城市 › 港口 › 航运")
    reader.page.get_by_role("link", name="Front page").first.click()
    expect(reader.page.locator(".card:not(.skeleton)")).to_have_count(12)


def test_footnotes_are_followed_within_the_story(newspaper, reader):
    reader.open(f"/{STORY}")
    reader.page.locator("#story .body sup a").first.click()
    assert reader.focused().startswith("Two folds, a cut")
    assert reader.page.evaluate("location.hash") == STORY


def test_chinese_text_says_that_it_is_chinese(newspaper, reader):
    reader.open()
    reader.page.get_by_role("button", name="More stories").click()
    languages = {
        "雾林茶场开采": "zh-Hans",
        "三号线电车恢复全线运行": "zh-Hans",
        "元宵灯会指南": "zh-CN",
        "Five bakers": "en",
    }
    for title, language in languages.items():
        link = reader.page.locator(".headline a", has_text=title)
        expect(link).to_have_attribute("lang", language)


def test_the_interface_speaks_chinese(newspaper, make_reader):
    reader = make_reader(locale="zh-CN")
    reader.open()
    expect(reader.page.locator("html")).to_have_attribute("lang", "zh-hans")
    expect(reader.page.locator(".wordmark")).to_have_text("纸灯日报")
    expect(reader.page.get_by_role("button", name="更多报道")).to_be_visible()
    expect(reader.page.locator(".card time").first).to_contain_text("年")
    assert reader.complaints == []


def test_the_language_switch_stays_on_the_story(newspaper, reader):
    reader.open(f"/{STORY}")
    expect(reader.page.locator("#story .body")).to_contain_text("lantern paper")
    reader.page.get_by_role("button", name="简体中文").click()
    expect(reader.page.locator("html")).to_have_attribute("lang", "zh-hans")
    expect(reader.page.locator("#story .body")).to_contain_text("lantern paper")
    expect(reader.page.get_by_role("link", name="返回首页").first).to_be_visible()
    assert reader.page.evaluate("location.hash") == STORY


def test_nothing_of_a_hostile_file_runs(newspaper, reader, client):
    slug = find_slug(client, "Sunday letter, carried over from the old website")
    reader.open(f"/#/articles/{slug}")
    body = reader.page.locator("#story .body")
    expect(body).to_contain_text("the evening desk")
    expect(body.locator("script, style, iframe, object, [onclick], [onerror]")).to_have_count(0)
    assert "openPopup" not in body.inner_html()
    assert reader.page.evaluate("window.letterScriptRan") is None


def test_the_policy_stops_what_no_sanitiser_saw(newspaper, make_reader, client):
    reader = make_reader()
    article = client.get("/api/v1/articles/slug/weather-mast/").json()
    body = '<img src="/missing.png" onerror="window.ran = 1"><p onclick="window.ran = 2">Press here</p>'
    answer(reader, "**/articles/slug/weather-mast/", {**article, "body_html": body})
    reader.open("/#/articles/weather-mast")
    reader.page.get_by_text("Press here").click()
    reader.page.wait_for_function("window.violations.length >= 2")
    assert reader.page.evaluate("window.ran") is None


def test_text_of_a_card_is_never_markup(newspaper, make_reader, client):
    reader = make_reader()
    card = {
        **public_articles(client)[0],
        "title": "<b>Bold</b>",
        "excerpt": "<img src=x onerror=1>",
    }
    answer(reader, "**/articles/?page_size=*", {"next": None, "results": [card]})
    reader.open()
    expect(reader.page.locator(".headline")).to_have_text("<b>Bold</b>")
    expect(reader.page.locator(".excerpt")).to_have_text("<img src=x onerror=1>")
    assert reader.violations() == []


def test_a_phone_never_scrolls_sideways(newspaper, make_reader, client):
    reader = make_reader(**PHONE)
    reader.open()
    reader.page.locator(".card:not(.skeleton)").first.wait_for()
    assert page_width(reader) == 360
    for card in public_articles(client):
        reader.page.evaluate(
            "address => { location.hash = address; }", f"#/articles/{card['slug']}"
        )
        expect(reader.page.locator("#story h1")).to_have_text(card["title"])
        reader.page.locator("#story .body > :not(.skeleton)").first.wait_for()
        assert page_width(reader) == 360, card["slug"]
    assert reader.complaints == []


def test_a_picture_that_does_not_arrive_leaves_no_hole(newspaper, reader, client):
    card = next(
        card
        for card in public_articles(client)
        if card["headimg"] and "example.com" in card["headimg"]["url"]
    )
    reader.open()
    while not reader.page.locator(".card", has_text=card["title"]).count():
        reader.page.get_by_role("button", name="More stories").click()
        expect(reader.page.locator(".skeleton")).to_have_count(0)
    picture = reader.page.locator(".card", has_text=card["title"]).locator(".picture")
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_class("picture is-missing")
    expect(picture.locator("img")).to_be_hidden()


def test_an_unknown_story_says_why(newspaper, make_reader, client):
    detail = client.get("/api/v1/articles/slug/no-such-story/").json()["detail"]
    reader = make_reader()
    reader.open("/#/articles/no-such-story")
    expect(reader.page.locator("#story .notice")).to_contain_text(detail)
    expect(reader.page.get_by_role("button", name="Try again")).to_have_count(0)
    reader.page.get_by_role("link", name="Front page").click()
    expect(reader.page.locator(".card:not(.skeleton)")).to_have_count(12)


def test_a_failing_server_is_quoted_and_may_be_asked_again(newspaper, make_reader):
    reader = make_reader()
    problem = {"status": 503, "title": "Unavailable", "detail": "The press is being cleaned."}
    answer(reader, "**/articles/?page_size=*", problem, status=503)
    reader.open()
    expect(reader.page.locator("#front .notice")).to_contain_text("The press is being cleaned.")
    reader.page.unroute("**/articles/?page_size=*")
    reader.page.get_by_role("button", name="Try again").click()
    expect(reader.page.locator(".card:not(.skeleton)")).to_have_count(12)
    expect(reader.page.locator("#front .notice")).to_be_hidden()


def test_an_empty_newspaper_says_what_to_do(reader):
    reader.open()
    expect(reader.page.locator("#front .notice")).to_contain_text("Nothing has been published yet.")
    expect(reader.page.locator(".card")).to_have_count(0)


def test_the_keyboard_is_enough(newspaper, reader):
    reader.open()
    expect(reader.page.locator(".card:not(.skeleton)")).to_have_count(12)
    reader.page.keyboard.press("Tab")
    assert reader.focused() == "Skip to the stories"
    reader.page.keyboard.press("Enter")
    assert reader.page.evaluate("document.activeElement.id") == "main"
    assert reader.page.evaluate("location.hash") == ""
    reader.page.keyboard.press("Tab")
    assert reader.focused() == shown_titles(reader)[0]
    reader.page.keyboard.press("Enter")
    expect(reader.page.locator("#story h1")).to_be_focused()


def test_the_admin_works_under_the_policy(newspaper, reader, django_user_model):
    django_user_model.objects.create_superuser("chief", password="a long enough password")
    reader.open("/admin/cms_news/article/")
    reader.page.fill("[name=username]", "chief")
    reader.page.fill("[name=password]", "a long enough password")
    reader.page.keyboard.press("Enter")
    expect(reader.page.locator("#result_list tbody tr").first).to_be_visible()
    reader.page.locator("#result_list tbody th a").first.click()
    expect(reader.page.locator("form [name=title]")).to_be_visible()
