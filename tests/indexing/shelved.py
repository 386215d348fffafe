"""Pages for the index's tests, and the addresses it is tested at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from domain.ids import Accession, ItemId
from domain.ports import SearchIndex
from domain.queries import ItemPages, PageDocument, Query, SearchResult

MEDIATION = ItemId("a" * 32)
LAND = ItemId("b" * 32)
SECRET = ItemId("c" * 32)

_SEQUENCE = {MEDIATION: 1, LAND: 2, SECRET: 3}


def page(item_id: ItemId, number: int, text: str, **given: object) -> PageDocument:
    sequence = _SEQUENCE.get(item_id, int(item_id[:6], 16) % 900_000 + 10)
    plain = PageDocument(
        item_id=item_id,
        accession=Accession(f"TSPL-VN-2026-{sequence:06d}"),
        revision=1,
        published=True,
        title="Tài liệu không tên",
        resource_type="book",
        agency="Sở Tư pháp",
        year=2020,
        so_ky_hieu=None,
        number=number,
        label=str(number + 2),
        text=text,
    )
    return replace(plain, **given)


def mediation() -> list[PageDocument]:
    first = "Người được bầu làm hoà giải viên phải có phẩm chất đạo đức tốt, có uy tín trong cộng đồng"
    second = "dân cư và có khả năng thuyết phục, vận động nhân dân. Xem Nghị định số 15/2014/NĐ-CP."
    given = {
        "title": "Sổ tay hoà giải viên ở cơ sở",
        "so_ky_hieu": "14/2019/QĐ-TTg",
        "resource_type": "manual",
    }
    return [
        page(MEDIATION, 1, first + "\n3", after=second, **given),
        page(MEDIATION, 2, second, before=first, cites=("15/2014/NĐ-CP",), **given),
        page(MEDIATION, 3, "", **given),
    ]


def land() -> list[PageDocument]:
    return [
        page(
            LAND,
            1,
            "Đất đai thuộc sở hữu toàn dân do Nhà nước đại diện chủ sở hữu.",
            title="Hỏi đáp Luật Đất đai",
        ),
        page(
            LAND, 2, "Căn cứ Quyết định số 14/2019/QĐ-TTg về tủ sách pháp luật.", title="Hỏi đáp Luật Đất đai"
        ),
    ]


def secret(revision: int = 1) -> list[PageDocument]:
    text = "Bí mật gia truyền về đất đai của làng"
    return [page(SECRET, 1, text, title="Bản thảo kín", published=False, revision=revision)]


def fill(index: SearchIndex) -> None:
    for pages in (mediation(), land(), secret()):
        index.replace_item(pages[0].item_id, pages)


def items(*shelf: Iterable[PageDocument]) -> Iterator[ItemPages]:
    """For a rebuild: each item's pages, which are there."""
    for pages in map(list, shelf):
        yield ItemPages(pages[0].item_id, pages[0].revision, pages)


def ask(index: SearchIndex, text: str, **given: object) -> SearchResult:
    return index.search(Query(text, **given))


def found(result: SearchResult) -> list[tuple[ItemId, list[int]]]:
    return [(item.item_id, [hit.number for hit in item.pages]) for item in result.items]


def first(result: SearchResult) -> tuple[ItemId, int]:
    """The best item and its best page."""
    return result.items[0].item_id, result.items[0].pages[0].number


def marked(result: SearchResult) -> list[str]:
    """The words marked in the best page's snippet."""
    snippet = result.items[0].pages[0].snippet
    return [snippet.text[start:end] for start, end in snippet.marks]


def generation(item_id: ItemId, number: int, pages: int) -> Iterable[PageDocument]:
    """An item whose pages all say which generation of it they are."""
    for n in range(1, pages + 1):
        yield page(item_id, n, f"trang {n} thuộc đợt lượt{number}x", revision=number)
