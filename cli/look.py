"""``status`` and ``list``: how things stand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cli.exits import Exit
from cli.phrases import ITEM_FIGURES, ITEM_HEADS, item_row, local_time, notes, why
from cli.session import Session
from domain.errors import BatchNotFound, ItemNotFound
from domain.holdings import Batch, BatchEntry, Item, State
from domain.ids import BatchId
from domain.ports import CatalogTransaction, Criteria, Shelf
from domain.values import Json, Reason
from flows.steps.walk import walk

if TYPE_CHECKING:
    from cli.screen import Screen

_BATCHES = 10  # the latest ones
_DAYS = 30  # of searches that found nothing


def list_items(session: Session, states: Sequence[str], *, as_json: bool) -> int:
    from flows.steps.portrait import item_json

    screen = session.speak(as_json)
    unknown = [state for state in states if state not in list(State)]
    if unknown:
        screen.tell("cli.no_such_state", given=unknown[0], known=[state.value for state in State])
        return Exit.USAGE
    criteria = Criteria(states=frozenset(State(state) for state in states) or None)
    with session.shelf() as shelf:
        items = walk(shelf, criteria)
        if as_json:
            screen.stream(item_json(item) for item in items)
            return Exit.DONE
        rows = [item_row(item, screen.lang) for item in items]
    if rows:
        screen.table(ITEM_HEADS, rows, right=ITEM_FIGURES)
    else:
        screen.tell("cli.shelf_empty")
    return Exit.DONE


def status(session: Session, ref: str | None, *, as_json: bool) -> int:
    screen = session.speak(as_json)
    with session.shelf() as shelf:
        if ref is None:
            return _overview(shelf, screen)
        with shelf.catalog.view() as seen:
            found = _find(seen, ref)
        if isinstance(found, Batch):
            batch_status(shelf, found, screen)
        else:
            _item_status(shelf, found, screen)
    return Exit.DONE


def _find(seen: CatalogTransaction, ref: str) -> Batch | Item:
    try:
        return seen.item(ref)
    except ItemNotFound as missing:
        try:
            return seen.batch(BatchId(ref))
        except BatchNotFound:
            raise missing from None


def _overview(shelf: Shelf, screen: Screen) -> int:
    with shelf.catalog.view() as seen:
        by_state = {state: total.items for state, total in seen.totals().items()}
        batches = seen.batches(_BATCHES)
        working = [seen.item(claim.item_id).accession for claim in seen.claims()]
        unanswered = sum(seen.unanswered(dt.datetime.now(dt.UTC).date() - dt.timedelta(days=_DAYS)).values())
    if screen.as_json:
        screen.answer(
            {
                "states": {state.value: by_state[state] for state in State},
                "working": working,
                "batches": [_batch_json(batch) for batch in batches],
                "unanswered_searches": unanswered,
            }
        )
        return Exit.DONE
    if not any(by_state.values()) and not batches:
        screen.tell("cli.shelf_empty")
        return Exit.DONE
    screen.line(screen.words("cli.items_by_state"))
    for state in State:
        if by_state[state]:
            screen.line(f"  {screen.words(f'state.{state}')}: {by_state[state]}")
    if working:
        screen.line(screen.words("cli.working", items=working))
    if unanswered:
        screen.line(screen.words("cli.unanswered", count=unanswered, days=_DAYS))
    screen.line(screen.words("cli.latest_batches"))
    screen.table(
        ("batch", "when", "who", "source"),
        [(batch.id, local_time(batch.created_at), batch.actor.name, batch.source) for batch in batches],
    )
    return Exit.DONE


def _batch_json(batch: Batch) -> dict[str, Json]:
    return {
        "id": batch.id,
        "actor": batch.actor.name,
        "unit": batch.actor.unit,
        "created_at": batch.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "source": batch.source,
        "publish": batch.publish,
    }


def batch_status(shelf: Shelf, batch: Batch, screen: Screen) -> None:
    """One line for each input, with the item as it stands now."""
    from flows.steps.portrait import item_json

    lines: list[tuple[BatchEntry, Item | None]] = []
    with shelf.catalog.view() as seen:
        for entry in seen.entries(batch.id):
            lines.append((entry, seen.item(entry.item_id) if entry.item_id else None))
    if screen.as_json:
        screen.answer(
            {
                **_batch_json(batch),
                "entries": [
                    {
                        "ordinal": entry.ordinal,
                        "source": entry.source,
                        "outcome": entry.outcome.value,
                        "note": _told(entry.note, screen),
                        "match": _told(entry.match, screen),
                        "item": item_json(item) if item else None,
                    }
                    for entry, item in lines
                ],
            }
        )
    else:
        when = local_time(batch.created_at)
        screen.line(screen.words("cli.batch_of", batch=batch.id, at=when, source=batch.source))
        for entry, item in lines:
            _entry_lines(entry, item, screen)
        screen.table(
            ITEM_HEADS,
            {item.id: item_row(item, screen.lang) for _, item in lines if item}.values(),
            right=ITEM_FIGURES,
        )


def _told(reason: Reason | None, screen: Screen) -> Json:
    return None if reason is None else {"code": reason.code, "message": why(reason, screen.lang)}


def _entry_lines(entry: BatchEntry, item: Item | None, screen: Screen) -> None:
    outcome = screen.words(f"outcome.{entry.outcome}")
    screen.line(
        f"  {entry.ordinal:>3}. " + ". ".join([f"{entry.source}: {outcome}", *notes(entry, screen.lang)])
    )
    if item and item.reason and item.reason != entry.note:
        screen.line(f"       {why(item.reason, screen.lang)}")


def _item_status(shelf: Shelf, item: Item, screen: Screen) -> None:
    from flows.steps.portrait import item_json

    with shelf.catalog.view() as seen:
        done = seen.stages(item.id)
        read = sum(1 for _ in seen.pages(item.id))
    if screen.as_json:
        screen.answer({**item_json(item), "pages_read": read, "stages": sorted(done)})
    else:
        screen.table(ITEM_HEADS, [item_row(item, screen.lang)], right=ITEM_FIGURES)
        if item.reason:
            screen.line(why(item.reason, screen.lang))
        elif item.state is State.READING:
            screen.line(f"{screen.words('stage.read')}: {read}/{item.counts.images or '–'}")
        elif item.state is State.DESCRIBED:
            screen.line(screen.words("cli.not_published_yet", accession=item.accession))
