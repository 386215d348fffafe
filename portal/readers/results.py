"""The answer to a search as its page shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from config.messages import Lang
from domain.ids import ItemId
from domain.ports import Shelf
from domain.queries import Facet, FacetValue, ItemHit, SearchResult
from domain.records import RESOURCE_TYPES
from flows.steps.pictures import THUMBS, pictured
from portal.readers.addresses import item_address, page_address, picture_address
from portal.readers.asked import FACETS, PER_PAGE, Asked
from portal.readers.pictures import WIDTHS
from portal.readers.pieces import Piece, pieces_of

MOST_CHOICES = 8  # of a facet, beside those that are chosen


@dataclass(frozen=True, slots=True)
class FoundPage:
    label: str
    address: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Found:
    title: str
    address: str
    resource_type: str
    year: int | None
    picture: str | None  # address
    pages: tuple[FoundPage, ...]
    more: int  # pages that answer beside those that are shown
    more_address: str


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    count: int | None  # None: chosen, though the answer does not count it
    chosen: bool


@dataclass(frozen=True, slots=True)
class Choices:
    name: str  # in the address
    facet: str
    values: tuple[Choice, ...]


def type_label(code: str | None, lang: Lang) -> str:
    """What people call a type; a code that is not known as it stands, "" for none."""
    label = RESOURCE_TYPES.get(code or "", (code or "", code or ""))[lang == "en"]
    return capital(label)


def capital(label: str) -> str:
    """With a capital in front, as a list has its entries."""
    return label[:1].upper() + label[1:]


def found_items(result: SearchResult, pictured: Mapping[ItemId, int], lang: Lang) -> tuple[Found, ...]:
    """``pictured`` are the items whose best page has a thumbnail, and under which number it rests."""
    return tuple(_found(hit, result.query, pictured.get(hit.item_id), lang) for hit in result.items)


def _found(hit: ItemHit, query: str, picture: int | None, lang: Lang) -> Found:
    pages = tuple(
        FoundPage(
            page.label or str(page.number),
            page_address(hit.accession, page.number, q=query),
            pieces_of(page.snippet),
        )
        for page in hit.pages
    )
    return Found(
        title=hit.title,
        address=item_address(hit.accession),
        resource_type=type_label(hit.resource_type, lang),
        year=hit.year,
        picture=picture_address(hit.accession, picture, WIDTHS[0]) if picture else None,
        pages=pages,
        more=max(0, hit.page_total - len(pages)),
        more_address=inside_address(hit, query),
    )


def inside_address(hit: ItemHit, query: str) -> str:
    first = hit.pages[0].number if hit.pages else 1
    return f"{page_address(hit.accession, first, q=query)}#tim"


def pictured_items(shelf: Shelf, result: SearchResult) -> Mapping[ItemId, int]:
    """Asks the catalogue twice."""
    wanted = [(hit.item_id, hit.pages[0].number) for hit in result.items if hit.pages]
    with shelf.catalog.view() as seen:
        found = pictured(seen, THUMBS, wanted)
    return {item_id: file.page for (item_id, _), file in found.items() if file.page}


def choices(facets: Mapping[Facet, tuple[FacetValue, ...]], asked: Asked, lang: Lang) -> tuple[Choices, ...]:
    """Of each facet the most frequent values and those that are chosen; years in their order."""
    made = []
    for name, facet in FACETS.items():
        counted = {one.value: one.count for one in facets.get(facet, ())}
        values = [value for said, value in asked.chosen if said == name]
        values += [value for value in list(counted)[:MOST_CHOICES] if value not in values]
        if facet is Facet.YEAR:
            values.sort(reverse=True)
        shown = tuple(
            Choice(
                value,
                type_label(value, lang) if facet is Facet.TYPE else capital(value),
                counted.get(value),
                asked.has(name, value),
            )
            for value in values
        )
        if shown:
            made.append(Choices(name, facet.value, shown))
    return tuple(made)


@dataclass(frozen=True, slots=True)
class Turn:
    """One entry of the pager; without an address it is a gap, or the page that is shown."""

    label: str
    address: str | None
    current: bool = False


def turns(asked: Asked, total: int, last: int) -> tuple[Turn, ...]:
    """The first page, those around the present one, and the last that may be asked for."""
    pages = min(last, -(-total // PER_PAGE))
    near = {1, pages, *range(asked.page - 1, asked.page + 2)}
    made: list[Turn] = []
    before = 0
    for page in sorted(page for page in near if 1 <= page <= pages):
        if page > before + 1:
            made.append(Turn("…", None))
        current = page == asked.page
        made.append(Turn(str(page), None if current else asked.address(page=page), current))
        before = page
    return tuple(made) if pages > 1 else ()
