"""A book's own page: its record, contents, counts, what it cites, how to cite it, its files."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from flows.steps.book_files import MEDIA_TYPES
from portal.access import EVERYONE
from portal.readers.addresses import item_address, page_address, pages_of, picture_address
from portal.readers.book import book_of, counts, facts
from portal.readers.cards import LEAFLET, leaflet_address
from portal.readers.citing import Reference, bibtex, dublin_core, ris, schema_org
from portal.readers.pictures import WIDTHS
from portal.readers.published import Published
from portal.readers.sending import disposition, send
from portal.visits import Visiting

router = APIRouter()
PAGES_SHOWN = 12  # of one citation


@router.get("/sach/{accession}", include_in_schema=False, **EVERYONE)
def item_page(visit: Visiting, item: Published) -> Response:
    book = book_of(visit, item)
    told = Reference.of(item, book.record, visit.site)
    pages = pages_of(item)
    return visit.page(
        "reader/item.html",
        item=item,
        here=item_address(item.accession),
        pages=pages,
        cover=picture_address(item.accession, book.cover) if book.cover else None,
        widths=WIDTHS[1:],
        first=page_address(item.accession, 1) if pages else None,
        leaflet=leaflet_address(item) if item.resource_type == LEAFLET else None,
        facts=facts(book.record, visit.lang),
        abstract=book.record.text("abstract"),
        verdict=book.verdict,
        standing=book.standing.value,
        counts=counts(item),
        cited=book.cited,
        pages_shown=PAGES_SHOWN,
        contents=book.contents,
        files=book.files,
        reference=told,
        dublin_core=dublin_core(told, item, visit.lang),
        schema=schema_org(
            told,
            item,
            pages=pages,
            cover=book.cover or 1,
            site=visit.site,
            shelf=visit.portal.name(visit.lang),
        ),
    )


@router.get("/sach/{accession}/tep/{name}", include_in_schema=False, **EVERYONE)
def file(visit: Visiting, item: Published, name: str, request: Request) -> Response:
    """One of the book's files, to be saved under its title."""
    if name not in MEDIA_TYPES:
        raise HTTPException(404)
    wanted = (item.id, name)
    with visit.shelf.catalog.view() as seen:
        found = seen.readers.files_named([wanted]).get(wanted)
    if found is None:
        raise HTTPException(404)
    return send(request, visit.shelf, found, f"{item.title}.{name.partition('.')[2]}")


@router.get("/sach/{accession}/trich-dan/{form}", include_in_schema=False, **EVERYONE)
def citation(visit: Visiting, item: Published, form: str) -> Response:
    """For reference managers: ``bib`` or ``ris``."""
    made = {"bib": (bibtex, "application/x-bibtex"), "ris": (ris, "application/x-research-info-systems")}
    if form not in made:
        raise HTTPException(404)
    write, media_type = made[form]
    with visit.shelf.catalog.view() as seen:
        told = Reference.of(item, seen.record(item.id), visit.site)
    headers = {"content-disposition": disposition(f"{item.accession}.{form}")}
    return Response(write(told), media_type=f"{media_type}; charset=utf-8", headers=headers)
