from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cms_news.admin.date_links import MAX_SPANS, years_between
from cms_news.models import Article, Author, Category, Tag
from cms_news.services.trash import trash_articles
from tests.admin.submitting import LIST_URL
from tests.builders import make_article, make_category, make_editor

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    editor = make_editor()
    client.force_login(editor)
    return editor


def trash(*articles):
    trash_articles(Article.objects.filter(pk__in=[article.pk for article in articles]))


def listed(response):
    assert response.status_code == 200
    return [article.title for article in response.context["cl"].result_list]


def act(client, action, *articles, state=""):
    chosen = {"action": action, "_selected_action": [str(article.pk) for article in articles]}
    return client.post(f"{LIST_URL}?state={state}" if state else LIST_URL, chosen, follow=True)


def count_queries(client, url):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    # As a list, because the next request clears Django's log.
    return list(queries)


def fill(count, *, start=0):
    for number in range(start, start + count):
        make_article(
            f"news {number}",
            author=f"author {number % 7}",
            categories=(("金融", "中证网", f"栏目 {number % 5}"), (f"root {number % 3}",)),
            tags=(f"tag {number}", "shared"),
            thumbnail="https://example.com/a.png",
            slug=f"news-{number}",
        )


def test_list_needs_as_many_queries_for_a_hundred_articles_as_for_twenty(
    client, editor, monkeypatch
):
    monkeypatch.setattr("cms_news.admin.article_list.ArticleList.list_per_page", 100)
    fill(20)
    client.get(LIST_URL)
    few = count_queries(client, LIST_URL)
    fill(80, start=20)
    many = count_queries(client, LIST_URL)
    assert len(listed(client.get(LIST_URL))) == 100
    # Session, user, count, articles, links, categories; first and last date, and the years between; the
    # numbers of all states at once.
    assert len(few) == len(many) == 10


def test_list_leaves_bodies_in_the_database(client, editor):
    fill(2)
    for query in count_queries(client, LIST_URL):
        for column in ("body", "body_html", "own_card", "own_detail", "front_matter", "extra"):
            assert f'"cms_news_article"."{column}"' not in query["sql"]


def test_row_shows_picture_slug_author_path_state_and_date(client, editor):
    make_article(
        "早报",
        slug="zao-bao",
        author="记者站",
        thumbnail="https://example.com/t.png",
        categories=(("金融", "中证网", "资讯"), ("要闻",)),
    )
    page = client.get(LIST_URL).content.decode()
    assert 'src="https://example.com/t.png"' in page
    assert 'referrerpolicy="no-referrer"' in page
    assert "金融 › 中证网 › 资讯" in page
    assert ">+1<" in page
    assert 'title="要闻"' in page
    for text in ("早报", "zao-bao", "记者站", "Published", "12/09/2021"):
        assert text in page


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:image/png;base64,AA", "mailto:a@b.example", "", "  "]
)
def test_unsafe_or_missing_picture_is_an_empty_box(client, editor, address):
    make_article(thumbnail=address)
    page = client.get(LIST_URL).content.decode()
    assert "cms-no-picture" in page
    assert "referrerpolicy" not in page


def test_names_are_escaped_in_the_list(client, editor):
    evil = "<script>alert(1)</script>"
    make_article(
        evil,
        author=evil,
        categories=((evil, "x"), (evil,)),
        tags=(evil,),
        thumbnail=f'/a.png"{evil}',
    )
    author, category = Author.objects.get(), Category.objects.first()
    tag = Tag.objects.get()
    for query in (
        "",
        f"?author={author.pk}",
        f"?category={category.pk}",
        f"?tag={tag.pk}",
        "?lang=<script>",
    ):
        page = client.get(LIST_URL + query).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page


@pytest.fixture
def one_of_each(editor):
    now = timezone.now()
    make_article("a draft", published=False)
    make_article("scheduled", date=now + timedelta(days=3))
    make_article("public")
    make_article("expired", expires_at=now - timedelta(days=1))
    trash(make_article("trashed"))


@pytest.mark.parametrize(
    ("state", "titles"),
    [
        ("", {"a draft", "scheduled", "public", "expired"}),
        ("draft", {"a draft"}),
        ("scheduled", {"scheduled"}),
        ("public", {"public"}),
        ("expired", {"expired"}),
        ("trashed", {"trashed"}),
    ],
)
def test_state_filter_and_the_trash_that_is_hidden(client, one_of_each, state, titles):
    query = f"?state={state}" if state else ""
    assert set(listed(client.get(LIST_URL + query))) == titles


def test_labels_tell_the_moment(client, one_of_each):
    page = client.get(LIST_URL).content.decode()
    for state in ("draft", "scheduled", "public", "expired"):
        assert f"cms-state-{state}" in page
    assert page.count("cms-moment") == 6


