"""A book page by page: its pictures, its text, a search inside it, and what a reader says of the text."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from domain.holdings import FileEntry, Item
from flows.steps.leaf import leaf
from flows.steps.pictures import READING, THUMBS, narrower, picture_name
from flows.steps.text_reports import LONGEST_NOTE, LONGEST_WORDS, report_text
from portal.access import EVERYONE
from portal.readers.addresses import page_address, pages_of
from portal.readers.asked import question, whole
from portal.readers.inside import Inside
from portal.readers.paper import Paper, paper
from portal.readers.pictures import WIDTHS
from portal.readers.published import Published
from portal.readers.sending import KEPT, is_known, not_modified, tag_of
from portal.readers.verdicts import warning
from portal.visits import Visit, Visiting

router = APIRouter()
_LABEL = re.compile(r"[^\W_]{1,12}")


@router.get("/sach/{accession}/trang/{number}", include_in_schema=False, **EVERYONE)
def page(visit: Visiting, item: Published, number: str, request: Request) -> Response:
    """Page ``number``, from 1; ``q`` marks words, ``doi=1`` shows two pages, ``xem=chu`` the text alone."""
    at = whole(number)
    if at is None:
        raise HTTPException(404)
    text = question(request.query_params.get("q", ""))
    both = request.query_params.get("doi") == "1"
    plain = request.query_params.get("xem") == "chu"
    papers = [
        one
        for side in (sides(at, pages_of(item)) if both else [at])
        if (one := _paper(visit, item, side, text))
    ]
    if not papers or at not in [one.number for one in papers]:
        raise HTTPException(404)
    inside = visit.portal.kept.inside.find(visit.shelf, item, text) if text else Inside((), 0)
    with visit.shelf.catalog.view() as seen:
        warned = warning(seen, item.id)
    view = {"q": text, "doi": "1" if both else "", "xem": "chu" if plain else ""}
    last = max(pages_of(item), papers[-1].number)
    before, after = papers[0].number - 1, papers[-1].number + 1
    return visit.page(
        "reader/page.html",
        item=item,
        papers=papers,
        warned=warned,
        at=next(one for one in papers if one.number == at),
        last=last,
        text=text,
        inside=inside,
        both=both,
        plain=plain,
        before=page_address(item.accession, before, **view) if before >= 1 else None,
        after=page_address(item.accession, after, **view) if after <= last else None,
        other_view=page_address(item.accession, at, **view | {"xem": "" if plain else "chu", "doi": ""}),
        other_sides=page_address(item.accession, at, **view | {"doi": "" if both else "1", "xem": ""}),
        here=page_address(item.accession, at),
        view=view,
        widths=WIDTHS[1:],
        reported=request.query_params.get("da-bao") == "1",
        longest_note=LONGEST_NOTE,
        longest_words=LONGEST_WORDS,
    )


def sides(number: int, last: int) -> list[int]:
    """The two pages that lie open together: a left one has an even number, the first stands alone."""
    left = number - number % 2
    return [side for side in (left, left + 1) if 1 <= side <= max(last, number)]


def _paper(visit: Visit, item: Item, number: int, text: str) -> Paper | None:
    found = leaf(visit.shelf, item.id, number, text)
    if found is None:
        return None
    return paper(found, pictured=_picture(visit, item, READING, found.entry.kept_as) is not None)


@router.get("/sach/{accession}/toi", include_in_schema=False, **EVERYONE)
def go_to(visit: Visiting, item: Published, request: Request) -> Response:
    """To the page with a printed label ("xii", "37"), or else with that number."""
    said = request.query_params
    typed = said.get("trang", "").strip()
    number = None
    if _LABEL.fullmatch(typed):
        with visit.shelf.catalog.view() as seen:
            number = seen.readers.page_labelled(item.id, typed)
    number = number or whole(typed)
    view = {"q": question(said.get("q", "")), "doi": said.get("doi", "")[:1], "xem": said.get("xem", "")[:3]}
    last = pages_of(item)
    if number is None or number > last:
        back = whole(said.get("tu", ""), most=max(last, 1)) or 1
        again = {name: value for name, value in view.items() if value} | {"khong-co": typed[:20]}
        return RedirectResponse(f"{page_address(item.accession, back)}?{urlencode(again)}", 303)
    return RedirectResponse(page_address(item.accession, number, **view), 303)


@router.get("/sach/{accession}/anh/{number}", include_in_schema=False, **EVERYONE)
def picture(visit: Visiting, item: Published, number: str, request: Request) -> Response:
    """The picture for reading, as it is kept, or as WebP of a width of ``portal.readers.pictures.WIDTHS``.

    ``number`` is what the page is kept as: its number may be another page's by the time this is asked.
    """
    at, asked = whole(number), request.query_params.get("rong")
    width = whole(asked, most=WIDTHS[-1]) if asked is not None else None
    if at is None or (asked is not None and width not in WIDTHS):
        raise HTTPException(404)
    file = _standing(visit, item, THUMBS if width == WIDTHS[0] else READING, at)
    if file is None:
        raise HTTPException(404)
    tag = tag_of(file, *([] if width is None else [width]))
    if is_known(request, tag):
        return not_modified(tag)
    if width is not None:
        name = f"{file.fixity.sha256}-{width}.webp"
        made = visit.portal.kept.pictures.get(name, lambda: narrower(visit.shelf, file, width))
        if made is not None:
            return Response(made, media_type="image/webp", headers={"etag": tag, "cache-control": KEPT})
        tag = tag_of(file)  # the encoders are busy: a larger picture is better than none
    with visit.shelf.store.open(file.key) as source:
        return Response(
            source.read(), media_type=file.media_type, headers={"etag": tag, "cache-control": KEPT}
        )


def _picture(visit: Visit, item: Item, kind: str, home: int) -> FileEntry | None:
    wanted = (item.id, picture_name(kind, home))
    with visit.shelf.catalog.view() as seen:
        return seen.readers.files_named([wanted]).get(wanted)


def _standing(visit: Visit, item: Item, kind: str, home: int) -> FileEntry | None:
    """A page that rests may wait for a person to look at it."""
    with visit.shelf.catalog.view() as seen:
        if not seen.readers.stands(item.id, home):
            return None
    return _picture(visit, item, kind, home)


@router.post("/sach/{accession}/trang/{number}/bao-loi", include_in_schema=False, **EVERYONE)
def report(
    visit: Visiting,
    item: Published,
    number: str,
    note: Annotated[str, Form(max_length=LONGEST_NOTE)],
    words: Annotated[str, Form(max_length=LONGEST_WORDS)] = "",
) -> Response:
    """Keep what a reader says of the page's text; raises TooManyReports."""
    at = whole(number)
    if at is None:
        raise HTTPException(404)
    visit.check_share(visit.portal.reports)
    report_text(visit.shelf, item.id, at, words=words, note=note)
    return RedirectResponse(page_address(item.accession, at, **{"da-bao": "1"}) + "#bao-loi", 303)
