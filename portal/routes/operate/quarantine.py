"""Quarantine: what lies there and why, the file to look at, and sending it on its way again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form, Path, Query
from starlette.responses import RedirectResponse, Response, StreamingResponse

from config.messages import explain, printable
from domain.errors import ItemNotFound, NotAllowed, ObjectNotFound
from domain.figures import Master
from domain.holdings import Item, ScanFile, ScanForm, State
from domain.ids import Accession, BatchId
from domain.people import Verb
from flows.steps.refuse import cause, is_refused
from portal.access import MAY_OPERATE, SIGNED_IN
from portal.operate.reasons import remedy_words, trouble_words
from portal.operate.retrying import AT_ONCE, may_clear, may_retry, send_again
from portal.operate.scope import narrowed, units_of
from portal.peopled import unit_names
from portal.routes.drafts import LIST
from portal.visits import Visit, Visiting

QUARANTINE = "/van-hanh/cach-ly"
SLICE = 50  # items of one page
PIECE = 256 * 1024  # bytes sent at once

router = APIRouter()

Code = Annotated[str, Query(alias="ly-do", max_length=80)]
Unit = Annotated[str, Query(alias="don-vi", max_length=80)]
Batch = Annotated[str, Query(alias="lo", max_length=80)]
Chosen = Annotated[list[str], Form(alias="muc", max_length=AT_ONCE)]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which part of the quarantine."""

    code: str = ""
    unit: str = ""
    batch: str = ""

    def address(self, **more: str) -> str:
        asked = {"ly-do": self.code, "don-vi": self.unit, "lo": self.batch, **more}
        return f"{QUARANTINE}?{urlencode({name: value for name, value in asked.items() if value})}"


@dataclass(frozen=True, slots=True)
class Stuck:
    """One item as the list shows it."""

    accession: Accession
    title: str
    unit: str
    unit_name: str
    batch: BatchId
    master: Master | None
    why: str
    cause: str | None  # of what was returned: what was wrong with it
    remedy: str
    may_retry: bool
    may_clear: bool
    refused: bool
    replacing: str | None  # where another file can be sent in its place


@router.get(QUARANTINE, include_in_schema=False, **MAY_OPERATE)
def quarantine(
    visit: Visiting,
    code: Code = "",
    unit: Unit = "",
    batch: Batch = "",
    after: Annotated[str, Query(alias="sau", max_length=80)] = "",
    done: Annotated[str, Query(alias="xong", pattern="^(retried|later|refused|none)?$")] = "",
    count: Annotated[int, Query(alias="so", ge=0, le=1_000_000)] = 0,
) -> Response:
    asked = Asked(code, unit, batch)
    units = narrowed(visit, unit)
    with visit.shelf.catalog.view() as seen:
        figures = seen.figures
        troubles = figures.troubles(units)
        items = figures.quarantined(
            units,
            code=code or None,
            batch_id=BatchId(batch) if batch else None,
            after=Accession(after) if after else None,
            limit=SLICE + 1,
        )
        masters = figures.masters([item.id for item in items[:SLICE]])
        lines = figures.lines([item.id for item in items[:SLICE]])
        names = unit_names(seen)
    shown = [
        _stuck(visit, item, masters.get(item.id), names.get(item.actor.unit), lines.get(item.id))
        for item in items[:SLICE]
    ]
    mine = units_of(visit)
    return visit.page(
        "operate/quarantine.html",
        asked=asked,
        items=shown,
        next=asked.address(sau=shown[-1].accession) if len(items) > SLICE else None,
        first=not after,
        troubles=[
            (one, trouble_words(one, visit.lang), number)
            for one, number in sorted(troubles.items(), key=lambda told: -told[1])
        ],
        units=sorted(
            ((one, name) for one, name in names.items() if mine is None or one in mine),
            key=lambda told: told[1],
        ),
        remedy=remedy_words(code, visit.lang) if code else None,
        done=done,
        count=count,
        at_once=AT_ONCE,
    )


@router.post(f"{QUARANTINE}/lam-lai", include_in_schema=False, **MAY_OPERATE)
def retry_chosen(
    visit: Visiting,
    chosen: Chosen = [],  # noqa: B006 - FastAPI copies it
    cleared: Annotated[bool, Form(alias="cho-phep")] = False,
    back: Annotated[str, Form(alias="ve", max_length=2_000)] = "",
) -> Response:
    """Send the chosen items on their way again; with ``cho-phep`` a marking may pass, which needs manage."""
    return _done(*retry_items(visit, chosen, cleared=cleared), back)


def retry_items(visit: Visit, chosen: Sequence[str], *, cleared: bool) -> tuple[int, bool]:
    """How many of these go on their way again, and whether Prefect has them.

    Raises ItemNotFound, NotAllowed.
    """
    items = items_of(visit, chosen)
    if cleared:
        for item in items:
            visit.need(Verb.MANAGE, item.actor.unit)
    chosen_items = [item for item in items if (may_clear if cleared else may_retry)(item)]
    return send_again(visit.portal.settings, visit.shelf, visit.acting, chosen_items, cleared=cleared)


