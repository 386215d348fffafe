"""For staff: the pages of an item, what the ledger knows of them, and their words."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Path, Query
from pydantic import Field

from config.messages import Lang, explain
from domain.errors import PageNotKnown
from domain.holdings import Item, PageEntry, PageKind
from domain.people import Verb
from flows.steps.correcting import (
    KINDS,
    add_line,
    correct_page,
    reading_of,
    say_of_page,
    typed_of,
    undo_correction,
    undo_saying,
)
from ocr.correcting import LONGEST_LINE
from portal.access import MAY_ACCESS, MAY_UPDATE
from portal.desk import by, follow, item_of
from portal.desk_lines import lines_of
from portal.routes.api.readers import Area
from portal.routes.api.shapes import TO_PEOPLE, V1, Asking, EventId, Limit, Number, Plain, Ref, Told
from portal.standing import problems_of
from portal.visits import Visit, Visiting

router = APIRouter(prefix=V1, tags=["items"], responses=TO_PEOPLE)


class OnePage(Told):
    number: int  # from 1
    label: str | None  # what is printed on it
    label_source: str | None  # read · inferred · typed
    kind: PageKind
    kind_by_hand: bool
    words: int
    doubtful: int | None  # words read with little confidence; null: not counted
    confidence: float | None  # 0 to 1
    corrected: bool
    problem: str | None


class Pages(Told):
    pages: list[OnePage]
    after: int | None  # pass it to go on; null at the end
    total: int
    problems: list[str]  # of the count, in words


@router.get("/items/{accession}/pages", **MAY_ACCESS)
def pages(
    visit: Visiting, accession: Ref, after: Annotated[int, Query(ge=0, le=1_000_000)] = 0, limit: Limit = 50
) -> Pages:
    """The ledger of pages, in their order."""
    item = item_of(visit, accession)
    with visit.shelf.catalog.view() as seen:
        found = seen.desk.some_pages(item.id, after + 1, after + limit)
        total = seen.page_counts([item.id])[item.id]
        problems = problems_of(seen, item, visit.lang)
    return Pages(
        pages=[_page(one, visit.lang) for one in found],
        after=after + limit if after + limit < total else None,
        total=total,
        problems=list(problems),
    )


def _page(entry: PageEntry, lang: Lang) -> OnePage:
    return OnePage(
        number=entry.number,
        label=entry.label,
        label_source=entry.label_source,
        kind=entry.kind,
        kind_by_hand=entry.kind_source == "typed",
        words=entry.words,
        doubtful=entry.doubtful,
        confidence=entry.confidence,
        corrected=entry.text_source == "corrected",
        problem=explain(entry.problem, lang) if entry.problem else None,
    )


class Saying(Asking):
    """What is left out stays; null: as the program finds it."""

    label: Annotated[str, Field(max_length=200), Plain] | None = None  # "" where none is printed
    kind: PageKind | None = None


@router.patch("/items/{accession}/pages/{number}", **MAY_UPDATE)
def say(
    visit: Visiting, accession: Ref, number: Number, said: Saying, background: BackgroundTasks
) -> OnePage:
    """Say which folio a page bears, and what kind of page it is."""
    item = item_of(visit, accession, Verb.UPDATE)
    with visit.shelf.catalog.view() as seen:
        entry = seen.desk.page(item.id, number)
    if entry is None or (said.kind is not None and said.kind not in KINDS):
        raise PageNotKnown(accession=item.accession, page=number)
    label, kind = typed_of(entry)
    label = said.label if "label" in said.model_fields_set else label
    kind = said.kind if "kind" in said.model_fields_set else kind
    kept = say_of_page(visit.shelf, item.id, number, by(visit, item), label=label, kind=kind)
    background.add_task(follow, visit.portal, [item.id])
    return _page(kept, visit.lang)


@router.post("/items/{accession}/pages/{number}/undo", **MAY_UPDATE)
def undo_page(
    visit: Visiting, accession: Ref, number: Number, event: EventId, background: BackgroundTasks
) -> OnePage:
    """Bring back what was known of a page before somebody said otherwise (the id of that event)."""
    item = item_of(visit, accession, Verb.UPDATE)
    kept = undo_saying(visit.shelf, item.id, number, event, by(visit, item))
    background.add_task(follow, visit.portal, [item.id])
    return _page(kept, visit.lang)


class DoubtfulWord(Told):
    text: str
    confidence: float


class OneLine(Told):
    place: int  # on the page, from 1
    text: str
    least: float  # confidence of its least certain word
    doubtful: list[DoubtfulWord]
    area: Area  # of the picture that was read, a little more than the line


class Lines(Told):
    version: str  # say it back with a correction
    width: int  # pixels of the picture that was read
    height: int
    lines: list[OneLine]


@router.get("/items/{accession}/pages/{number}/lines", **MAY_ACCESS)
def lines(visit: Visiting, accession: Ref, number: Number) -> Lines:
    """What is read on a page, line by line."""
    return _lines(visit, item_of(visit, accession), number)


def _lines(visit: Visit, item: Item, number: int) -> Lines:
    reading = reading_of(visit.shelf, item, number)
    return Lines(
        version=reading.digest,
        width=reading.page.width,
        height=reading.page.height,
        lines=[
            OneLine(
                place=one.place,
                text=one.text,
                least=one.least,
                doubtful=[DoubtfulWord(text=text, confidence=sure) for text, sure in one.doubtful],
                area=Area.model_validate(one.strip),
            )
            for one in lines_of(reading)
        ],
    )


class Corrected(Asking):
    version: Annotated[str, Field(max_length=64)]  # of the page that was seen
    text: Annotated[str, Field(max_length=2 * LONGEST_LINE), Plain]  # "" where nothing stands


@router.put("/items/{accession}/pages/{number}/lines/{place}", **MAY_UPDATE)
def correct(
    visit: Visiting,
    accession: Ref,
    number: Number,
    place: Annotated[int, Path(ge=1, le=100_000)],
    said: Corrected,
    background: BackgroundTasks,
) -> Lines:
    """Keep a line as a person reads it; the page is not read again by a program from then on."""
    item = item_of(visit, accession, Verb.UPDATE)
    correct_page(visit.shelf, item.id, number, {place: said.text}, by(visit, item), seen=said.version)
    background.add_task(follow, visit.portal, [item.id])
    return _lines(visit, item, number)


class Missed(Asking):
    version: Annotated[str, Field(max_length=64)]  # of the page that was seen
    after: Annotated[int, Field(ge=0, le=100_000)]  # the place of the line before it; 0: it is the first
    text: Annotated[str, Field(max_length=2 * LONGEST_LINE), Plain]


@router.post("/items/{accession}/pages/{number}/lines", **MAY_UPDATE)
def add(visit: Visiting, accession: Ref, number: Number, said: Missed, background: BackgroundTasks) -> Lines:
    """Keep a line that no program saw."""
    item = item_of(visit, accession, Verb.UPDATE)
    add_line(visit.shelf, item.id, number, said.after, said.text, by(visit, item), seen=said.version)
    background.add_task(follow, visit.portal, [item.id])
    return _lines(visit, item, number)


@router.post("/items/{accession}/pages/{number}/lines/undo", **MAY_UPDATE)
def undo_lines(
    visit: Visiting, accession: Ref, number: Number, event: EventId, background: BackgroundTasks
) -> Lines:
    """Bring back the reading before a correction (the id of its event in the history)."""
    item = item_of(visit, accession, Verb.UPDATE)
    undo_correction(visit.shelf, item.id, number, event, by(visit, item))
    background.add_task(follow, visit.portal, [item.id])
    return _lines(visit, item, number)
