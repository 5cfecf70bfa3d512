"""An archive of any size in little time: some articles come in as files, the others are their copies.

A copy has a date, an address and link rows of its own, and an own part that says so. That it is the one the app would
have made is checked on some of them; where it is not, all own parts are rendered again, which takes its time.
"""

import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from urllib.parse import quote

from django.core.management import call_command
from django.db import connection, models, transaction
from django.utils import timezone

from cms_news.models import Article, ArticleCategory, ArticleTag, Author
from tests.benchmarks.generate_posts import write_posts
from tests.benchmarks.machines import note

IMPORTED = 2_000
SHIFT_SECONDS = 61
"""Between an article and its copy, so that copies of all stand among each other."""
HIDDEN = {
    "published": (97, {"published": False}),
    "expired": (89, {"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}),
    "trashed": (101, {"trashed_at": datetime(2021, 1, 1, tzinfo=UTC)}),
    "scheduled": (199, {"date": datetime(2099, 1, 1, tzinfo=UTC)}),
}
"""Which articles nobody may see: each so-many-th, and why."""


def fill_archive(count: int) -> None:
    """Bring the number of articles to `count`, or to the next number that copies of all make possible."""
    if not Article.objects.exists():
        _import_files(min(count, IMPORTED))
    imported = Article.objects.filter(source_key__isnull=False).count()
    have, want = Article.objects.count() // imported, -(-count // imported)
    if want > have:
        _copy(range(have, want))
    _tell_readers()
    _analyze()


def _import_files(count: int) -> None:
    note(f"importing {count:,} files")
    with tempfile.TemporaryDirectory(prefix="cms_news_posts-") as folder:
        write_posts(count, Path(folder) / "posts")
        call_command("import_articles", f"{folder}/posts", jobs=1, verbosity=0, stdout=StringIO())
    for every, values in HIDDEN.values():
        ids = list(Article.objects.values_list("pk", flat=True))[::every]
        Article.objects.filter(pk__in=ids).update(**values)
    call_command("refresh_cards", stdout=StringIO())


def _copy(numbers: Sequence[int]) -> None:
    note(f"copying them {len(numbers)} times")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE bench_base (id bigint, address text)")
        rows = Article.objects.filter(source_key__isnull=False).values_list("pk", "slug")
        cursor.executemany(
            "INSERT INTO bench_base VALUES (%s, %s)", [(pk, quote(slug)) for pk, slug in rows]
        )
        stride = 1 + max(pk for pk, _slug in rows)
        for number in numbers:
            for statement in _copy_statements(number, stride * number):
                cursor.execute(statement)
        cursor.execute("DROP TABLE bench_base")
    _advance_sequences()
    if not _is_as_rendered():
        note("rendering all own parts again: the copied ones are not what the app would have made")
        call_command("refresh_cards", all=True, stdout=StringIO())


def _copy_statements(number: int, offset: int) -> Iterator[str]:
    """Yield the statements that make copy `number` of all, with ids that are higher by `offset`."""
    date = _later("t.date", number)
    own = {
        name: _renamed(f"t.{name}", number)
        for name in ("own_card", "own_detail")
        if name in {field.attname for field in Article._meta.concrete_fields}
    }
    changed = {
        "id": f"t.id + {offset}",
        "slug": f"t.slug || '-{number}'",
        "date": date,
        "source_key": "NULL",
        "source_hash": "''",
        **own,
    }
    yield _insert_copies(Article, changed, key="id")
    for model, key in ((ArticleCategory, "article_id"), (ArticleTag, "content_object_id")):
        changed = {key: f"t.{key} + {offset}", "date": date}
        yield _insert_copies(model, changed, key=key)


def _insert_copies(model: type[models.Model], changed: dict[str, str], *, key: str) -> str:
    columns = [
        field.column
        for field in model._meta.concrete_fields
        if not field.primary_key or field.column in changed
    ]
    values = [changed.get(column, f't."{column}"') for column in columns]
    return (
        f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) "
        f"SELECT {', '.join(values)} FROM {model._meta.db_table} t "
        f"JOIN bench_base b ON b.id = t.{key}"
    )


def _renamed(column: str, number: int) -> str:
    """Return the expression for what a stored text says of a copy: its slug, its address, its date.

    The link rows of an article need no such care, as nothing but its date stands in them.
    """
    slug = "(SELECT slug FROM cms_news_article a WHERE a.id = b.id)"
    text = f"replace({column}, '\"' || {slug} || '\"', '\"' || {slug} || '-{number}\"')"
    text = f"replace({text}, b.address, b.address || '-{number}')"
    return f"replace({text}, {_as_json('t.date')}, {_as_json(_later('t.date', number))})"


def _later(column: str, number: int) -> str:
    seconds = SHIFT_SECONDS * number
    if connection.vendor == "postgresql":
        return f"{column} + interval '{seconds} seconds'"
    return f"strftime('%Y-%m-%d %H:%M:%S', {column}, '+{seconds} seconds')"


def _as_json(date: str) -> str:
    if connection.vendor == "postgresql":
        return f"""to_char(({date}) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""
    return f"strftime('%Y-%m-%dT%H:%M:%SZ', {date})"


def _advance_sequences() -> None:
    if connection.vendor != "postgresql":
        return
    table = Article._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
        )


def _is_as_rendered() -> bool:
    """Return whether some copies hold what the app renders for them."""
    chosen = list(Article.objects.order_by("-pk").values_list("pk", flat=True)[:1_000:97])
    columns = [f.attname for f in Article._meta.concrete_fields if f.attname.startswith("own_")]
    rows = Article.objects.filter(pk__in=chosen).order_by("pk").values_list("pk", *columns)
    before = list(rows)
    with transaction.atomic():
        Article.objects.filter(pk__in=chosen).update(published=True)
        call_command("refresh_cards", stdout=StringIO())
        after = list(rows.all())
        transaction.set_rollback(True)
    return before == after


def _tell_readers() -> None:
    """Write something by the front door: what SQL has done behind it is remembered by nobody then."""
    author = Author.objects.first()
    if author is not None:
        author.save()
    with transaction.atomic():
        latest = Article.objects.public().newest_first().first()
        Article.objects.filter(pk=latest.pk if latest else 0).update(published=True)
        call_command("refresh_cards", stdout=StringIO())


def _analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def describe_archive() -> str:
    """Return how many articles there are, and how many of them readers may see."""
    public = Article.objects.public(at=timezone.now() + timedelta(minutes=1)).count()
    return f"{Article.objects.count():,} articles, {public:,} of them public"
