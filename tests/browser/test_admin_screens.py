"""The newsroom in a real browser: what its scripts do, under the example's Content-Security-Policy."""

from datetime import UTC, datetime

import pytest

from cms_news.models import Article, Author
from cms_news.services import describe_article, save_article
from tests.builders import make_article, make_author, make_category, make_data, make_editor

expect = pytest.importorskip("playwright.sync_api").expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIST = "/admin/cms_news/article/"
PHONE = {"viewport": {"width": 390, "height": 800}, "is_mobile": True, "has_touch": True}


def sign_in(reader):
    make_editor()
    reader.open("/admin/login/?next=/admin/")
    reader.page.fill("[name=username]", "editor")
    reader.page.fill("[name=password]", "editor")
    reader.page.keyboard.press("Enter")
    expect(reader.page.locator("#user-tools")).to_be_visible()


def choose(page, container, text):
    """Pick the first suggestion for `text` in the autocomplete inside `container`."""
    page.locator(f"{container} .select2-selection").click()
    page.locator(".select2-container--open .select2-search__field").last.fill(text)
    page.locator(".select2-results__option", has_text=text).first.click()


@pytest.fixture
def desk(make_reader):
    """A window of somebody who is signed in; it must stay free of complaints."""
    reader = make_reader()
    sign_in(reader)
    yield reader
    assert reader.complaints == []
    assert reader.violations() == []


def test_filter_finds_an_author_and_filters_at_once(desk):
    make_article("mine", author="记者站", slug="mine")
    make_article("theirs", author="别人", slug="theirs")
    desk.open(f"{LIST}?state=public")
    choose(desk.page, "form:has(#cms-filter-author)", "记者站")
    author = Author.objects.get(name="记者站")
    desk.page.wait_for_url(f"**author={author.pk}*")
    assert "state=public" in desk.page.url
    expect(desk.page.locator(".cms-title")).to_have_text(["mine"])
    desk.page.locator("form:has(#cms-filter-author) .select2-selection__clear").click()
    expect(desk.page.locator(".cms-title")).to_have_count(2)
    assert "state=public" in desk.page.url


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_list_fits_a_small_screen_beside_both_sidebars(make_reader, locale):
    make_article(
        "三号线电车恢复全线运行，首日多跑了四十一趟",
        author="The Paper Lantern",
        categories=(("城市", "交通", "电车"),),
        date=datetime(2099, 11, 24, 10, tzinfo=UTC),
    )
    reader = make_reader(locale=locale)
    sign_in(reader)
    reader.open(LIST)
    results = reader.page.locator(".results")
    expect(results).to_be_visible()
    assert results.evaluate("it => it.scrollWidth - it.clientWidth") == 0


def test_missing_picture_leaves_an_empty_box(desk):
    make_article(thumbnail="/no-such-picture.png")
    desk.open(LIST)
    expect(desk.page.locator(".cms-no-picture")).to_have_count(1)
    expect(desk.page.locator(".cms-picture img")).to_have_count(0)
    desk.complaints.clear()  # the browser reports the 404


def test_new_article_from_the_first_key_to_the_last(desk):
    make_category("金融", "中证网", "资讯")
    make_category("要闻")
    make_author("记者站")
    make_article("older", tags=("监管政策",))
    page = desk.page
    desk.open(f"{LIST}add/")
    page.locator("[name=title]").press_sequentially("银行早报 8")
    expect(page.locator("[name=slug]")).to_have_value("银行早报-8")
    choose(page, ".field-author", "记者站")
    choose(page, ".field-categories", "要闻")
    choose(page, ".field-categories", "资讯")
    expect(page.locator(".field-categories .select2-selection__choice")).to_have_text(
        ["×要闻", "×金融 › 中证网 › 资讯"]
    )
    page.locator("[name=tags]").press_sequentially("银行，监")
    expect(page.locator("#id_tags_known option")).to_have_attribute("value", "银行， 监管政策")
    page.fill("[name=tags]", "银行， 监管政策")
    page.fill("[name=body]", "第一行\n第二行")
    page.check("[name=published]")
    page.locator("[name=title]").press("Enter")
    expect(page.locator(".messagelist .success")).to_be_visible()
    article = Article.objects.get(title="银行早报 8")
    data = describe_article(article)
    assert data.categories == (("要闻",), ("金融", "中证网", "资讯"))
    assert data.tags == ("银行", "监管政策")
    assert data.body == "第一行\n第二行"
    assert data.author is not None
    assert data.author.name == "记者站"


def test_category_chosen_again_goes_to_the_end(desk):
    article = make_article(categories=(("a",), ("b",)))
    page = desk.page
    desk.open(f"{LIST}{article.pk}/change/")
    page.locator(".field-categories .select2-selection__choice__remove").first.click()
    page.keyboard.press("Escape")
    choose(page, ".field-categories", "a")
    page.locator("[name=_continue]").click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    assert describe_article(Article.objects.get()).categories == (("b",), ("a",))


def test_untouched_article_stays_as_it_was(desk):
    article = make_article(body="\n a\r\nb\r\n", excerpt="x\ny\n", tags=("a b", "c, d"))
    desk.open(f"{LIST}{article.pk}/change/")
    desk.page.locator("[name=_save]").click()
    expect(desk.page.locator(".messagelist .success")).to_be_visible()
    assert Article.objects.get().version == 1


