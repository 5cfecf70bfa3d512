"""The tree, the names and what is filed under them, as plainly as can be: everything is reckoned anew each time."""

from cms_news.delivery.own_part import parse_references
from cms_news.models import Article, ArticleCategory, ArticleTag, Author, Category, Tag


class Refused(Exception):  # noqa: N818
    pass


class Desk:
    """Categories as {id: (parent, name)}; articles as {id: [author, categories, tags]}."""

    def __init__(self):
        self.tree = {}
        self.articles = {}

    @classmethod
    def read(cls):
        """Return what the database says, by the chosen rows alone."""
        desk = cls()
        rows = Category.objects.values_list("pk", "parent_id", "name")
        desk.tree = {pk: (parent, name) for pk, parent, name in rows}
        for article in Article.objects.all():
            direct = ArticleCategory.objects.filter(article=article, direct=True)
            tags = ArticleTag.objects.filter(content_object=article)
            desk.articles[article.pk] = [
                article.author_id,
                list(direct.order_by("position").values_list("category_id", flat=True)),
                list(tags.order_by("position").values_list("tag_id", flat=True)),
            ]
        return desk

    def lineage(self, pk):
        return [*(self.lineage(self.tree[pk][0]) if self.tree[pk][0] else []), pk]

    def children(self, pk):
        return [key for key, (parent, _name) in self.tree.items() if parent == pk]

    def move(self, pk, parent):
        if self.tree[pk][0] == parent:
            return
        if parent and pk in self.lineage(parent):
            raise Refused("cycle")
        if any(self.tree[other][1] == self.tree[pk][1] for other in self.children(parent)):
            raise Refused("name")
        self.tree[pk] = (parent, self.tree[pk][1])

    def merge_categories(self, sources, into):
        for pk in sorted(sources, key=lambda pk: (1 - len(self.lineage(pk)), pk)):
            self._merge(pk, into)

    def _merge(self, pk, into):
        if pk in self.lineage(into):
            raise Refused("below itself")
        children = sorted(self.children(pk))
        for child in children:
            same = [
                other
                for other in self.children(into)
                if other != pk and self.tree[other][1] == self.tree[child][1]
            ]
            if same:
                self._merge(child, same[0])
            else:
                self.tree[child] = (into, self.tree[child][1])
        del self.tree[pk]
        self._replace(1, pk, into)

    def merge_tags(self, sources, into):
        for pk in sources:
            self._replace(2, pk, into)

    def merge_authors(self, sources, into):
        for article in self.articles.values():
            if article[0] in sources:
                article[0] = into

    def _replace(self, kind, pk, into):
        for article in self.articles.values():
            article[kind] = list(dict.fromkeys(into if key == pk else key for key in article[kind]))


def check(desk):
    """Assert that every row says what the naive model does: places, links, stored references, numbers."""
    assert {row.pk: (row.parent_id, row.name) for row in Category.objects.all()} == desk.tree
    for category in Category.objects.all():
        assert category.lineage_ids == desk.lineage(category.pk)
    for pk, (author, categories, tags) in desk.articles.items():
        article = Article.objects.get(pk=pk)
        above = {key for chosen in categories for key in desk.lineage(chosen)}
        wanted = {
            (
                key,
                key in categories,
                categories.index(key) if key in categories else 0,
                article.date,
            )
            for key in above
        }
        rows = ArticleCategory.objects.filter(article=pk)
        found = list(rows.values_list("category_id", "direct", "position", "date"))
        assert set(found) == wanted
        assert len(found) == len(wanted)
        rows = ArticleTag.objects.filter(content_object=pk).order_by("position")
        assert list(rows.values_list("tag_id", "position", "date")) == [
            (key, position, article.date) for position, key in enumerate(tags)
        ]
        assert article.author_id == author
        assert article.own_format
        shown = parse_references(article.own_references)
        assert [shown.author, shown.categories, shown.tags] == [author, categories, tags]
    used = {author for author, *_ in desk.articles.values()}
    assert used <= {None, *Author.objects.values_list("pk", flat=True)}
    assert {t for *_, tags in desk.articles.values() for t in tags} <= set(
        Tag.objects.values_list("pk", flat=True)
    )


def count_below(desk, pk):
    """Return how many articles are filed under a category or below it."""
    return sum(
        any(pk in desk.lineage(chosen) for chosen in categories)
        for _author, categories, _tags in desk.articles.values()
    )
