import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cms_news.admin.chart import HEIGHT, draw_chart
from cms_news.models import Article, ImportRecord
from cms_news.services import Cause, save_article
from cms_news.services.trash import trash_articles
from tests.admin.submitting import LIST_URL
from tests.builders import make_article, make_data, make_editor

pytestmark = pytest.mark.django_db

URL = "/admin/cms_news/newsroom/"
EVIL = "<script>alert(1)</script>"
GOOD = {"categories": (("c",),), "thumbnail": "https://example.com/a.png"}


@pytest.fixture
def editor(client):
    editor = make_editor()
    client.force_login(editor)
    return editor


@pytest.fixture
def noon(monkeypatch):
    """A Monday, at noon: a test that runs at midnight finds the same week."""
    moment = datetime(2026, 3, 2, 12, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    return moment


def figures(response):
    return {figure.title: figure.count for figure in response.context["articles"]["figures"]}


def fill(count, now, *, start=0):
    for number in range(start, start + count):
        values = {} if number % 3 else GOOD
        make_article(
            f"public {number}",
            date=now - timedelta(hours=number),
            body=f"<script>{number}</script>x",
            **values,
        )
        make_article(f"ahead {number}", date=now + timedelta(hours=1 + number), **GOOD)
        make_article(f"draft {number}", published=False)
        ImportRecord.objects.create(source=f"posts {number}", counts={"failed": 1})


def test_queries_do_not_depend_on_the_archive(client, editor, noon):
    def count():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(URL).status_code == 200
        return list(queries)

    count()
    fill(2, noon)
    few = count()
    fill(30, noon, start=2)
    many = count()
    # Session and user; days, figures, week, drafts, what was removed; imports.
    assert len(few) == len(many) == 8
    for query in many:
        for column in (
            "body",
            "body_html",
            "own_card",
            "own_detail",
            "front_matter",
            "upload",
            "troubles",
        ):
            assert f'"."{column}"' not in query["sql"].replace('"upload" IS NOT NULL', "")


def test_empty_newsroom_says_so_and_shows_the_way(client, editor):
    page = client.get(URL).content.decode()
    for text in (
        "Nothing is scheduled for the next seven days.",
        "Nothing was published on these days.",
        "No draft waits.",
        "Nothing had to be removed from any text.",
        "Nothing was imported yet.",
        "/admin/cms_news/article/add/",
        "/admin/cms_news/importrecord/add/",
    ):
        assert text in page
    assert "cms-plot" not in page


def test_week_shows_each_day_with_its_articles_and_their_moments(client, editor, noon, settings):
    settings.TIME_ZONE = "Asia/Shanghai"  # where it is 20:00
    for title, hours in (("tonight", 2), ("past midnight", 5), ("sixth day", 24 * 6)):
        make_article(title, date=noon + timedelta(hours=hours))
    make_article("next week", date=noon + timedelta(hours=24 * 6 + 5))
    for number in range(8):
        make_article(f"many {number}", date=noon + timedelta(hours=30, minutes=number))
    week = client.get(URL).context["articles"]["week"]
    assert [day.name for day in week] == [f"March {number}" for number in range(2, 9)]
    assert [day.count for day in week] == [1, 1, 8, 0, 0, 0, 1]
    assert [day.is_today for day in week] == [True] + [False] * 6
    (tonight,) = week[0].entries
    assert (tonight.title, tonight.moment) == ("tonight", "10 p.m.")
    assert (len(week[2].entries), week[2].rest) == (6, 2)
    listed = client.get(week[2].link).context["cl"]
    assert listed.result_count == 8
    assert client.get(f"{LIST_URL}?view=this_week").context["cl"].result_count == 11


def test_figures_count_and_lead_to_what_they_count(client, editor, noon):
    save_article(make_data("mine", published=False, **GOOD), cause=Cause(user=editor))
    make_article("another's", published=False, **GOOD)
    make_article("ahead", date=noon + timedelta(days=2), **GOOD)
    make_article("far ahead", date=noon + timedelta(days=20), **GOOD)
    make_article("bare", date=noon - timedelta(days=900), body="<script>x</script>")
    trash_articles(Article.objects.filter(pk=make_article("gone").pk))
    response = client.get(URL)
    assert figures(response) == {
        "Drafts": "2",
        "Scheduled": "2",
        "My drafts": "1",
        "Scheduled this week": "1",
        "Needs attention": "1",
        "No category": "1",
        "No picture": "1",
        "Something removed": "1",
    }
    page = response.content.decode()
    for figure in response.context["articles"]["figures"]:
        assert f'href="{figure.link}"' in page
        assert str(client.get(figure.link).context["cl"].result_count) == figure.count


def test_drafts_and_removed_come_newest_first_and_not_all(client, editor, noon):
    for number in range(9):
        make_article(f"draft {number}", published=False)
        make_article(
            f"cut {number}", date=noon - timedelta(days=number), body="<script>x</script>y"
        )
    articles = client.get(URL).context["articles"]
    assert [entry.title for entry in articles["drafts"]] == [f"draft {n}" for n in range(8, 2, -1)]
    assert [entry.title for entry in articles["removed"]] == [f"cut {n}" for n in range(6)]
    assert {entry.note for entry in articles["removed"]} == {"script"}


def test_imports_tell_their_failures(client, editor):
    for number in range(7):
        ImportRecord.objects.create(source=f"posts {number}", counts={"created": 3})
    failed = ImportRecord.objects.create(source="bad", counts={"failed": 2, "conflict": 1})
    page = client.get(URL)
    assert [entry.source for entry in page.context["imports"]] == [
        "bad",
        *(f"posts {number}" for number in range(6, 2, -1)),
    ]
    text = page.content.decode()
    assert "3 files not imported" in text
    assert f"/admin/cms_news/importrecord/{failed.pk}/change/" in text


def test_chart_leads_to_each_day(client, editor, noon):
    for days in (0, 0, 1, 27, 28):
        make_article(f"{days}", date=noon - timedelta(days=days))
    make_article("over", date=noon - timedelta(days=1), expires_at=noon)
    response = client.get(URL)
    chart = response.context["articles"]["chart"]
    assert chart.summary == "4 articles in 28 days; most on March 2: 2."
    assert [(c.day.isoformat(), c.count) for c in chart.columns if c.count] == [
        ("2026-02-03", 1),
        ("2026-03-01", 1),
        ("2026-03-02", 2),
    ]
    for column in chart.columns:
        if column.count:
            assert client.get(column.link).context["cl"].result_count == column.count
    page = response.content.decode()
    # The same numbers as text, for those to whom a picture says nothing.
    assert page.count('<tr><th scope="row">') == 28
    assert page.count('<rect class="cms-bar"') == 3


def test_columns_stay_within_the_chart():
    days = [
        (datetime(2026, 3, day).date(), count, "") for day, count in ((1, 0), (2, 1), (3, 5000))
    ]
    chart = draw_chart(days)
    assert [column.height for column in chart.columns] == [0, 3, HEIGHT]
    for column in chart.columns:
        assert column.top + column.height == HEIGHT
        assert column.left + chart.bar_width <= chart.width


def test_numbers_of_the_svg_are_written_as_svg_wants_them(client, editor, settings):
    settings.USE_THOUSAND_SEPARATOR = True
    settings.NUMBER_GROUPING = 1
    make_article(date=timezone.now() - timedelta(minutes=1))
    page = client.get(URL).content.decode()
    box = re.findall(r'viewBox="([^"]+)"', page.split('class="cms-plot"')[1])[0]
    assert box == f"0 0 {28 * 20} {HEIGHT}"


def test_nothing_is_inline_and_everything_is_escaped(client, editor, noon):
    make_article(EVIL, published=False)
    make_article(EVIL, date=noon + timedelta(hours=1), slug="a")
    make_article(EVIL, body=f"<{'x' * 30}>y{EVIL}", date=noon, slug="b")
    ImportRecord.objects.create(source=EVIL)
    page = client.get(URL).content.decode()
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert") >= 4
    assert " style=" not in page
    assert "<style" not in page
    assert not re.search(r"\son\w+=", page)
    assert all(
        "src=" in tag or 'type="application/json"' in tag
        for tag in re.findall(r"<script[^>]*>", page)
    )


@pytest.mark.parametrize(
    ("permissions", "shown", "hidden"),
    [
        (("view_article",), ["Drafts waiting", "The week ahead"], ["Last imports", "addlink"]),
        (
            ("import_articles",),
            ["Last imports", "importrecord/add/"],
            ["Drafts waiting", "cms-chart"],
        ),
        (("view_importrecord",), ["Last imports"], ["importrecord/add/", "The week ahead"]),
    ],
)
def test_everybody_sees_what_they_may_see(client, permissions, shown, hidden):
    client.force_login(make_editor("somebody", permissions=permissions))
    make_article(published=False)
    page = client.get(URL).content.decode().split("<main")[-1]
    for text in shown:
        assert text in page
    for text in hidden:
        assert text not in page
    assert URL in client.get("/admin/").content.decode()


def test_who_may_see_neither_sees_no_newsroom(client):
    client.force_login(make_editor("tagger", permissions=("view_tag",)))
    assert client.get(URL).status_code == 403
    assert URL not in client.get("/admin/").content.decode()


def test_strangers_are_sent_to_sign_in(client):
    response = client.get(URL)
    assert response.status_code == 302
    assert "/login/" in response.headers["Location"]


def test_a_screen_that_hides_articles_hides_them_here(client, editor, monkeypatch, noon):
    from cms_news.admin import ArticleAdmin

    plain = ArticleAdmin.get_queryset
    monkeypatch.setattr(
        ArticleAdmin,
        "get_queryset",
        lambda self, request: plain(self, request).filter(title="mine"),
    )
    for title in ("mine", "theirs"):
        make_article(title, published=False)
        make_article(title, date=noon + timedelta(hours=1), slug=f"{title}-ahead")
        make_article(title, body="<script>x</script>", date=noon, slug=f"{title}-cut")
    response = client.get(URL)
    assert "theirs" not in response.content.decode()
    assert figures(response)["Drafts"] == "1"
    assert figures(response)["Needs attention"] == "3"


def test_page_only_shows(client, editor):
    assert client.post(URL).status_code == 405
    assert client.head(URL).status_code == 200


def test_page_stands_in_the_index_the_sidebar_and_the_app(client, editor):
    for address in ("/admin/", "/admin/cms_news/", "/admin/cms_news/tag/"):
        assert f'href="{URL}"' in client.get(address).content.decode()


def test_chinese(client, editor, noon):
    client.cookies["django_language"] = "zh-hans"
    make_article(date=noon - timedelta(days=1))
    page = client.get(URL).content.decode()
    for text in ("编辑部", "未来一周", "3月2日", "待处理的草稿"):
        assert text in page


def sign_in(client, username="editor", **query):
    make_editor(username, permissions=("view_tag",) if username == "tagger" else None)
    address = "/desk/login/"
    return client.post(address, {"username": username, "password": "editor", **query}).headers[
        "Location"
    ]


@pytest.mark.urls("tests.admin.newsroom_urls")
def test_a_site_of_its_own_leads_from_signing_in_to_the_newsroom(client):
    assert sign_in(client, next="/desk/") == "/desk/cms_news/newsroom/"
    assert client.get("/desk/cms_news/newsroom/").status_code == 200
    assert client.get("/desk/").status_code == 200
    assert client.get("/desk/login/").headers["Location"] == "/desk/cms_news/newsroom/"


@pytest.mark.urls("tests.admin.newsroom_urls")
def test_whoever_asked_for_a_page_gets_it(client):
    assert sign_in(client, next="/desk/cms_news/tag/") == "/desk/cms_news/tag/"


@pytest.mark.urls("tests.admin.newsroom_urls")
def test_whoever_may_not_see_the_newsroom_gets_the_index(client):
    assert sign_in(client, "tagger", next="/desk/") == "/desk/"


@pytest.mark.urls("tests.admin.newsroom_urls")
def test_wrong_passwords_lead_nowhere(client):
    make_editor()
    response = client.post("/desk/login/", {"username": "editor", "password": "x"})
    assert response.status_code == 200


def test_standard_admin_is_left_as_it_is(client):
    make_editor()
    login = {"username": "editor", "password": "editor", "next": "/admin/"}
    assert client.post("/admin/login/", login).headers["Location"] == "/admin/"
