"""For staff: the pages of an item, what the ledger knows of them, and their words, doubtful ones first."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.responses import RedirectResponse, Response

from config.messages import Lang, explain
from domain.arrangement import Cut
from domain.errors import ChangedMeanwhile, PageNotKnown
from domain.holdings import Item, PageEntry, PageKind, Stage
from domain.ids import derivative_key
from domain.people import Verb
from flows.steps.arranging import Arranged, arranged
from flows.steps.correcting import (
    KINDS,
    LONGEST_LABEL,
    add_line,
    correct_page,
    corrections,
    reading_of,
    say_of_page,
    typed_of,
    undo_correction,
    undo_saying,
)
from flows.steps.pictures import READING, THUMBS, picture_name
from ocr.correcting import LONGEST_LINE
from portal.access import MAY_ACCESS, MAY_UPDATE
from portal.desk import DESK, Accession, EventId, Number, at, by, followed, item_of, may_change
from portal.desk_history import happenings
from portal.desk_lines import lines_of, may_correct
from portal.errors import status_of
from portal.standing import problems_of
from portal.visits import Visit, Visiting

AT_ONCE = 48  # thumbnails on a page
UNDOABLE = 20  # corrections of a page that are told beside it
KEPT_S = 600  # seconds that a browser keeps a picture

router = APIRouter(include_in_schema=False)


class Picture(StrEnum):
    """Which picture of a page; the value is a part of its address."""

    SMALL = "nho"
    READING = "vua"


KINDS_OF_PICTURES = {Picture.SMALL: THUMBS, Picture.READING: READING}


@router.get(f"{DESK}/{{accession}}/anh/{{number}}/{{size}}", **MAY_ACCESS)
def picture(visit: Visiting, accession: Accession, number: Number, size: Picture) -> Response:
    return picture_of(visit, item_of(visit, accession), number, size)


def picture_of(visit: Visit, item: Item, home: int, size: Picture) -> Response:
    """A picture of a page that may not be published yet: for nobody's cache but the browser's own."""
    key = derivative_key(item.id, picture_name(KINDS_OF_PICTURES[size], home))
    with visit.shelf.store.open(key) as source:
        data = source.read()
    return Response(data, media_type="image/jpeg", headers={"cache-control": f"private, max-age={KEPT_S}"})


# what the ledger knows


@dataclass(frozen=True, slots=True)
class PageView:
    number: int  # as the pages are asked for
    home: int
    entry: PageEntry | None  # None: not read yet
    stands: bool  # and may be corrected
    picture: bool
    problem: str
    joinable: bool  # with the next


@router.get(f"{DESK}/{{accession}}/trang", **MAY_ACCESS)
def pages(
    visit: Visiting, accession: Accession, start: Annotated[int, Query(alias="tu", ge=1, le=1_000_000)] = 1
) -> Response:
    item = item_of(visit, accession)
    with visit.shelf.catalog.view() as seen:
        found = arranged(seen, item.id, start, start + AT_ONCE - 1)
        pictures = Stage.DERIVE in seen.stages(item.id)
        standing = {home for home in found.pages if not found.waiting or seen.places.number_of(item.id, home)}
        problems = problems_of(seen, item, visit.lang)
    arrangement = found.arrangement
    total = len(arrangement.homes)
    return visit.page(
        "desk/pages.html",
        item=item,
        address=at(item),
        pages=[
            _page_view(number, found, visit.lang, pictures=pictures, standing=standing)
            for number in range(start, min(start + AT_ONCE, total + 1))
        ],
        version=arrangement.version,
        waiting=found.waiting,
        kinds=[kind.value for kind in KINDS],
        cuts=[cut.value for cut in Cut],
        longest=LONGEST_LABEL,
        problems=problems,
        start=start,
        at_once=AT_ONCE,
        total=total,
        starts=[*range(1, total + 1, AT_ONCE)],
        may_update=may_correct(visit, item),
        may_arrange=may_correct(visit, item) and may_change(visit, item),
    )


def _page_view(
    number: int, found: Arranged, lang: Lang, *, pictures: bool, standing: Container[int]
) -> PageView:
    home = found.arrangement.homes[number - 1]
    entry = found.pages.get(home)
    readable = entry is not None and entry.kind is not PageKind.UNREADABLE
    return PageView(
        number=number,
        home=home,
        entry=entry,
        stands=home in standing,
        picture=pictures and readable,
        problem=explain(entry.problem, lang) if entry is not None and entry.problem else "",
        joinable=found.arrangement.are_joinable(number),
    )


@router.post(f"{DESK}/{{accession}}/trang/{{number}}", **MAY_UPDATE)
def say(
    visit: Visiting,
    accession: Accession,
    number: Number,
    label: Annotated[str, Form(alias="so", max_length=200)] = "",
    shown: Annotated[str, Form(alias="so-cu", max_length=200)] = "",
    kind: Annotated[PageKind | None, Form(alias="loai")] = None,
    shown_kind: Annotated[str, Form(alias="loai-cu", max_length=20)] = "",
    as_found: Annotated[str, Form(alias="theo-may", max_length=1)] = "",
    home: Annotated[int | None, Form(alias="anh", ge=1, le=1_000_000)] = None,
) -> Response:
    """Keep the folio and the kind of a page where they were changed in the form.

    ``home`` is the page that the person saw: another may stand at its number by now.
    """
    item = item_of(visit, accession, Verb.UPDATE)
    with visit.shelf.catalog.view() as seen:
        entry = seen.desk.page(item.id, number)
    if entry is None or (kind is not None and kind not in KINDS):
        raise PageNotKnown(accession=item.accession, page=number)
    if home is not None and home != entry.kept_as:
        raise ChangedMeanwhile(accession=item.accession)
    typed, typed_kind = typed_of(entry)
    if as_found:
        typed, typed_kind = None, None
    else:
        if label.strip() != shown:
            typed = label
        if (kind.value if kind else "") != shown_kind:
            typed_kind = kind
    said = say_of_page(visit.shelf, item.id, number, by(visit, item), label=typed, kind=typed_kind)
    return followed(visit.portal, page_address(item, said.number), [item.id])


def first_beside(number: int) -> int:
    """The first of the thumbnails among which a page is shown."""
    return (number - 1) // AT_ONCE * AT_ONCE + 1


def page_address(item: Item, number: int) -> str:
    """Where a page stands among the thumbnails."""
    return f"{at(item, 'trang')}?tu={first_beside(number)}#trang-{number}"


@router.post(f"{DESK}/{{accession}}/trang/{{number}}/hoan-tac", **MAY_UPDATE)
def unsay(visit: Visiting, accession: Accession, number: Number, event: EventId) -> Response:
    item = item_of(visit, accession, Verb.UPDATE)
    undo_saying(visit.shelf, item.id, number, event, by(visit, item))
    return followed(visit.portal, at(item, "lich-su"), [item.id])


# the words


@router.get(f"{DESK}/{{accession}}/sua-tiep", **MAY_ACCESS)
def next_doubtful(
    visit: Visiting, accession: Accession, after: Annotated[int, Query(alias="sau", ge=0, le=1_000_000)] = 0
) -> Response:
    """On to the next page with doubtful words; from the beginning again behind the last one."""
    item = item_of(visit, accession)
    with visit.shelf.catalog.view() as seen:
        number = seen.desk.next_doubtful(item.id, after)
        if number is None and after:
            number = seen.desk.next_doubtful(item.id, 0)
    to = at(item) + "?chu=1" if number is None else at(item, "trang", number, "sua")
    return RedirectResponse(to, 303)


@router.get(f"{DESK}/{{accession}}/trang/{{number}}/sua", **MAY_ACCESS)
def words(visit: Visiting, accession: Accession, number: Number) -> Response:
    return _words(visit, item_of(visit, accession), number)


@router.post(f"{DESK}/{{accession}}/trang/{{number}}/sua", **MAY_UPDATE)
def correct(
    visit: Visiting,
    accession: Accession,
    number: Number,
    place: Annotated[int, Form(alias="dong", ge=1, le=100_000)],
    seen_digest: Annotated[str, Form(alias="ban", max_length=64)],
    text: Annotated[str, Form(alias="chu", max_length=2 * LONGEST_LINE)] = "",
) -> Response:
    """Keep one line, and go on to the next doubtful one, here or on a later page."""
    item = item_of(visit, accession, Verb.UPDATE)
    try:
        entry = correct_page(visit.shelf, item.id, number, {place: text}, by(visit, item), seen=seen_digest)
    except ChangedMeanwhile as error:
        return _words(visit, item, number, overtaken=text, status=status_of(error))
    here = at(item, "trang", number, "sua")
    return followed(visit.portal, here if entry.doubtful else f"{here}?xong=1", [item.id])


@router.post(f"{DESK}/{{accession}}/trang/{{number}}/sua/them", **MAY_UPDATE)
def add(
    visit: Visiting,
    accession: Accession,
    number: Number,
    after: Annotated[int, Form(alias="sau", ge=0, le=100_000)],
    seen_digest: Annotated[str, Form(alias="ban", max_length=64)],
    text: Annotated[str, Form(alias="chu", max_length=2 * LONGEST_LINE)] = "",
) -> Response:
    """Keep a line that the engine missed."""
    item = item_of(visit, accession, Verb.UPDATE)
    try:
        add_line(visit.shelf, item.id, number, after, text, by(visit, item), seen=seen_digest)
    except ChangedMeanwhile as error:
        return _words(visit, item, number, overtaken=text, status=status_of(error))
    return followed(visit.portal, at(item, "trang", number, "sua"), [item.id])


@router.post(f"{DESK}/{{accession}}/trang/{{number}}/sua/hoan-tac", **MAY_UPDATE)
def undo(visit: Visiting, accession: Accession, number: Number, event: EventId) -> Response:
    item = item_of(visit, accession, Verb.UPDATE)
    entry = undo_correction(visit.shelf, item.id, number, event, by(visit, item))
    return followed(visit.portal, at(item, "trang", entry.number, "sua"), [item.id])


def _words(visit: Visit, item: Item, number: int, *, overtaken: str = "", status: int = 200) -> Response:
    reading = reading_of(visit.shelf, item, number)
    with visit.shelf.catalog.view() as seen:
        doubts = seen.desk.doubts(item.id)
        following = seen.desk.next_doubtful(item.id, number)
        earlier = seen.desk.next_doubtful(item.id, 0)
        done = corrections(seen, item.id, reading.entry, UNDOABLE)
        pictures = Stage.DERIVE in seen.stages(item.id)
        total = seen.page_counts([item.id])[item.id]
    lines = lines_of(reading)
    others = earlier if earlier is not None and earlier < number else None
    return visit.page(
        "desk/words.html",
        status=status,
        item=item,
        address=at(item),
        entry=reading.entry,
        page=reading.page,
        digest=reading.digest,
        doubtful=sorted((one for one in lines if one.doubtful), key=lambda one: one.least),
        sure=[one for one in lines if not one.doubtful],
        lines=lines,
        doubts=doubts,
        here_left=reading.entry.doubtful or 0,
        following=following or others,
        happened=happenings(done, visit.lang),
        picture=pictures,
        total=total,
        overtaken=overtaken,
        longest=LONGEST_LINE,
        may_update=may_correct(visit, item),
        saved=visit.request.query_params.get("xong") == "1",
    )
