"""What may be done with a batch that was handed in, for its pages and for the API alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from domain.errors import DraftNotFound, NotReplaceable, ServerNotReady
from domain.holdings import Batch, BatchLine, Item, Lines, State
from domain.ids import BatchId, ItemId
from domain.options import OcrOptions
from domain.people import Verb
from domain.ports import Shelf
from flows.steps.pending import is_marking, pending, replaceable
from flows.steps.uploads import Draft, Place
from portal.batching import BatchRow, batch_rows
from portal.beginning import keep_draft
from portal.landing import Landing
from portal.visits import Visit

MOST_AT_ONCE = 500  # items that one request sends on their way again
SLICE = 500  # lines of a report fetched at once


def batches_seen(visit: Visit, before: str | None, limit: int) -> tuple[Sequence[BatchRow], str | None]:
    """Those of the visitor's units, the newest first, and the id to go on from, None at the end."""
    rights = visit.signed
    units = None if rights.everywhere(Verb.ACCESS) else rights.units(Verb.ACCESS)
    with visit.shelf.catalog.view() as seen:
        found = seen.batches_of(units, before=BatchId(before) if before else None, limit=limit + 1)
        rows = batch_rows(seen, found[:limit])
    return rows, found[limit - 1].id if len(found) > limit else None


def batch_of(visit: Visit, batch_id: str, verb: Verb = Verb.ACCESS) -> Batch:
    """The batch, for somebody who may do that in its unit. Raises BatchNotFound, NotAllowed."""
    with visit.shelf.catalog.view() as seen:
        found = seen.batch(BatchId(batch_id))
    visit.need(verb, found.actor.unit)
    return found


def handed_in(visit: Visit, here: Landing, batch_id: str) -> Draft | None:
    """What is not taken in yet; another's as long as it is open is as if there were none."""
    try:
        draft = here.drafts.draft(batch_id)
    except DraftNotFound:
        return None
    return None if draft.is_open and draft.owner != visit.signed.person.id else draft


def send_again(visit: Visit, batch_id: str, item: str, *, cleared: bool) -> int:
    """Send an item (by id or accession) on its way again, or all of the batch that may go by themselves.

    Says how many. Raises BatchNotFound, NotAllowed, MoveNotAllowed, ServerNotReady.
    """
    # Heavy, and only wanted here: whoever takes in files has to stay small.
    from flows.steps.publish import retry

    found = batch_of(visit, batch_id, Verb.MANAGE if cleared else Verb.UPDATE)
    stuck = _stuck(visit.shelf, found, cleared=cleared)
    ids = [one.id for one in stuck if not item or item in (one.id, one.accession)][:MOST_AT_ONCE]
    for item_id in ids:
        retry(visit.shelf, item_id, visit.signed.person.actor, cleared=cleared)
    _send(visit, ids, cleared=cleared)
    return len(ids)


def _stuck(shelf: Shelf, batch: Batch, *, cleared: bool) -> Iterator[Item]:
    """Items in quarantine that a confidential marking, or that anything else, keeps there."""
    for line in lines_of(shelf, batch.id, Lines.TROUBLED):
        item = line.item
        if item is None or item.batch_id != batch.id or item.state is not State.QUARANTINED:
            continue
        if is_marking(item.reason) is cleared:
            yield item


def lines_of(shelf: Shelf, batch_id: BatchId, lines: Lines) -> Iterator[BatchLine]:
    """Every line of a batch, a slice in memory."""
    after = 0
    while True:
        with shelf.catalog.view() as seen:
            found = seen.batch_lines(batch_id, lines, after=after, limit=SLICE)
        yield from found
        if len(found) < SLICE:
            return
        after = found[-1].entry.ordinal


def _send(visit: Visit, ids: Sequence[ItemId], *, cleared: bool) -> None:
    """To the flows at once. Raises ServerNotReady for what was cleared, which nobody takes up by itself."""
    from flows.submit import submit_or_leave

    with visit.shelf.catalog.view() as seen:
        due = [item_id for item_id in ids if pending(seen.item(item_id), seen.stages(item_id))]
    if due and not submit_or_leave(visit.portal.settings, due, cleared=cleared) and cleared:
        raise ServerNotReady(seconds=0, log="")


def replacement_of(visit: Visit, here: Landing, batch_id: str, ordinal: int) -> Draft:
    """The visitor's draft whose one file is to take the place of a line that came to nothing.

    Raises BatchNotFound, NotAllowed, NotReplaceable, TooManyDrafts.
    """
    found = batch_of(visit, batch_id, Verb.UPDATE)
    with visit.shelf.catalog.view() as seen:
        lines = seen.batch_lines(found.id, Lines.ALL, after=ordinal - 1, limit=1)
    if not lines or lines[0].entry.ordinal != ordinal or not replaceable(lines[0].entry, lines[0].item):
        raise NotReplaceable(ordinal=ordinal)
    place = Place(batch_id=found.id, ordinal=ordinal)
    mine = here.drafts.of(visit.signed.person.id)
    begun = next((one for one in mine if one.is_open and one.replaces == place), None)
    return begun or keep_draft(
        visit,
        here,
        unit=found.actor.unit,
        options=OcrOptions.model_validate(dict(found.options)),
        publish=False,
        replaces=place,
    )
