"""For staff: the record beside the page, where each field comes from, and what the pages cite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.responses import RedirectResponse, Response

from catalog.records import fingerprint
from config.messages import Lang
from domain.desk import Namesake
from domain.errors import ChangedMeanwhile
from domain.holdings import Item, PageKind, Stage, State
from domain.people import Verb
from domain.records import FIELDS, RESOURCE_TYPES, Citation, Record, Source
from flows.steps.describing import confirm_citation, undo_edit
from portal.access import MAY_ACCESS, MAY_UPDATE
from portal.desk import DESK, Accession, EventId, Fields, at, by, first, followed, item_of, may_change
from portal.desk_words import state_name, type_name, typed_text, value_text
from portal.errors import status_of
from portal.recording import check_changeable, keep_record, one_line
from portal.visits import Visit, Visiting

CITES_AT_ONCE = 50
SUGGESTED = ("compiling_agency", "publisher", "place", "field", "legal_status")
NEWEST = 1_000  # items whose records are asked for suggestions
NAMESAKES = 5
LONG = frozenset({"title", "abstract", "note"})
UNSURE = 0.7
WRONG = frozenset({"year", "count", "legal_number", "isbn", "resource_type"})

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field of the form."""

    name: str
    kind: str  # type · long · text · number
    text: str  # as it stands in the form
    source: str | None
    confidence: float
    unsure: bool
    may_confirm: bool
    wrong: str  # what is wrong with what was typed; "" for nothing
    theirs: str | None  # what somebody else wrote there meanwhile
    suggestions: Sequence[str]


