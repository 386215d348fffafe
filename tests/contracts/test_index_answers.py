"""What every ``SearchIndex`` promises of its answers: narrowing, counting, order, slices, completion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.ids import ItemId
from domain.queries import Facet, ItemPages, Query, Sort
from tests.contracts.test_index import SERVER_URL, opened
from tests.indexing.shelved import LAND, MEDIATION, SECRET, ask, fill, found, page, secret

ENGINES = ["tantivy", *(["elasticsearch"] if SERVER_URL else [])]
WORDS = ["hòa giải", "đất đai", "khiếu nại", "hộ tịch"]
EVERYTHING = Query("hòa giải đất đai khiếu nại hộ tịch", limit=100)


@pytest.fixture(scope="module", params=ENGINES)
def index(request, tmp_path_factory):
    """One for all tests here: each says what it holds."""
    url = SERVER_URL
    if request.param == "tantivy":
        url = f"tantivy://{tmp_path_factory.mktemp('answers')}/index"
    with opened(url) as index:
        yield index


@pytest.fixture
def shelf(index):
    index.rebuild([])
    fill(index)
    return index


def item(n: int) -> ItemId:
    return ItemId(f"{n:02x}" * 16)


def book(n: int, texts: list[str], **known: object) -> ItemPages:
    pages = [page(item(n), number, text, **known) for number, text in enumerate(texts, 1)]
    return ItemPages(item(n), pages[0].revision, pages)


def one_or_none(*values: object) -> st.SearchStrategy[object]:
    return st.sampled_from([None, *values])


books = st.fixed_dictionaries(
    {
        "resource_type": one_or_none("book", "manual"),
        "field": one_or_none("đất đai", "Hòa giải"),
        "agency": one_or_none("Sở Tư pháp", "SỞ TƯ PHÁP", "Bộ Tư pháp"),
        "year": one_or_none(2019, 2020, 2024),
        "legal_status": one_or_none("còn hiệu lực", "hết hiệu lực"),
        "published": st.sampled_from([True, True, True, False]),
        "title": st.sampled_from(["Sổ tay", "Hỏi đáp", "Án lệ"]),
        "texts": st.lists(st.sampled_from(WORDS), min_size=1, max_size=3),
    }
)
shelves = st.lists(books, min_size=1, max_size=8).map(
    lambda held: [book(n, **known) for n, known in enumerate(held, 1)]
)
filters = st.dictionaries(
    st.sampled_from([Facet.TYPE, Facet.AGENCY]),
    st.lists(st.sampled_from(["book", "so tu phap", "manual"]), min_size=1, max_size=2).map(tuple),
    max_size=2,
)
unruly = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(held=shelves, narrowed=filters, public=st.booleans())
@unruly
def test_a_facets_count_is_the_total_of_the_query_narrowed_to_it(index, held, narrowed, public):
    index.rebuild(held)
    for text in (WORDS[0], EVERYTHING.text):
        query = Query(text, published_only=public, filters=narrowed, facets=True, limit=100)
        result = index.search(query)
        assert set(result.facets) == set(Facet)
        for facet, values in result.facets.items():
            for told in values:
                only = replace(query, filters={**narrowed, facet: (told.value,)})
                assert (told.value, index.search(only).total) == (told.value, told.count)
            assert list(values) == sorted(values, key=lambda told: (-told.count, told.value))
        assert result.total == len(result.items)


@given(held=shelves, sort=st.sampled_from(Sort))
@unruly
def test_slices_of_any_size_add_up_in_any_order(index, held, sort):
    index.rebuild(held)
    query = replace(EVERYTHING, sort=sort)
    whole = index.search(query)
    for size in (1, 3):
        parts = [
            index.search(replace(query, offset=at, limit=size)) for at in range(0, whole.total + size, size)
        ]
        assert {part.total for part in parts} == {whole.total}
        assert [one for part in parts for one in found(part)] == found(whole)


# narrowing


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        ({Facet.TYPE: ("manual",)}, [MEDIATION]),
        ({Facet.TYPE: ("manual", "book")}, [MEDIATION, LAND]),
        ({Facet.AGENCY: ("so tu phap",), Facet.TYPE: ("book",)}, [LAND]),
        ({Facet.YEAR: ("2020",)}, [MEDIATION, LAND]),
        ({Facet.YEAR: ("1999",)}, []),
        ({Facet.FIELD: ("đất đai",)}, []),
        ({Facet.TYPE: ()}, [MEDIATION, LAND]),
    ],
)
def test_results_are_narrowed_to_any_of_the_values_of_each_facet(shelf, narrowed, expected):
    result = ask(shelf, "14/2019/QĐ-TTg", filters=narrowed)
    assert ([one.item_id for one in result.items], result.total) == (expected, len(expected))


def test_what_is_typed_and_what_is_chosen_must_both_hold(shelf):
    assert ask(shelf, "14/2019/QĐ-TTg type:manual").total == 1
    assert ask(shelf, "14/2019/QĐ-TTg type:manual", filters={Facet.TYPE: ("manual",)}).total == 1
    assert ask(shelf, "14/2019/QĐ-TTg type:manual", filters={Facet.TYPE: ("book",)}).total == 0


def test_choosing_a_value_leaves_the_others_of_its_facet_to_choose(shelf):
    result = ask(shelf, "14/2019/QĐ-TTg", filters={Facet.TYPE: ("manual",)}, facets=True)
    assert [(told.value, told.count) for told in result.facets[Facet.TYPE]] == [("book", 1), ("manual", 1)]
    assert [(told.value, told.count) for told in result.facets[Facet.AGENCY]] == [("Sở Tư pháp", 1)]


def test_facets_are_counted_only_when_asked_for_and_of_what_may_be_seen(shelf):
    assert ask(shelf, "đất đai").facets == {}
    shelf.replace_item(SECRET, [replace(one, agency="Cục Kín") for one in secret()])
    assert "Cục Kín" not in {told.value for told in ask(shelf, "đất đai", facets=True).facets[Facet.AGENCY]}
    seen = ask(shelf, "đất đai", facets=True, published_only=False)
    assert "Cục Kín" in {told.value for told in seen.facets[Facet.AGENCY]}


def test_what_is_excluded_is_not_found(shelf):
    assert found(ask(shelf, "14/2019/QĐ-TTg")) == [(MEDIATION, [1, 2, 3]), (LAND, [2])]
    assert found(ask(shelf, "14/2019/QĐ-TTg -tủ")) == [(MEDIATION, [1, 2, 3])]


# one item


def test_a_search_inside_an_item_finds_its_pages_alone(shelf):
    shelf.replace_item(LAND, [page(LAND, n, "Đất đai " * (n % 3)) for n in range(1, 41)])
    (hit,) = ask(shelf, "đất đai", item_id=LAND, pages_per_item=100).items
    assert (hit.item_id, hit.page_total, len(hit.pages)) == (LAND, 27, 27)
    assert ask(shelf, "đất đai", item_id=MEDIATION).total == 0
    assert ask(shelf, "đất đai", item_id=SECRET).total == 0
    assert ask(shelf, "đất đai", item_id=SECRET, published_only=False).total == 1


def test_an_item_tells_how_many_of_its_pages_answer(shelf):
    shelf.replace_item(LAND, [page(LAND, n, "Đất đai") for n in range(1, 8)])
    (hit,) = ask(shelf, "đất đai", pages_per_item=2).items
    assert (hit.page_total, [one.number for one in hit.pages]) == (7, [1, 2])


# order


def test_items_stand_by_year_or_by_title(index):
    known = [(2019, "Sổ tay"), (None, "Án lệ"), (2024, "Đất đai"), (2019, "Hỏi đáp"), (1986, "án phí")]
    index.rebuild(book(n, ["hòa giải"], year=year, title=title) for n, (year, title) in enumerate(known, 1))
    for sort, expected in (
        (Sort.NEWEST, [3, 1, 4, 5, 2]),
        (Sort.OLDEST, [5, 1, 4, 3, 2]),
        (Sort.TITLE, [2, 5, 3, 4, 1]),
    ):
        result = ask(index, "hòa giải", sort=sort)
        assert [one.item_id for one in result.items] == [item(n) for n in expected]


def test_items_of_one_year_stand_as_they_answer(index):
    index.rebuild([book(1, ["hòa giải và nhiều chuyện khác nữa"]), book(2, ["hòa giải"])])
    assert [one.item_id for one in ask(index, "hòa giải", sort=Sort.NEWEST).items] == [item(2), item(1)]


# completion


def test_what_is_half_typed_is_completed_from_titles_and_numbers(shelf):
    def completed(text: str, **given: object) -> list[str]:
        return [one.text for one in shelf.complete(text, **given)]

    assert completed("hoà gi") == completed("hoa gi") == ["Sổ tay hoà giải viên ở cơ sở"]
    assert completed("luat d") == ["Hỏi đáp Luật Đất đai"]
    assert completed("14/20") == ["14/2019/QĐ-TTg"]
    assert completed("") == completed("  ") == completed("xyzzy") == []
    assert shelf.complete("hỏi")[0].item_id == LAND


def test_completion_tells_no_title_twice_and_no_more_than_asked(index):
    index.rebuild(book(n, ["x"], title=f"Sổ tay {n % 3}") for n in range(1, 10))
    assert [one.text for one in index.complete("so t")] == ["Sổ tay 0", "Sổ tay 1", "Sổ tay 2"]
    assert len(index.complete("so t", limit=2)) == 2


def test_completion_never_tells_of_what_is_not_published(shelf):
    assert list(shelf.complete("bản thảo")) == []
    assert [one.text for one in shelf.complete("bản thảo", published_only=False)] == ["Bản thảo kín"]


def test_suggestions_never_tell_of_what_is_not_published(shelf):
    assert ask(shelf, "gia truyen").with_diacritics is None
    assert ask(shelf, "gia truyenn").did_you_mean is None


def test_a_slip_that_is_a_word_itself_is_known_by_its_neighbour(index):
    pages = ["hộ tịch ở xã", *["tịnh tâm"] * 20]
    index.rebuild(book(n, [text]) for n, text in enumerate(pages, 1))
    assert ask(index, "ho tinh").did_you_mean == "ho tich"


def test_another_spelling_is_looked_for_unless_nobody_wants_it(index):
    index.rebuild([book(1, ["hộ tịch ở xã"] * 20)])
    assert ask(index, "ho tichh").did_you_mean == "ho tich"
    assert ask(index, "ho tichh", spelling=False).did_you_mean is None


# a rebuild that was interrupted


def interrupted(given: list[ItemPages]) -> Iterator[ItemPages]:
    yield from given
    raise RuntimeError("the power went")


def test_a_rebuild_goes_on_where_it_was_interrupted(index):
    index.rebuild([])
    many = [book(n, ["hòa giải"] * 7_000, title=f"Sổ tay {n}") for n in range(1, 5)]
    with pytest.raises(RuntimeError, match="power"):
        index.rebuild(interrupted(many))
    assert list(index.contents()) == []
    read: list[ItemId] = []

    def watched(one: ItemPages) -> ItemPages:
        def pages():
            read.append(one.item_id)
            yield from one.pages

        return replace(one, pages=pages())

    changed = book(1, ["hòa giải lại"], revision=2)
    index.rebuild(watched(one) for one in [changed, many[1], *many[3:], book(9, ["hộ tịch"])])
    assert item(1) in read
    assert item(9) in read
    assert item(2) not in read
    held = {one.item_id: (one.revision, one.pages) for one in index.contents()}
    assert held == {item(1): (2, 1), item(2): (1, 7_000), item(4): (1, 7_000), item(9): (1, 1)}


def test_a_whole_rebuild_reads_everything_again(index):
    index.rebuild([book(1, ["hòa giải"])])
    index.rebuild([book(1, ["hộ tịch"])])
    assert ask(index, "hộ tịch").total == 1
