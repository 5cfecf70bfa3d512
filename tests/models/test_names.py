import pytest
from django.db import IntegrityError, models, transaction

from cms_news.delivery.state import read_moment
from cms_news.errors import NewsError
from cms_news.models import Author, Category, DeliveryState, Tag
from cms_news.models.category import MAX_DEPTH
from tests.builders import make_article, make_author, make_category

pytestmark = pytest.mark.django_db


def generation():
    return read_moment().names_generation


@pytest.mark.parametrize(
    "write",
    [
        lambda: Author.objects.create(name="new"),
        lambda: Author.objects.update(name="renamed"),
        lambda: Author.objects.filter(name="old").delete(),
        lambda: Author.objects.get(name="old").delete(),
        lambda: Author.objects.bulk_create([Author(name="new", slug="new")]),
        lambda: Author.objects.bulk_update(
            [Author(pk=Author.objects.get().pk, name="renamed")], ["name"]
        ),
        lambda: Tag.objects.create(name="new"),
        lambda: Category.objects.create(name="new"),
    ],
)
def test_every_write_to_a_name_renews_the_generation(write):
    make_author("old")
    before = generation()
    write()
    assert generation() != before


def test_rolled_back_generation_does_not_come_back():
    make_author("old")
    seen = [generation()]
    for name in ("one", "two"):
        try:
            with transaction.atomic():
                Author.objects.create(name=name)
                seen.append(generation())
                raise RuntimeError
        except RuntimeError:
            pass
    assert len(set(seen)) == 3


def test_state_is_a_single_row():
    with pytest.raises(IntegrityError), transaction.atomic():
        DeliveryState.objects.create(pk=2)


def test_tag_slugs_tell_languages_apart():
    assert [Tag.objects.create(name=name).slug for name in ("C", "C++", "C#", "监管")] == [
        "c",
        "c-plus-plus",
        "c-sharp",
        "监管",
    ]


def test_tag_get_or_create_folds():
    tag = Tag.objects.create(name="Finance")
    assert Tag.objects.get_or_create(name="ＦＩＮＡＮＣＥ") == (tag, False)


def test_tag_of_no_letters_has_a_slug():
    assert Tag.objects.create(name="🎉").slug
    assert Tag.objects.create(name="？！").slug


def test_database_refuses_two_tags_that_differ_in_case():
    Tag.objects.create(name="Finance")
    with pytest.raises(IntegrityError), transaction.atomic():
        Tag.objects.create(name="finance")


def test_category_path_from_root_to_leaf():
    leaf = make_category("金融", "中证网", "资讯")
    assert leaf.path_names == ["金融", "中证网", "资讯"]
    assert leaf.depth == 2
    assert leaf.ancestor_ids == [leaf.parent.parent_id, leaf.parent_id]


def test_categories_of_one_name_in_two_places():
    first, second = make_category("金融", "资讯"), make_category("体育", "资讯")
    assert first != second
    assert {first.slug, second.slug} == {"资讯", "体育-资讯"}


def test_tree_order_puts_children_below_their_parent():
    make_category("b", "x")
    make_category("a")
    make_category("b", "y")
    names = [category.name for category in Category.objects.in_tree_order()]
    assert names == ["b", "x", "y", "a"]


def test_at_or_below():
    make_category("a", "b", "c")
    make_category("z")
    b = make_category("a", "b")
    assert {category.name for category in Category.objects.at_or_below(b)} == {"b", "c"}


def test_path_names_of_a_tree_cost_at_most_two_queries(django_assert_max_num_queries):
    for number in range(20):
        make_category("a", f"b{number}", "c")
    with django_assert_max_num_queries(1):
        assert len(Category.objects.all().with_path_names()) == 41
    with django_assert_max_num_queries(2):
        leaves = Category.objects.filter(name="c").with_path_names()
    assert leaves[0].path_names == ["a", "b0", "c"]


@pytest.mark.parametrize("parent", [None, "a"])
def test_database_refuses_two_categories_of_one_name_in_one_place(parent):
    above = make_category(parent) if parent else None
    Category.objects.create(name="x", parent=above)
    with pytest.raises(IntegrityError), transaction.atomic():
        Category.objects.create(name="x", parent=above)


def test_database_refuses_a_category_below_itself():
    category = make_category("a")
    with pytest.raises(IntegrityError), transaction.atomic():
        Category.objects.filter(pk=category.pk).update(parent=category)


def test_plain_save_does_not_move_a_category():
    category, other = make_category("a"), make_category("b")
    category.parent = other
    with pytest.raises(NewsError, match="keeps it"):
        category.save()


def test_tree_has_a_floor():
    path = [f"n{number}" for number in range(MAX_DEPTH)]
    assert make_category(*path).depth == MAX_DEPTH - 1
    with pytest.raises(NewsError, match="deep"):
        make_category(*path, "one more")


def test_author_and_category_with_articles_are_protected():
    article = make_article(author="a", categories=(("x",),))
    with pytest.raises(models.ProtectedError):
        article.author.delete()
    with pytest.raises(models.ProtectedError):
        make_category("x").delete()
