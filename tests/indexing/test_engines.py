"""Both engines give the same answers: one question after the other, asked of both."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from domain.ids import ItemId
from domain.queries import Facet, PageDocument, Query, SearchResult, Sort
from indexing import elastic, tantivy
from tests.indexing.server import SERVER_SECRETS, SERVER_URL, empty
from tests.indexing.shelved import items, page

pytestmark = pytest.mark.elasticsearch

WORDS = [
    *("đất", "đai", "hòa", "giải", "viên", "cơ", "sở", "luật", "nhà", "nước"),
    *("hộ", "tịch", "khiếu", "nại", "tố", "cáo", "nhân", "dân", "phường", "xã"),
]
TITLES = ["Hỏi đáp Luật Đất đai", "Sổ tay hòa giải viên", "Hộ tịch ở xã", "Khiếu nại và tố cáo"]


def book(number: int) -> list[PageDocument]:
    rng = Random(f"book/{number}")
    told = {
        "title": f"{rng.choice(TITLES)} {rng.choice(('', 'tập 2', 'in lần 3'))}".strip(),
        "resource_type": rng.choice(["book", "manual", None]),
        "field": rng.choice(["đất đai", "Đất đai", "hộ tịch", None]),
        "agency": rng.choice(["Sở Tư pháp", "Bộ Tư pháp"]),
        "year": rng.choice([2015, 2019, 2024, None]),
        "legal_status": rng.choice(["còn hiệu lực", None]),
        "so_ky_hieu": rng.choice([None, f"{number}/2019/QĐ-TTg"]),
        "published": number % 7 > 0,
    }
    name = ItemId(f"{number:06x}" + "e" * 26)
    return [
        page(name, n, " ".join(rng.choices(WORDS, k=rng.randint(0, 60))), **told)
        for n in range(1, rng.randint(2, 9))
    ]


BOOKS = [book(number) for number in range(1, 61)]
QUESTIONS = [
    "đất đai",
    "hoa giai vien co so",
    '"hộ tịch"',
    "nhân dân -xã",
    "luật khiếu nại tố cáo",
    "5/2019/qd",
    "hộ tjch phường",
]
ASKED = [
    *(Query(text, facets=True) for text in QUESTIONS),
    *(Query("đất đai", facets=True, sort=sort, limit=60) for sort in Sort),
    *(Query("luật nhà nước", offset=offset, limit=7) for offset in (0, 7, 14, 28, 35, 500)),
    Query("đất", facets=True, published_only=False, limit=60),
    Query("đất", facets=True, filters={Facet.FIELD: ("dat dai",)}),
    Query("đất", facets=True, filters={Facet.FIELD: ("đất đai", "hộ tịch"), Facet.YEAR: ("2019",)}),
    Query("nhà nước", item_id=BOOKS[2][0].item_id, pages_per_item=50),
    Query("hộ tịch", pages_per_item=0),
    Query("dat daii"),
]


@pytest.fixture(scope="module")
def engines(tmp_path_factory):
    empty()
    folder = tmp_path_factory.mktemp("both")
    with (
        tantivy.open_index(f"tantivy://{folder}/index", secrets={}) as one,
        elastic.open_index(SERVER_URL, secrets=SERVER_SECRETS) as other,
    ):
        for index in (one, other):
            index.rebuild(items(*BOOKS))
        yield one, other


def told(result: SearchResult) -> SearchResult:
    """Without the scores, which may differ in their last bits."""
    shown = [replace(item, pages=tuple(replace(hit, score=0) for hit in item.pages)) for item in result.items]
    return replace(result, items=tuple(shown))


@pytest.mark.parametrize("query", ASKED, ids=lambda query: f"{query.text}/{query.sort}/{query.offset}")
def test_an_answer_is_the_same(engines, query):
    one, other = (told(index.search(query)) for index in engines)
    assert one == other


@pytest.mark.parametrize("text", ["h", "đất", "hoa giai", "so tay h", "1", "12/20", "", "không có"])
def test_a_completion_is_the_same(engines, text):
    one, other = (index.complete(text) for index in engines)
    assert [*one] == [*other]


def test_facets_count_what_narrowing_to_a_value_finds(engines):
    for index in engines:
        query = Query("đất", facets=True, filters={Facet.AGENCY: ("Sở Tư pháp",)})
        for facet, values in index.search(query).facets.items():
            for value in values:
                narrowed = replace(query, filters={**query.filters, facet: (value.value,)})
                assert index.search(narrowed).total == value.count