def test_category_filter_includes_what_is_below(client, editor):
    make_article("deep", categories=(("金融", "中证网", "资讯"),))
    make_article("root", categories=(("金融",),))
    make_article("other", categories=(("要闻",),))
    top, leaf = make_category("金融"), make_category("金融", "中证网", "资讯")
    assert set(listed(client.get(f"{LIST_URL}?category={top.pk}"))) == {"deep", "root"}
    page = client.get(f"{LIST_URL}?category={leaf.pk}")
    assert listed(page) == ["deep"]
    assert "金融 › 中证网 › 资讯</option>" in page.content.decode()


def test_author_tag_language_and_markup_filters(client, editor):
    make_article("mine", author="a", tags=("t",), lang="zh-Hans", markup="html")
    make_article("theirs", author="b", lang="en", markup="markdown")
    author, tag = Author.objects.get(name="a"), Tag.objects.get()
    for query in (
        f"author={author.pk}",
        f"tag={tag.pk}",
        "lang=zh",
        "lang=ZH-hans",
        "markup__exact=html",
    ):
        assert listed(client.get(f"{LIST_URL}?{query}")) == ["mine"], query
    assert listed(client.get(f"{LIST_URL}?lang=z")) == []


@pytest.mark.parametrize("name", ["author", "category", "tag", "state"])
@pytest.mark.parametrize("value", ["x", "-1", "1 or 1", "9" * 30, "٣", "²"])
def test_nonsense_in_a_filter_is_no_error(client, editor, name, value):
    response = client.get(LIST_URL, {name: value}, follow=True)
    assert response.status_code == 200
    assert response.redirect_chain


def test_filters_list_no_authors(client, editor):
    fill(7)
    page = client.get(LIST_URL).content.decode()
    assert page.count("<option") < 12


def test_other_parameters_survive_a_filter(client, editor):
    make_article()
    page = client.get(f"{LIST_URL}?q=%22%3Ca%3E&state=public&lang=zh").content.decode()
    assert 'name="q" value="&quot;&lt;a&gt;"' in page
    assert 'name="state" value="public"' in page


@pytest.mark.parametrize("words", ["监管", "jian-guan", "记者"])
def test_search_looks_at_title_slug_and_author(client, editor, words):
    make_article("金融监管早报", slug="jian-guan", author="记者站")
    make_article("unrelated", slug="x")
    assert listed(client.get(LIST_URL, {"q": words})) == ["金融监管早报"]


def test_newest_come_first(client, editor):
    now = timezone.now()
    make_article("old", date=now - timedelta(days=2))
    make_article("new", date=now - timedelta(days=1))
    make_article("middle", date=now - timedelta(hours=36))
    assert listed(client.get(LIST_URL)) == ["new", "middle", "old"]


def test_actions_move_to_the_trash_and_back(client, editor):
    one, two = make_article("one"), make_article("two")
    trash(two)
    page = act(client, "move_to_trash", one)
    assert "“one” was moved to the trash." in page.content.decode()
    assert Article.objects.trashed().count() == 2
    assert [str(entry) for entry in LogEntry.objects.all()] == [
        "Changed “one” — Moved to the trash."
    ]
    page = act(client, "take_out_of_trash", one, two, state="trashed")
    assert "2 articles were taken out of the trash." in page.content.decode()
    assert Article.objects.trashed().count() == 0
    assert LogEntry.objects.count() == 3


def test_actions_publish_and_make_drafts(client, editor):
    one, two = make_article("one", published=False, body="a\r\nb"), make_article("two")
    page = act(client, "publish", one, two)
    assert "“one” was published." in page.content.decode()
    assert Article.objects.public().count() == 2
    assert Article.objects.get(pk=one.pk).body == "a\r\nb"
    act(client, "make_draft", one, two)
    assert Article.objects.drafts().count() == 2
    assert LogEntry.objects.count() == 3


def test_actions_fit_the_place(client, editor):
    trash(make_article("gone"))
    make_article("here")

    def offered(query):
        form = client.get(LIST_URL + query).context["action_form"]
        return {name for name, _label in form.fields["action"].choices if name}

    in_sight = {"publish", "schedule", "make_draft", "export_as_files", "move_to_trash"}
    assert offered("") == in_sight
    in_trash = {"export_as_files", "take_out_of_trash", "delete_for_good"}
    assert offered("?state=trashed") == in_trash


def test_nobody_deletes_in_bulk(client, editor):
    article = make_article()
    act(client, "delete_selected", article)
    assert Article.objects.filter(pk=article.pk).exists()


