"""Sending items on their way again: noted in the catalogue at once, handed in as soon as Prefect answers."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from config.settings import Settings
from domain.errors import ConfidentialMarking, MoveNotAllowed, ShelfError
from domain.holdings import Item, ScanForm
from domain.ids import ItemId
from domain.ports import Shelf
from flows.api import open_api
from flows.steps.acting import Acting
from flows.steps.pending import pending
from flows.steps.publish import retry
from flows.steps.refuse import cause
from flows.submit import hand_in

AT_ONCE = 100  # items sent on their way by one request: a few seconds
PATIENCE = 3.0  # seconds that a request waits for Prefect to take them
_log = logging.getLogger("tusach.portal")


def may_retry(item: Item) -> bool:
    """Whether trying again may help, without anybody's deciding anything.

    A file that could not be judged will not do better, nor a marked page that nobody cleared.
    """
    return item.form is not ScanForm.OTHER and not may_clear(item)


def may_clear(item: Item) -> bool:
    """Whether it is here for a marking, which somebody may let pass."""
    was = cause(item)
    return was is not None and was.code == ConfidentialMarking.code


def send_again(
    settings: Settings, shelf: Shelf, by: Acting, items: Sequence[Item], *, cleared: bool = False
) -> tuple[int, bool]:
    """How many of the items go on their way again, and whether Prefect has them already.

    What it does not take now, because it does not answer, whoever supervises hands in within a minute.
    """
    ids: list[ItemId] = []
    for item in items:
        try:
            retry(shelf, item.id, by.actor, cleared=cleared)
        except MoveNotAllowed:
            continue  # it moved on meanwhile
        with shelf.catalog.begin() as changes:
            by.note(changes, "item_cleared" if cleared else "item_retried", item.accession)
            if pending(changes.item(item.id), changes.stages(item.id)):
                ids.append(item.id)
    return len(ids), not ids or _hand_in(settings, shelf, by, ids, cleared=cleared)


def _hand_in(settings: Settings, shelf: Shelf, by: Acting, ids: Sequence[ItemId], *, cleared: bool) -> bool:
    taken = threading.Event()
    who = settings.model_copy(update={"actor": by.actor.name, "unit": by.actor.unit})

    def go() -> None:
        try:
            with open_api(who) as api:
                hand_in(who, shelf, api, ids, cleared=cleared)
            taken.set()
        except ShelfError as error:
            _log.warning("not handed in now: %s", error)

    handing = threading.Thread(target=go, name="hand-in", daemon=True)
    handing.start()
    handing.join(PATIENCE)
    return taken.is_set()
