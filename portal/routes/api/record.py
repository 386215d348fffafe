"""For staff: the record of an item, field by field, and the documents that its pages cite."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Path, Query
from pydantic import Field

from catalog.records import fingerprint
from domain.holdings import Item
from domain.people import Verb
from domain.records import FIELDS, Record, Source
from flows.steps.describing import confirm_citation, undo_edit
from portal.access import MAY_ACCESS, MAY_UPDATE
from portal.desk import LONGEST_FIELD, by, follow, item_of
from portal.desk_words import typed_text
from portal.recording import check_changeable, keep_record, one_line
from portal.routes.api.shapes import TO_PEOPLE, V1, Asking, EventId, Limit, Plain, Ref, Told
from portal.visits import Visit, Visiting

router = APIRouter(prefix=V1, tags=["items"], responses=TO_PEOPLE)


class FieldKept(Told):
    value: str | int | list[str] | None
    source: Source  # who says so
    confidence: float  # 0 to 1


class ItemRecord(Told):
    accession: str
    version: str  # say it back with a change
    fields: dict[str, FieldKept]
    cites: int


class Changes(Asking):
    version: Annotated[str, Field(max_length=64)]  # of the record that was seen
    fields: Annotated[
        dict[str, Annotated[str, Field(max_length=LONGEST_FIELD), Plain]], Field(max_length=len(FIELDS))
    ]  # as people type them, a list's values parted by semicolons; "" empties a field
    confirmed: tuple[str, ...] = Field(default=(), max_length=len(FIELDS))  # names of fields


@router.get("/items/{accession}/record", **MAY_ACCESS)
def record(visit: Visiting, accession: Ref) -> ItemRecord:
    """Each field with where it comes from."""
    return _record(visit, item_of(visit, accession))


def _record(visit: Visit, item: Item) -> ItemRecord:
    with visit.shelf.catalog.view() as seen:
        known: Record = seen.record(item.id)
    return ItemRecord(
        accession=item.accession,
        version=fingerprint(known),
        fields={
            name: FieldKept(
                value=held.value,
                source=held.source,
                confidence=held.confidence,
            )
            for name, held in known.fields.items()
        },
        cites=len(known.cites),
    )


@router.patch("/items/{accession}/record", **MAY_UPDATE)
def change(visit: Visiting, accession: Ref, said: Changes, background: BackgroundTasks) -> ItemRecord:
    """Change the fields that are named; 409 where somebody changed the record since ``version``.

    A field of ``confirmed`` counts as said by a person from then on, though it stays as it was.
    """
    item = item_of(visit, accession, Verb.UPDATE)
    with visit.shelf.catalog.view() as seen:
        known = seen.record(item.id).fields
    texts = {name: typed_text(known[name].value) for name in said.confirmed if name in known}
    texts |= {name: one_line(text) for name, text in said.fields.items()}
    wrong = keep_record(visit, item, texts, confirmed=said.confirmed, version=said.version)
    for error in wrong.values():
        raise error
    background.add_task(follow, visit.portal, [item.id])
    return _record(visit, item)


@router.post("/items/{accession}/record/undo", **MAY_UPDATE)
def undo_record(visit: Visiting, accession: Ref, event: EventId, background: BackgroundTasks) -> ItemRecord:
    """Bring back what stood before a change (the id of its event in the history)."""
    item = item_of(visit, accession, Verb.UPDATE)
    check_changeable(visit, item)
    undo_edit(visit.shelf, item.id, event, by(visit, item))
    background.add_task(follow, visit.portal, [item.id])
    return _record(visit, item)


class Cite(Told):
    ordinal: int  # its place in the record, from 1
    number: str
    page: int
    text: str  # as the page has it
    confidence: float
    confirmed_by: str | None


class Cites(Told):
    cites: list[Cite]
    after: int | None  # pass it to go on; null at the end
    total: int


@router.get("/items/{accession}/citations", **MAY_ACCESS)
def citations(
    visit: Visiting,
    accession: Ref,
    open: bool = False,
    after: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Limit = 50,
) -> Cites:
    """What the pages cite; with ``open`` those that nobody has confirmed."""
    item = item_of(visit, accession)
    with visit.shelf.catalog.view() as seen:
        cites = seen.record(item.id).cites
    told = [
        Cite(
            ordinal=place,
            number=cite.so_ky_hieu,
            page=cite.page,
            text=cite.raw,
            confidence=cite.confidence,
            confirmed_by=cite.confirmed_by,
        )
        for place, cite in enumerate(cites, start=1)
        if place > after and not (open and cite.confirmed_by is not None)
    ]
    more = told[limit - 1].ordinal if len(told) > limit else None
    return Cites(cites=told[:limit], after=more, total=len(cites))


class Judged(Asking):
    number: Annotated[str, Field(max_length=300), Plain]  # of the document, as it was seen there
    confirmed: bool


@router.put("/items/{accession}/citations/{ordinal}", status_code=204, **MAY_UPDATE)
def judge(
    visit: Visiting, accession: Ref, ordinal: Annotated[int, Path(ge=1, le=1_000_000)], said: Judged
) -> None:
    """Say that a page cites a document, or take that back; 409 where another stands there by now."""
    item = item_of(visit, accession, Verb.UPDATE)
    confirm_citation(visit.shelf, item.id, ordinal, said.number, confirmed=said.confirmed, by=by(visit, item))