@router.post(f"{QUARANTINE}/lam-lai-het", include_in_schema=False, **MAY_OPERATE)
def retry_all(
    visit: Visiting,
    code: Annotated[str, Form(alias="ly-do", min_length=1, max_length=80)],
    unit: Annotated[str, Form(alias="don-vi", max_length=80)] = "",
    batch: Annotated[str, Form(alias="lo", max_length=80)] = "",
) -> Response:
    """Send what is there for that reason on its way again, AT_ONCE items at a time; again for the rest."""
    asked = Asked(code, unit, batch)
    units, found = narrowed(visit, unit), list[Item]()
    after: Accession | None = None
    with visit.shelf.catalog.view() as seen:
        while len(found) < AT_ONCE:
            some = seen.figures.quarantined(
                units, code=code, batch_id=BatchId(batch) if batch else None, after=after, limit=AT_ONCE
            )
            if not some:
                break
            found += [item for item in some if may_retry(item)]
            after = some[-1].accession
    sent = send_again(visit.portal.settings, visit.shelf, visit.acting, found[:AT_ONCE])
    return _done(*sent, asked.address())


@router.get(f"{QUARANTINE}/{{accession}}/tep/{{ordinal}}", include_in_schema=False, **SIGNED_IN)
def original(
    visit: Visiting,
    accession: Annotated[str, Path(max_length=80)],
    ordinal: Annotated[int, Path(ge=1, le=100_000)],
) -> Response:
    """A file of what was handed in, byte for byte, to be kept and looked at elsewhere: never shown here."""
    with visit.shelf.catalog.view() as seen:
        item = seen.item(accession)
        files = {file.ordinal: file for file in seen.scan(item.id).files}
    unit = item.actor.unit
    if not (visit.may(Verb.OPERATE, unit) or visit.may(Verb.UPDATE, unit)):
        if not visit.may(Verb.ACCESS, unit):
            raise ItemNotFound(item=accession)
        raise NotAllowed(verb=Verb.OPERATE.value, unit=unit)
    file = files.get(ordinal)
    if item.state is not State.QUARANTINED or file is None:
        raise ObjectNotFound(key=f"{item.accession}/{ordinal}")
    return _attachment(visit, file)


def _attachment(visit: Visit, file: ScanFile) -> Response:
    with ExitStack() as opening:
        source = opening.enter_context(visit.shelf.store.open(file.key))
        opened = opening.pop_all()

    def pieces() -> Iterator[bytes]:
        with opened:
            while piece := source.read(PIECE):
                yield piece

    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(printable(file.name), safe='')}",
        "content-length": str(file.fixity.size),
        "cache-control": "private, no-store",
    }
    return StreamingResponse(pieces(), media_type="application/octet-stream", headers=headers)


def items_of(visit: Visit, chosen: Sequence[str]) -> list[Item]:
    """The items of these accessions, all of which the visitor has to operate. Raises NotAllowed."""
    with visit.shelf.catalog.view() as seen:
        items = [seen.item(one) for one in dict.fromkeys(chosen)]
    for item in items:
        visit.need(Verb.OPERATE, item.actor.unit)
    return items


def back_to(address: str, **told: str) -> RedirectResponse:
    """To a list of the quarantine, with what was done."""
    inside = address if address.startswith(f"{QUARANTINE}?") else f"{QUARANTINE}?"
    return RedirectResponse(f"{inside}&{urlencode(told)}", 303)


def _done(sent: int, taken: bool, back: str) -> Response:
    done = "none" if not sent else "retried" if taken else "later"
    return back_to(back, xong=done, so=str(sent))


def _stuck(visit: Visit, item: Item, master: Master | None, unit_name: str | None, line: int | None) -> Stuck:
    reason, was, refused = item.reason, cause(item), is_refused(item)
    code = reason.code if reason else ""
    return Stuck(
        accession=item.accession,
        title=item.title,
        unit=item.actor.unit,
        unit_name=unit_name or item.actor.unit,
        batch=item.batch_id,
        master=master,
        why=explain(reason, visit.lang) if reason else "–",
        cause=explain(was, visit.lang) if refused and was else None,
        remedy=remedy_words(code, visit.lang),
        may_retry=may_retry(item),
        may_clear=may_clear(item) and visit.may(Verb.MANAGE, item.actor.unit),
        refused=refused,
        replacing=_line_of(item, line) if line and item.form is ScanForm.OTHER else None,
    )


def _line_of(item: Item, ordinal: int) -> str:
    """The page of its batch from that line on, which offers to replace the file."""
    return f"{LIST}/{item.batch_id}?sau={ordinal - 1}#dong-{ordinal}"
