"""Batches that were handed in: how each file stands, what to do next, and doing it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Form, Path, Query
from starlette.responses import RedirectResponse, Response, StreamingResponse

from config.messages import explain
from domain.errors import BatchNotFound, MoveNotAllowed
from domain.holdings import Batch, BatchLine, Lines
from domain.ids import BatchId
from domain.people import Verb
from flows.steps.uploads import Draft
from portal.access import MAY_ACCESS, MAY_UPDATE
from portal.batch_acts import batch_of, batches_seen, handed_in, lines_of, replacement_of, send_again
from portal.batching import AT_ONCE, BATCHES, batch_view, line_rows
from portal.cells import plain_cell
from portal.drafting import draft_rows
from portal.landing import Here, Landing
from portal.routes.drafts import LIST, show_draft
from portal.visits import Visit, Visiting

FILTERS = {"tat-ca": Lines.ALL, "can-xem": Lines.TROUBLED, "dang-lam": Lines.UNDER_WAY}

router = APIRouter(include_in_schema=False)

BatchRef = Annotated[str, Path(alias="batch", max_length=80)]
Shown = Annotated[str, Query(alias="xem", max_length=20)]
After = Annotated[int, Query(alias="sau", ge=0, le=10_000_000)]


@router.get(LIST, **MAY_ACCESS)
def batches(
    visit: Visiting, here: Here, before: Annotated[str | None, Query(alias="truoc", max_length=80)] = None
) -> Response:
    rows, following = batches_seen(visit, before, BATCHES)
    return visit.page(
        "uploads/batches.html",
        rows=rows,
        drafts=[] if before else draft_rows(here.drafts, visit.signed.person.id),
        next=following,
        before=before,
    )


@router.get(LIST + "/{batch}", **MAY_ACCESS)
def batch(
    visit: Visiting,
    here: Here,
    batch: BatchRef,
    shown: Shown = "tat-ca",
    after: After = 0,
) -> Response:
    """A batch, or, as long as its owner puts it together, that."""
    draft = handed_in(visit, here, batch)
    if draft is not None and draft.is_open:
        visit.need(Verb.UPDATE, draft.unit)
        return show_draft(visit, here, draft)
    return _show(visit, here, batch, shown, after, draft=draft)


@router.get(LIST + "/{batch}/tien-do", **MAY_ACCESS)
def progress(
    visit: Visiting,
    here: Here,
    batch: BatchRef,
    shown: Shown = "tat-ca",
    after: After = 0,
) -> Response:
    """The part of the page that changes while a batch is read."""
    draft = handed_in(visit, here, batch)
    return _show(visit, here, batch, shown, after, draft=draft, part=True)


def _show(
    visit: Visit,
    here: Landing,
    batch_id: str,
    shown: str,
    after: int,
    *,
    draft: Draft | None,
    part: bool = False,
    said: str | None = None,
    status: int = 200,
) -> Response:
    lines = FILTERS.get(shown, Lines.ALL)
    try:
        with visit.shelf.catalog.view() as seen:
            view = batch_view(seen, BatchId(batch_id), lines, after=after, lang=visit.lang)
    except BatchNotFound:
        if draft is None:
            raise
        visit.need(Verb.ACCESS, draft.unit)
        view = None  # handed in a moment ago
    if view is not None:
        visit.need(Verb.ACCESS, view.batch.actor.unit)
    unit = view.batch.actor.unit if view else draft.unit if draft else ""
    coming = [draft] if draft else []
    coming += [one for one in here.drafts.all() if one.replaces and one.replaces.batch_id == batch_id]
    waiting = [one for one in coming if not one.is_open]
    return visit.page(
        "uploads/progress.html" if part else "uploads/batch.html",
        status=status,
        headers={"cache-control": "no-store"},
        batch_id=batch_id,
        view=view,
        waiting=len(waiting),
        troubles=[explain(one.trouble.reason, visit.lang) for one in waiting if one.trouble],
        shown=shown if shown in FILTERS else "tat-ca",
        filters=list(FILTERS),
        after=after,
        may_update=visit.may("update", unit),
        may_manage=visit.may("manage", unit),
        said=said,
    )


@router.post(LIST + "/{batch}/lam-lai", **MAY_UPDATE)
def retry(
    visit: Visiting,
    here: Here,
    batch: BatchRef,
    item: Annotated[str, Form(max_length=80)] = "",
    cleared: Annotated[bool, Form()] = False,
) -> Response:
    """Send an item on its way again, or all of the batch that may go by themselves."""
    try:
        send_again(visit, batch, item, cleared=cleared)
    except MoveNotAllowed as error:
        said = explain(error.reason, visit.lang)
        return _show(visit, here, batch, "can-xem", 0, draft=None, said=said, status=409)
    return RedirectResponse(f"{LIST}/{batch}", 303)


@router.post(LIST + "/{batch}/thay/{ordinal}", **MAY_UPDATE)
def replace(
    visit: Visiting, here: Here, batch: BatchRef, ordinal: Annotated[int, Path(ge=1, le=10_000_000)]
) -> Response:
    """Begin to send another file for a line that came to nothing."""
    draft = replacement_of(visit, here, batch, ordinal)
    return RedirectResponse(f"{LIST}/{draft.id}", 303)


@router.get(LIST + "/{batch}/bao-cao.csv", **MAY_ACCESS)
def report(visit: Visiting, batch: BatchRef) -> Response:
    """Every line of the batch as a table, for spreadsheets."""
    found = batch_of(visit, batch)
    return StreamingResponse(
        _report(visit, found),
        media_type="text/csv; charset=utf-8",
        headers={
            "content-disposition": f'attachment; filename="lo-{found.id[:8]}.csv"',
            "cache-control": "no-store",
        },
    )


_HEADS = ("ordinal", "source", "state", "accession", "title", "pages", "why", "next", "match")


def _report(visit: Visit, batch: Batch) -> Iterator[str]:
    """UTF-8 with the mark by which spreadsheets know it; slice by slice."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow([visit.words(f"batch.head.{head}") for head in _HEADS])
    yield "\ufeff"
    held: list[BatchLine] = []
    for line in lines_of(visit.shelf, batch.id, Lines.ALL):
        held.append(line)
        if len(held) == AT_ONCE:
            rows.writerows(_cells(visit, held))
            held = []
            yield _taken(out)
    rows.writerows(_cells(visit, held))
    yield _taken(out)


def _taken(out: io.StringIO) -> str:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text


def _cells(visit: Visit, lines: list[BatchLine]) -> Iterator[list[str]]:
    for row in line_rows(lines, {}, visit.lang):
        item = row.item
        pages = item.counts.scanned or item.counts.images if item else None
        yield [
            plain_cell(cell)
            for cell in (
                str(row.ordinal),
                row.source,
                visit.words(f"batch.state.{row.state}"),
                item.accession if item else "",
                item.title if item else "",
                "" if pages is None else str(pages),
                row.why or "",
                visit.words(f"batch.next.{row.next}") if row.next else "",
                row.match or "",
            )
        ]
