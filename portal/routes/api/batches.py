"""For staff: batches that are put together, handed in and watched."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from config.messages import Lang, explain
from domain.holdings import Batch, Lines
from domain.ids import BatchId
from flows.steps.uploads import Draft
from portal import tus
from portal.access import MAY_ACCESS, MAY_UPDATE
from portal.batch_acts import batch_of, batches_seen, replacement_of, send_again
from portal.batching import LineRow, Tally, batch_view, tally
from portal.beginning import begin_draft, hand_in, held_manifest, take_as_manifest
from portal.drafting import draft_rows
from portal.landing import Here, own_draft
from portal.previewing import preview
from portal.routes.api.shapes import TO_PEOPLE, V1, After, Asking, Limit, Plain, Ref, Told
from portal.visits import Visit, Visiting

router = APIRouter(prefix=V1, tags=["batches"], responses=TO_PEOPLE)


class Figures(Told):
    lines: int
    done: int
    under_way: int
    troubled: int  # a person has to look
    waiting: int  # kept until a PDF comes
    duplicates: int
    pages: int  # pictures of what is counted
    pages_read: int = Field(validation_alias="read")


class OneBatch(Told):
    id: str
    unit: str
    by: str  # login
    created_at: dt.datetime
    source: str
    publish: bool
    figures: Figures


class Batches(Told):
    batches: list[OneBatch]
    after: str | None  # pass it to go on; null at the end


@router.get("/batches", **MAY_ACCESS)
def batches(visit: Visiting, after: After = "", limit: Limit = 50) -> Batches:
    """Batches that were handed in, of the asker's units, the newest first."""
    rows, following = batches_seen(visit, after or None, limit)
    return Batches(batches=[_batch(row.batch, row.tally) for row in rows], after=following)


@router.get("/batches/{batch}", **MAY_ACCESS)
def one_batch(visit: Visiting, batch: Ref) -> OneBatch:
    """How far a batch is."""
    found = batch_of(visit, batch)
    with visit.shelf.catalog.view() as seen:
        counted = tally(seen.batch_counts([found.id])[found.id])
    return _batch(found, counted)


def _batch(one: Batch, counted: Tally) -> OneBatch:
    return OneBatch(
        id=one.id,
        unit=one.actor.unit,
        by=one.actor.name,
        created_at=one.created_at,
        source=one.source,
        publish=one.publish,
        figures=Figures.model_validate(counted),
    )


class Line(Told):
    ordinal: int  # from 1
    source: str
    state: str  # code
    state_in_words: str
    accession: str | None
    title: str | None
    pages_read: int | None  # of an item that is being read
    why: str | None
    next: str | None  # what to do next, in words
    manifest: str | None  # how the manifest names it
    may_retry: bool
    may_clear: bool
    may_replace: bool


class BatchLines(Told):
    lines: list[Line]
    after: int | None  # pass it to go on; null at the end


