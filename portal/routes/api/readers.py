"""For everybody: searching, browsing and reading what is published."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.exceptions import HTTPException

from domain.holdings import Item
from domain.ids import Accession
from domain.queries import Facet, Sort
from domain.readers_ledger import Browsed
from domain.values import Box
from flows.steps.find import find
from flows.steps.leaf import Leaf, leaf
from flows.steps.text_reports import LONGEST_NOTE, LONGEST_WORDS, report_text
from portal.access import EVERYONE
from portal.readers.addresses import item_address, page_address, pages_of, picture_address
from portal.readers.asked import (
    FACETS,
    LAST_PAGE,
    LONGEST,
    LONGEST_VALUE,
    MOST_VALUES,
    SORTS,
    Asked,
    question,
)
from portal.readers.book import book_of, counts, facts
from portal.readers.pieces import Piece as Marked
from portal.readers.pieces import pieces_of
from portal.readers.published import Published
from portal.routes.api.shapes import TO_READERS, V1, After, Asking, Limit, Number, Plain, Told
from portal.visits import Visit, Visiting

router = APIRouter(prefix=V1, tags=["readers"], responses=TO_READERS)

Values = Annotated[
    list[Annotated[str, Query(max_length=LONGEST_VALUE), Plain]], Query(max_length=MOST_VALUES)
]
Question = Annotated[str, Query(min_length=1, max_length=LONGEST), Plain]
_SORTS = {sort: said for said, sort in SORTS.items()}
_FACETS = {facet: said for said, facet in FACETS.items()}


class Piece(Told):
    text: str
    marked: bool  # looked for


class PageFound(Told):
    number: int  # from 1
    label: str | None  # what is printed on it
    address: str  # of its page for people
    snippet: list[Piece]


class BookFound(Told):
    accession: str
    title: str
    type: str | None
    year: int | None
    address: str
    pages: list[PageFound]  # the best first, three at most
    pages_total: int  # that answer


class FacetCount(Told):
    value: str
    count: int  # books


class SearchAnswer(Told):
    total: int  # books
    books: list[BookFound]
    facets: dict[Facet, list[FacetCount]]
    with_diacritics: str | None  # "đất đai" for "dat dai", where the hits say so
    did_you_mean: str | None


@router.get("/search", **EVERYONE)
def search(
    visit: Visiting,
    q: Question,
    type: Values = [],  # noqa: B006 - named as readers' addresses name it; FastAPI copies it
    field: Values = [],  # noqa: B006
    agency: Values = [],  # noqa: B006
    year: Values = [],  # noqa: B006
    legal_status: Values = [],  # noqa: B006
    sort: Sort = Sort.BEST,
    page: Annotated[int, Query(ge=1, le=LAST_PAGE)] = 1,
) -> SearchAnswer:
    """Books whose pages say it, ten at once; with or without diacritics, narrowed by any of the facets."""
    said = {
        Facet.TYPE: type,
        Facet.FIELD: field,
        Facet.AGENCY: agency,
        Facet.YEAR: year,
        Facet.LEGAL_STATUS: legal_status,
    }
    chosen = tuple((_FACETS[facet], value) for facet, values in said.items() for value in values if value)
    result = find(visit.shelf, Asked(question(q), chosen, _SORTS[sort], page).query)
    return SearchAnswer(
        total=result.total,
        books=[
            BookFound(
                accession=hit.accession,
                title=hit.title,
                type=hit.resource_type,
                year=hit.year,
                address=visit.site + item_address(hit.accession),
                pages=[
                    PageFound(
                        number=one.number,
                        label=one.label,
                        address=visit.site + page_address(hit.accession, one.number),
                        snippet=_told(pieces_of(one.snippet)),
                    )
                    for one in hit.pages
                ],
                pages_total=hit.page_total,
            )
            for hit in result.items
        ],
        facets={
            facet: [FacetCount.model_validate(one) for one in counted]
            for facet, counted in result.facets.items()
        },
        with_diacritics=result.with_diacritics,
        did_you_mean=result.did_you_mean,
    )


def _told(pieces: Iterable[Marked]) -> list[Piece]:
    return [Piece.model_validate(one) for one in pieces]


class Book(Told):
    accession: str
    title: str
    type: str | None
    year: int | None
    field: str | None
    pages: int
    legal_status: str | None
    address: str


class Books(Told):
    books: list[Book]
    after: str | None  # pass it to go on; null at the end


@router.get("/books", **EVERYONE)
def books(
    visit: Visiting,
    type: Annotated[str, Query(max_length=LONGEST_VALUE), Plain] = "",
    field: Annotated[str, Query(max_length=LONGEST_VALUE), Plain] = "",
    year: Annotated[int | None, Query(ge=1, le=9_999)] = None,
    after: After = "",
    limit: Limit = 50,
) -> Books:
    """Published books, the latest accession first."""
    with visit.shelf.catalog.view() as seen:
        found = seen.readers.browse(
            Browsed(type or None, field or None, year),
            before=Accession(after) if after else None,
            limit=limit,
        )
    return Books(books=[_book(visit, item) for item in found.items], after=found.before)


def _book(visit: Visit, item: Item) -> Book:
    return Book(
        accession=item.accession,
        title=item.title,
        type=item.resource_type,
        year=item.year,
        field=item.field,
        pages=pages_of(item),
        legal_status=item.legal_status,
        address=visit.site + item_address(item.accession),
    )


class Fact(Told):
    name: str
    value: str
    guessed: bool  # a machine proposed it, nobody has said so


class Heading(Told):
    text: str
    page: int


class CitedLaw(Told):
    number: str
    pages: list[int]
    standing: str  # ended · partly_ended · suspended · unsuitable · not_yet · in_force · unknown
    held: str | None  # the accession of the document itself, where the shelf has it


class Judged(Told):
    verdict: str = Field(validation_alias="code")  # usable · unusable · review
    at: dt.datetime
    by: str = Field(validation_alias="name")
    reason: str


class BookFile(Told):
    name: str
    media_type: str
    bytes: int
    sha256: str
    address: str


class BookRecord(Told):
    book: Book
    abstract: str | None
    facts: list[Fact]
    counts: dict[str, int | None]  # of pages; null: not known
    verdict: Judged | None
    standing: str
    contents: list[Heading]
    cites: list[CitedLaw]
    files: list[BookFile]


@router.get("/books/{accession}", **EVERYONE)
def book(visit: Visiting, item: Published) -> BookRecord:
    """The record of a book, its contents, what it cites and what of that is repealed, its files."""
    found = book_of(visit, item)
    return BookRecord(
        book=_book(visit, item),
        abstract=found.record.text("abstract"),
        facts=[Fact.model_validate(one) for one in facts(found.record, visit.lang)],
        counts=dict(counts(item)),
        verdict=None if found.verdict is None else Judged.model_validate(found.verdict),
        standing=found.standing.value,
        contents=[Heading(text=one.text, page=one.number) for one in found.contents],
        cites=[
            CitedLaw(
                number=one.number,
                pages=list(one.pages),
                standing=one.standing.value,
                held=one.held.accession if one.held else None,
            )
            for one in found.cited
        ],
        files=[
            BookFile(
                name=one.name,
                media_type=one.media_type,
                bytes=one.fixity.size,
                sha256=one.fixity.sha256,
                address=f"{visit.site}{item_address(item.accession)}/tep/{one.name}",
            )
            for one in found.files
        ],
    )


class Area(Told):
    """In pixels of the picture that was read, from its upper left corner."""

    left: int
    top: int
    width: int
    height: int


class ReadWord(Told):
    text: str
    area: Area
    confidence: float  # 0 to 1
    marked: bool


class ReadLine(Told):
    words: list[ReadWord]
    block: int
    paragraph: int


class ReadPage(Told):
    number: int
    label: str | None
    width: int  # pixels of the picture that was read
    height: int
    corrected: bool  # a person has read the text
    confidence: float | None
    picture: str  # its address
    lines: list[ReadLine]


@router.get("/books/{accession}/pages/{number}", **EVERYONE)
def page(
    visit: Visiting,
    item: Published,
    number: Number,
    q: Annotated[str, Query(max_length=LONGEST), Plain] = "",
) -> ReadPage:
    """A page word by word, each with its place on the picture; ``q`` marks words."""
    found = leaf(visit.shelf, item.id, number, question(q))
    if found is None:
        raise HTTPException(404)
    entry = found.entry
    return ReadPage(
        number=entry.number,
        label=entry.label,
        width=entry.width,
        height=entry.height,
        corrected=entry.text_source == "corrected",
        confidence=entry.confidence,
        picture=visit.site + picture_address(item.accession, entry.kept_as),
        lines=_lines(found),
    )


def _lines(found: Leaf) -> list[ReadLine]:
    return [
        ReadLine(
            words=[
                ReadWord(
                    text=word.text,
                    area=area_of(word.box),
                    confidence=word.confidence,
                    marked=word.box in found.marked,
                )
                for word in line.words
            ],
            block=line.block,
            paragraph=line.paragraph,
        )
        for line in (found.page.lines if found.page else ())
    ]


def area_of(box: Box) -> Area:
    return Area.model_validate(box)


class PageInside(Told):
    number: int
    label: str
    snippet: list[Piece]


class FoundInside(Told):
    total: int  # pages that answer
    pages: list[PageInside]  # 60 at most, in their order


@router.get("/books/{accession}/search", **EVERYONE)
def search_inside(visit: Visiting, item: Published, q: Question) -> FoundInside:
    """The pages of a book that say it."""
    found = visit.portal.kept.inside.find(visit.shelf, item, question(q))
    return FoundInside(
        total=found.total,
        pages=[
            PageInside(number=one.number, label=one.label, snippet=_told(one.pieces)) for one in found.hits
        ],
    )


class Report(Asking):
    note: Annotated[str, Field(max_length=LONGEST_NOTE), Plain]
    words: Annotated[str, Field(max_length=LONGEST_WORDS), Plain] = ""


@router.post("/books/{accession}/pages/{number}/reports", status_code=204, **EVERYONE)
def report(visit: Visiting, item: Published, number: Number, said: Report) -> None:
    """Say what is wrong with the text of a page. Nothing is kept of who says so."""
    visit.check_share(visit.portal.reports)
    report_text(visit.shelf, item.id, number, words=said.words, note=said.note)