@dataclass(frozen=True, slots=True)
class Twin:
    accession: str
    title: str
    state: str
    same_agency: bool


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody sent, where the form has to be shown again."""

    texts: Mapping[str, str]
    wrong: Mapping[str, str]
    overtaken: bool = False


@router.get(f"{DESK}/{{accession}}/mo-ta", **MAY_ACCESS)
def record(
    visit: Visiting, accession: Accession, page: Annotated[int, Query(alias="trang", ge=1, le=1_000_000)] = 1
) -> Response:
    return _form(visit, item_of(visit, accession), page=page)


@router.post(f"{DESK}/{{accession}}/mo-ta", **MAY_UPDATE)
def describe(visit: Visiting, accession: Accession, fields: Fields) -> Response:
    """Keep what was changed or confirmed; fields that stand as they were keep their source."""
    item = item_of(visit, accession, Verb.UPDATE)
    shown = first(fields, "trang")
    page = int(shown) if shown.isdecimal() and len(shown) < 7 else 1
    texts = {name: one_line(first(fields, f"f_{name}")) for name in FIELDS if f"f_{name}" in fields}
    try:
        wrong = keep_record(
            visit, item, texts, confirmed=set(fields.get("dung", [])), version=first(fields, "ban")
        )
        if wrong:
            said = {name: _wrong(visit, name) for name in wrong}
            return _form(visit, item, page=page, typed=Typed(texts, said), status=422)
    except ChangedMeanwhile as error:
        return _form(visit, item, page=page, typed=Typed(texts, {}, overtaken=True), status=status_of(error))
    return followed(visit.portal, f"{at(item, 'mo-ta')}?trang={page}&xong=1", [item.id])


@router.post(f"{DESK}/{{accession}}/mo-ta/hoan-tac", **MAY_UPDATE)
def undo(visit: Visiting, accession: Accession, event: EventId) -> Response:
    item = item_of(visit, accession, Verb.UPDATE)
    check_changeable(visit, item)
    undo_edit(visit.shelf, item.id, event, by(visit, item))
    return followed(visit.portal, at(item, "lich-su"), [item.id])


def _wrong(visit: Visit, name: str) -> str:
    kind = "isbn" if name == "isbn" else FIELDS[name]
    return visit.words(f"desk.wrong.{kind if kind in WRONG else 'text'}")


def _form(visit: Visit, item: Item, *, page: int, typed: Typed | None = None, status: int = 200) -> Response:
    with visit.shelf.catalog.view() as seen:
        known = seen.record(item.id)
        units = visit.signed.units(Verb.ACCESS)
        usual = seen.desk.usual_values(SUGGESTED, units=units, newest=NEWEST)
        number = known.text("so_ky_hieu")
        namesakes = seen.desk.namesakes(number, but=item.id, limit=NAMESAKES) if number else ()
        total = seen.page_counts([item.id])[item.id]
        shown = seen.desk.page(item.id, min(page, max(1, total)))
        pictures = Stage.DERIVE in seen.stages(item.id)
    visible = [one for one in namesakes if one.item.actor.unit in units or one.item.state is State.PUBLISHED]
    return visit.page(
        "desk/record.html",
        status=status,
        item=item,
        address=at(item),
        state_name=state_name(item, visit.lang),
        fields=[_field(visit.lang, known, name, typed, usual.get(name, ())) for name in FIELDS],
        types=[(code, type_name(code, visit.lang)) for code in RESOURCE_TYPES],
        fingerprint=fingerprint(known),
        overtaken=typed is not None and typed.overtaken,
        wrong=len(typed.wrong) if typed else 0,
        twins=[_twin(one, known, visit.lang) for one in visible],
        hidden=len(namesakes) - len(visible),
        page=shown.number if shown else 0,
        kept_as=shown.kept_as if shown else 0,
        picture=pictures and shown is not None and shown.kind is not PageKind.UNREADABLE,
        total=total,
        cites=len(known.cites),
        may_update=may_change(visit, item),
        saved=visit.request.query_params.get("xong") == "1",
    )


def _field(lang: Lang, known: Record, name: str, typed: Typed | None, usual: Sequence[str]) -> FieldView:
    held = known.fields.get(name)
    text = typed_text(held.value) if held else ""
    theirs = None
    if typed is not None and name in typed.texts:
        wrote = typed.texts[name]
        if typed.overtaken and wrote != text:
            theirs = value_text(held.value, lang) if held else "–"
        text = wrote
    kind = {"resource_type": "type", "count": "number", "year": "number"}.get(FIELDS[name], "text")
    by_machine = held is not None and held.source is not Source.STAFF
    return FieldView(
        name=name,
        kind="long" if name in LONG else kind,
        text=text,
        source=held.source.value if held else None,
        confidence=held.confidence if held else 0.0,
        unsure=held is not None and by_machine and held.confidence < UNSURE,
        may_confirm=by_machine,
        wrong=typed.wrong.get(name, "") if typed else "",
        theirs=theirs,
        suggestions=usual,
    )


def _twin(one: Namesake, known: Record, lang: Lang) -> Twin:
    return Twin(
        accession=one.item.accession,
        title=one.item.title,
        state=state_name(one.item, lang),
        same_agency=_plain(one.agency) == _plain(known.text("compiling_agency")),
    )


def _plain(agency: str | None) -> str:
    return " ".join((agency or "").casefold().split())


# the documents that it cites


@dataclass(frozen=True, slots=True)
class CiteView:
    ordinal: int  # its place in the record, from 1
    cite: Citation


@router.get(f"{DESK}/{{accession}}/trich-dan", **MAY_ACCESS)
def citations(
    visit: Visiting,
    accession: Accession,
    start: Annotated[int, Query(alias="tu", ge=1, le=1_000_000)] = 1,
    open_alone: Annotated[str, Query(alias="loc", max_length=10)] = "",
) -> Response:
    item = item_of(visit, accession)
    with visit.shelf.catalog.view() as seen:
        cites = seen.record(item.id).cites
    listed = [CiteView(place, cite) for place, cite in enumerate(cites, start=1)]
    if open_alone:
        listed = [one for one in listed if one.cite.confirmed_by is None]
    at_once = [one for one in listed if one.ordinal >= start]
    return visit.page(
        "desk/cites.html",
        item=item,
        address=at(item),
        cites=at_once[:CITES_AT_ONCE],
        total=len(cites),
        confirmed=sum(cite.confirmed_by is not None for cite in cites),
        start=start,
        open_alone=bool(open_alone),
        more=at_once[CITES_AT_ONCE].ordinal if len(at_once) > CITES_AT_ONCE else None,
        may_update=visit.may(Verb.UPDATE, item.actor.unit),
    )


@router.post(f"{DESK}/{{accession}}/trich-dan", **MAY_UPDATE)
def judge_citation(
    visit: Visiting,
    accession: Accession,
    ordinal: Annotated[int, Form(alias="so", ge=1, le=1_000_000)],
    so_ky_hieu: Annotated[str, Form(alias="van-ban", max_length=300)],
    confirmed: Annotated[bool, Form(alias="dung")],
    start: Annotated[int, Form(alias="tu", ge=1, le=1_000_000)] = 1,
    open_alone: Annotated[str, Form(alias="loc", max_length=10)] = "",
) -> Response:
    item = item_of(visit, accession, Verb.UPDATE)
    confirm_citation(visit.shelf, item.id, ordinal, so_ky_hieu, confirmed=confirmed, by=by(visit, item))
    asked = f"?tu={start}{'&loc=chua' if open_alone else ''}#td-{ordinal}"
    return RedirectResponse(at(item, "trich-dan") + asked, 303)