@router.get("/batches/{batch}/lines", **MAY_ACCESS)
def lines(
    visit: Visiting,
    batch: Ref,
    show: Lines = Lines.ALL,
    after: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> BatchLines:
    """Each file of a batch, how it stands and what to do next; fifty at once."""
    batch_of(visit, batch)
    with visit.shelf.catalog.view() as seen:
        view = batch_view(seen, BatchId(batch), show, after=after, lang=visit.lang)
    return BatchLines(lines=[_line(visit, row) for row in view.rows], after=view.next)


def _line(visit: Visit, row: LineRow) -> Line:
    return Line(
        ordinal=row.ordinal,
        source=row.source,
        state=row.state,
        state_in_words=visit.words(f"batch.state.{row.state}"),
        accession=row.item.accession if row.item else None,
        title=row.item.title if row.item else None,
        pages_read=row.read,
        why=row.why,
        next=visit.words(f"batch.next.{row.next}") if row.next else None,
        manifest=row.match,
        may_retry=row.may_retry,
        may_clear=row.may_clear,
        may_replace=row.may_replace,
    )


class Again(Asking):
    item: Annotated[str, Field(max_length=80), Plain] = ""  # accession or id; "": all that may
    cleared: bool = False  # a marking may pass: for those who may manage


class SentAgain(Told):
    items: int


@router.post("/batches/{batch}/retry", **MAY_UPDATE)
def retry(visit: Visiting, batch: Ref, said: Again) -> SentAgain:
    """Send what is in quarantine on its way again."""
    return SentAgain(items=send_again(visit, batch, said.item, cleared=said.cleared))


# batches that are put together


class Arrived(Told):
    id: str
    path: str
    length: int  # bytes
    offset: int  # bytes that have arrived
    address: str  # where the rest is sent to


class OneDraft(Told):
    id: str  # of the batch that it becomes
    unit: str
    created_at: dt.datetime
    languages: list[str]
    dpi: int
    publish: bool
    replaces: str | None  # the batch in which a file takes another's place
    manifest: str | None  # the id of the file that lists the others
    handed_in_at: dt.datetime | None
    trouble: str | None  # why it could not be taken in
    upload_to: str  # tus


class Drafts(Told):
    drafts: list[OneDraft]


class Files(Told):
    files: list[Arrived]


Languages = Annotated[list[Annotated[str, Field(max_length=20), Plain]], Field(min_length=1, max_length=10)]


class Beginning(Asking):
    unit: Annotated[str, Field(min_length=1, max_length=80), Plain]
    languages: (
        Annotated[list[Annotated[str, Field(max_length=20)]], Field(min_length=1, max_length=10)] | None
    ) = None
    dpi: Annotated[int, Field(ge=150, le=1200)] | None = None
    publish: bool = False  # for those who may manage


@router.get("/drafts", **MAY_UPDATE)
def drafts(visit: Visiting, here: Here) -> Drafts:
    """The asker's own batches that are not taken in yet."""
    rows = draft_rows(here.drafts, visit.signed.person.id)
    return Drafts(drafts=[_draft(visit.lang, row.draft) for row in rows])


@router.post("/drafts", status_code=201, **MAY_UPDATE)
def begin(visit: Visiting, here: Here, said: Beginning) -> OneDraft:
    """Begin a batch; what is left out is as the installation has it. Files are sent to ``upload_to``."""
    made = begin_draft(
        visit, here, unit=said.unit, languages=said.languages, dpi=said.dpi, publish=said.publish
    )
    return _draft(visit.lang, made)


@router.post("/batches/{batch}/lines/{ordinal}/replacement", status_code=201, **MAY_UPDATE)
def replace(
    visit: Visiting, here: Here, batch: Ref, ordinal: Annotated[int, Path(ge=1, le=10_000_000)]
) -> OneDraft:
    """Begin to send another file for a line that came to nothing; or what was begun for it."""
    return _draft(visit.lang, replacement_of(visit, here, batch, ordinal))


def _draft(lang: Lang, one: Draft) -> OneDraft:
    return OneDraft(
        id=one.id,
        unit=one.unit,
        created_at=one.created_at,
        languages=list(one.options.languages),
        dpi=one.options.dpi,
        publish=one.publish,
        replaces=one.replaces.batch_id if one.replaces else None,
        manifest=one.manifest,
        handed_in_at=one.handed_in_at,
        trouble=explain(one.trouble.reason, lang) if one.trouble else None,
        upload_to=f"{tus.ROOT}/{one.id}",
    )


@router.get("/drafts/{draft}", **MAY_UPDATE)
def one_draft(visit: Visiting, here: Here, draft: Ref) -> OneDraft:
    return _draft(visit.lang, own_draft(visit, here, draft))


@router.get("/drafts/{draft}/files", **MAY_UPDATE)
def files(visit: Visiting, here: Here, draft: Ref) -> Files:
    """What has arrived of each file, and where its rest is sent to."""
    own = own_draft(visit, here, draft)
    return Files(
        files=[
            Arrived(
                id=one.upload.id,
                path=one.upload.path,
                length=one.upload.length,
                offset=one.offset,
                address=f"{tus.ROOT}/{own.id}/{one.upload.id}",
            )
            for one in here.drafts.uploads(own.id)
        ]
    )


FilePath = Annotated[str, Query(min_length=1, max_length=2_000), Plain]


@router.delete("/drafts/{draft}/files", status_code=204, **MAY_UPDATE)
def drop(
    visit: Visiting,
    here: Here,
    draft: Ref,
    path: Annotated[str, Query(min_length=1, max_length=2_000), Plain],
) -> None:
    """Take a file, or a folder of pictures, away again."""
    here.drafts.remove_path(own_draft(visit, here, draft).id, path)


class ManifestChoice(Asking):
    file: Annotated[str, Field(max_length=40, pattern=r"^[0-9a-f]*$")] | None  # an id; null: none is one


@router.put("/drafts/{draft}/manifest", **MAY_UPDATE)
def choose_manifest(visit: Visiting, here: Here, draft: Ref, said: ManifestChoice) -> OneDraft:
    """Say which file lists the others."""
    own = own_draft(visit, here, draft)
    return _draft(visit.lang, take_as_manifest(here, own, said.file))


class ManifestRow(Told):
    row: int  # as the spreadsheet counts
    cells: dict[str, str]
    wrong: list[str]  # columns that could not be understood; their cells stand as they were written
    file: str | None
    how: str
    problems: list[str]


class Manifest(Told):
    rows: list[ManifestRow]
    after: int | None  # pass it to go on; null at the end
    total: int
    matched: int
    absent: int
    unnamed: list[str]  # files that no row means, the first 200
    problems: list[str]  # of no row that is shown


@router.get("/drafts/{draft}/manifest", **MAY_UPDATE)
def manifest(
    visit: Visiting, here: Here, draft: Ref, after: Annotated[int, Query(ge=0, le=100_000)] = 0
) -> Manifest:
    """What is understood of the manifest, and what is wrong, row by row."""
    own = own_draft(visit, here, draft)
    view = preview(held_manifest(here, own), after, visit.lang)
    return Manifest(
        rows=[
            ManifestRow(
                row=one.row,
                cells={cell.column: cell.text for cell in one.cells},
                wrong=[cell.column for cell in one.cells if cell.wrong],
                file=one.file,
                how=one.how,
                problems=list(one.problems),
            )
            for one in view.rows
        ],
        after=view.next,
        total=view.total,
        matched=view.matched,
        absent=view.absent,
        unnamed=[name for name, _ in view.unnamed],
        problems=list(view.general),
    )


class HandedIn(Told):
    batch: str  # where its lines will be; it may take some seconds


@router.post("/drafts/{draft}/hand-in", status_code=202, **MAY_UPDATE)
def finish(visit: Visiting, here: Here, draft: Ref) -> HandedIn:
    """The batch is complete: it is taken in, and nothing is added any more."""
    return HandedIn(batch=hand_in(visit, here, own_draft(visit, here, draft)))


@router.delete("/drafts/{draft}", status_code=204, **MAY_UPDATE)
def discard(visit: Visiting, here: Here, draft: Ref) -> None:
    """Give the batch up, with all that has arrived for it."""
    here.drafts.discard(own_draft(visit, here, draft).id)