def test_preview_shows_what_is_typed_and_runs_nothing(desk):
    article = make_article("早报", body="<p>stored text</p>", markup="html")
    page = desk.page
    desk.open(f"{LIST}{article.pk}/change/")
    frame = page.frame_locator("iframe[name=cms-news-preview]")
    page.locator(".cms-preview").scroll_into_view_if_needed()
    expect(frame.locator("article")).to_contain_text("stored text")
    # The style sheet reaches the frame, although it belongs to no site.
    expect(frame.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
    page.fill(
        "[name=body]",
        '<h2>typed text</h2><img src="x" onerror="parent.ran = 1"><script>parent.ran = 1</script>'
        '<p style="color: rgb(1, 2, 3)">coloured</p>',
    )
    page.get_by_role("button", name="Preview the text above").click()
    expect(frame.locator("article h2")).to_have_text("typed text")
    expect(frame.locator("article p")).to_have_css("color", "rgb(1, 2, 3)")
    expect(frame.locator("aside")).to_contain_text("img.onerror")
    assert page.evaluate("window.ran") is None
    assert page.url.endswith("/change/")
    assert Article.objects.get().body == "<p>stored text</p>"
    desk.complaints.clear()  # the picture that is not there


def test_article_goes_to_the_trash_by_its_button(desk):
    article = make_article()
    desk.open(f"{LIST}{article.pk}/change/")
    desk.page.get_by_role("button", name="Move to the trash").click()
    expect(desk.page.locator(".messagelist .success")).to_contain_text("moved to the trash")
    assert Article.objects.get().state() == "trashed"


def test_message_of_an_action_takes_it_back(desk):
    for number in range(3):
        make_article(f"n{number}")
    page = desk.page
    desk.open(f"{LIST}?state=public")
    for number in range(2):
        page.locator("input.action-select").nth(number).check()
    page.select_option("select[name=action]", "make_draft")
    page.locator("button[name=index]").click()
    expect(page.locator(".messagelist .success")).to_contain_text("2 articles are drafts now.")
    assert Article.objects.drafts().count() == 2
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".messagelist .success")).to_contain_text("2 changes were undone.")
    assert "state=public" in page.url
    assert Article.objects.public().count() == 3


def test_draft_is_scheduled_with_the_picker_of_the_browser(desk):
    article = make_article("早报", published=False)
    page = desk.page
    desk.open(f"{LIST}{article.pk}/change/")
    page.get_by_role("link", name="Schedule…").click()
    page.fill("[name=moment]", "2099-05-04T06:30")
    page.get_by_role("button", name="Schedule").click()
    expect(page.locator(".messagelist .success")).to_contain_text("“早报” will be published on")
    stored = Article.objects.get()
    assert (stored.state(), stored.date) == ("scheduled", datetime(2099, 5, 4, 6, 30, tzinfo=UTC))


def test_typed_text_is_not_lost_by_a_button_without_a_word(desk):
    article = make_article(published=False)
    page = desk.page
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    desk.open(f"{LIST}{article.pk}/change/")
    page.fill("[name=title]", "typed")
    page.get_by_role("button", name="Publish now").click()
    assert len(asked) == 1
    expect(page.locator("[name=title]")).to_have_value("typed")
    assert Article.objects.drafts().count() == 1
    page.fill("[name=title]", article.title)
    page.get_by_role("button", name="Publish now").click()
    expect(page.locator(".messagelist .success")).to_contain_text("was published")
    assert len(asked) == 1


def test_two_revisions_are_compared_and_one_is_restored(desk):
    article = make_article("a", body="三号线今天恢复。", slug="a", tags=("t",))
    save_article(make_data("b", body="三号线明天恢复。", slug="a"), article=article)
    save_article(make_data("c", body="全线停运。", slug="a"), article=Article.objects.get())
    page = desk.page
    desk.open(f"{LIST}{article.pk}/change/")
    page.get_by_role("link", name="History").click()
    page.locator("[name=old][value='1']").check()
    page.locator("[name=new][value='2']").check()
    page.get_by_role("button", name="Compare in one text").click()
    body = page.locator(".cms-compared").last
    expect(body.locator("del")).to_have_text("今")
    expect(body.locator("ins")).to_have_text("明")
    page.get_by_role("link", name="Side by side").click()
    expect(page.locator(".cms-sides td:first-child del").last).to_have_text("今")
    page.fill("[name=note]", "as it was")
    page.get_by_role("button", name="Restore").click()
    expect(page.locator(".messagelist .success")).to_contain_text("Version 1 was restored.")
    said = describe_article(Article.objects.get())
    assert (said.title, said.body, said.tags) == ("a", "三号线今天恢复。", ("t",))


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_state_and_date_are_in_sight_on_a_phone(make_reader, locale):
    make_article(
        "The time capsule under the tram depot is to be opened today",
        author="The Paper Lantern",
        date=datetime(2099, 11, 24, 10, tzinfo=UTC),
        slug="centenary-programme-2099",
    )
    reader = make_reader(**PHONE, locale=locale)
    sign_in(reader)
    reader.open(LIST)
    for part in (".cms-state", ".field-date_shown"):
        box = reader.page.locator(f"#result_list {part}").bounding_box()
        assert 0 < box["x"] < box["x"] + box["width"] <= 390, part


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_phone_never_scrolls_sideways(newspaper, make_reader, theme):
    reader = make_reader(**PHONE, color_scheme=theme)
    sign_in(reader)
    article = Article.objects.newest_first().first()
    pages = ["article/", f"article/{article.pk}/change/", "article/add/", "category/", "author/"]
    save_article(make_data("another", slug=article.slug), article=article)
    history = f"article/{article.pk}/history/"
    pages += [history, f"{history}1/", f"{history}compare/?old=1&new=2"]
    pages += [f"{history}compare/?old=1&new=2&view=inline", f"article/{article.pk}/schedule/"]
    for page in pages:
        reader.open(f"/admin/cms_news/{page}")
        width = reader.page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390, page
    assert reader.complaints == []
    assert reader.violations() == []