def test_viewer_sees_the_list_and_may_not_act(client):
    client.force_login(make_editor("viewer", permissions=("view_article",)))
    article = make_article(author="a", categories=(("x",),))
    page = client.get(LIST_URL)
    assert listed(page) == ["晨报"]
    # Authors, categories and tags are not theirs to see, so they can't look for them.
    assert "admin-autocomplete" not in page.content.decode().split("<main")[-1]
    for action in ("move_to_trash", "publish", "make_draft"):
        act(client, action, article)
    assert Article.objects.public().count() == 1
    assert not LogEntry.objects.exists()


def date_titles(client, query=""):
    links = client.get(LIST_URL + query).context["cl"].date_links
    return (links["back"] or {}).get("title"), [choice["title"] for choice in links["choices"]]


def test_one_far_date_hides_no_other_year(client):
    client.force_login(make_editor())
    years = (1601, 2021, 2024, 2099, 9998)
    for year in years:
        make_article(f"of {year}", date=datetime(year, 6, 1, tzinfo=UTC))
    assert date_titles(client, "") == (None, ["1601", "2021", "2024", "9998"])
    Article.objects.filter(title="of 9998").delete()
    Article.objects.filter(title="of 1601").delete()
    assert date_titles(client, "") == (None, ["2021", "2024", "2099"])


@pytest.mark.parametrize("first", [801, 1999, 2024, 2030])
@pytest.mark.parametrize("last", [2024, 2025, 2026, 2060, 2099, 9998])
def test_years_around_today_are_all_offered(first, last):
    today = date(2026, 11, 24)
    years = [
        span.first.year for span in years_between(date(first, 5, 1), date(last, 5, 1), today=today)
    ]
    assert len(years) <= MAX_SPANS
    assert years == sorted(set(years))
    if first <= last:
        near = range(max(first, today.year - 50), min(last, today.year + 1) + 1)
        assert {first, *near, last} <= set(years)
    assert all(first <= year <= last for year in years)


def test_last_day_of_the_calendar_is_no_trouble(client):
    client.force_login(make_editor())
    make_article("last", date=datetime(9999, 12, 30, 12, tzinfo=UTC))
    assert date_titles(client, "") == (None, ["9999"])


def test_dates_lead_to_years_months_and_days(client, editor):
    for day, hour in ((9, 1), (9, 2), (10, 23)):
        make_article(f"{day} {hour}", date=datetime(2021, 12, day, hour, tzinfo=UTC))
    make_article("spring", date=datetime(2021, 3, 1, tzinfo=UTC))
    make_article("late", date=datetime(2024, 1, 1, tzinfo=UTC))
    assert date_titles(client) == (None, ["2021", "2024"])
    assert date_titles(client, "?date__year=2021") == ("All dates", ["March 2021", "December 2021"])
    december = "?date__year=2021&date__month=12"
    assert date_titles(client, december) == ("2021", ["December 9", "December 10"])
    assert date_titles(client, f"{december}&date__day=9") == ("December 2021", ["December 9"])
    page = client.get(f"{LIST_URL}{december}&date__day=9&state=public")
    assert set(listed(page)) == {"9 1", "9 2"}
    assert "?date__month=12&amp;date__year=2021&amp;state=public" in page.content.decode()


def test_dates_follow_the_filters_and_the_zone(client, editor, settings):
    make_article("old", date=datetime(2019, 5, 5, tzinfo=UTC), published=False)
    make_article("midnight", date=datetime(2021, 12, 31, 20, tzinfo=UTC))
    assert date_titles(client, "?state=public") == (None, ["2021"])
    settings.TIME_ZONE = "Asia/Shanghai"
    assert date_titles(client, "?state=public") == (None, ["2022"])
    assert date_titles(client, "?state=expired") == (None, [])


def test_a_date_in_another_age_costs_no_thousand_lookups(client, editor):
    make_article("antique", date=datetime(801, 1, 1, tzinfo=UTC))
    make_article("modern")
    with CaptureQueriesContext(connection) as queries:
        assert date_titles(client) == (None, ["801", "2021"])
    assert len(queries) < 20
    assert date_titles(client, "?date__year=801") == ("All dates", ["January 0801"])


def test_empty_list_has_no_dates(client, editor):
    assert date_titles(client) == (None, [])
    assert date_titles(client, "?date__year=2021") == ("All dates", [])


@pytest.mark.parametrize(
    "query",
    [
        "date__year=9999",
        "date__year=0",
        "date__year=1",
        "date__year=x",
        f"date__year={'9' * 5000}",
        "date__year=2021&date__month=13",
        "date__year=2021&date__month=2&date__day=30",
        "date__year=2021&date__month=x",
        "date__year=²",
    ],
)
def test_nonsense_as_a_date_is_no_error(client, editor, query):
    response = client.get(f"{LIST_URL}?{query}", follow=True)
    assert response.status_code == 200
    assert response.redirect_chain
