"""The way of an item: what is still to do, doing it, and what becomes of it when something fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from catalog.states import ALLOWED
from domain.errors import ConfidentialMarking, IntakeError, OcrError, ShelfError
from domain.holdings import Item, ProvenanceEvent, Stage, State
from domain.ids import ItemId
from domain.ports import Shelf
from domain.values import Actor, Reason
from flows.steps.claims import claimed, renew
from flows.steps.pages import read_pages
from flows.steps.pending import NEW_PLACES, pending
from flows.steps.sheets import opened
from flows.steps.stages import STAGES
from flows.steps.standing import unread, wanted_homes
from flows.steps.work import Work, event, now

__all__ = ["Plan", "claimed", "digitise", "fail", "plan", "quarantine", "read_pages", "run_stage"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What an item still needs. Nothing, for one that waits for a person or a PDF."""

    images: int  # pages that the item will have: its pictures, unless people arranged them
    pages: tuple[int, ...]  # still to be read, by their homes
    stages: tuple[Stage, ...]  # still to do after reading, in order


UNEXPECTED = "item.unexpected"
PATIENCE = 3


def plan(shelf: Shelf, item_id: ItemId, work: Work) -> Plan:
    """What the ledger says is still to do; moves a received item to reading.

    Asked again after a crash it names the rest: pages are committed one by one.
    """
    with shelf.catalog.view() as seen:
        item = seen.item(item_id)
        images = known = item.counts.images
        ahead = pending(item, seen.stages(item_id))
    if not ahead:
        return Plan(images or 0, (), ())
    if images is None:
        with opened(shelf, item_id) as (_, pictures):
            images = pictures.image_count
    with shelf.catalog.begin() as changes:
        if images != known:
            changes.set_image_count(item_id, images)
        done = changes.stages(item_id)
        stages = pending(item, done)
        wanted = wanted_homes(changes, item_id, images)
        left: tuple[int, ...] = ()
        if Stage.READ in stages:
            if done.get(Stage.READ) != NEW_PLACES:
                changes.move(item_id, State.READING, actor=work.by, at=now())
            left = unread(changes, item_id, wanted, work.options.digest)
        renew(changes, item_id, work.held_by)
    return Plan(len(wanted), left, stages)


def run_stage(shelf: Shelf, item_id: ItemId, stage: Stage, work: Work) -> None:
    """Do one stage unless the ledger says that it is done."""
    with shelf.catalog.view() as seen:
        item, done = seen.item(item_id), seen.stages(item_id)
    if stage in pending(item, done):
        STAGES[stage](shelf, item_id, work)


def digitise(
    shelf: Shelf, item_id: ItemId, work: Work, told: Callable[[Stage], None] = lambda _: None
) -> Item:
    """The whole way of one item in this process.

    What is wrong with the item itself puts it in quarantine; what is wrong with the machine
    raises and leaves the item in progress, to be taken up again. Raises ItemClaimed too.
    """
    with claimed(shelf, item_id):
        try:
            ahead = plan(shelf, item_id, work)
            read_pages(shelf, item_id, ahead.pages, work)
            for stage in ahead.stages:
                run_stage(shelf, item_id, stage, work)
                told(stage)
        except Exception as error:
            fail(shelf, item_id, error, work.by)
            if not is_about_the_item(error):
                raise
    with shelf.catalog.view() as seen:
        return seen.item(item_id)


def is_about_the_item(error: BaseException) -> bool:
    """Whether the item is at fault, or a person has to decide; otherwise the machine is."""
    return isinstance(error, IntakeError | OcrError | ConfidentialMarking)


def fail(shelf: Shelf, item_id: ItemId, error: BaseException, by: Actor) -> Item:
    """Keep what went wrong: in quarantine where the item is at fault, noted beside it otherwise.

    An error that we have no name for counts against the item after PATIENCE times, so that one
    poisonous item cannot keep a worker busy for ever. What people have approved stays where it is.
    """
    reason = _reason(error)
    with shelf.catalog.begin() as changes:
        item = changes.item(item_id)
        changes.note(
            event("failed", by, item_id=item_id, options={"code": reason.code, "fields": dict(reason.fields)})
        )
        hopeless = reason.code == UNEXPECTED and _times(changes.history(item_id)) >= PATIENCE
        if (is_about_the_item(error) or hopeless) and State.QUARANTINED in ALLOWED[item.state]:
            item = changes.move(item_id, State.QUARANTINED, actor=by, at=now(), reason=reason)
        return item


def quarantine(shelf: Shelf, item_id: ItemId, reason: Reason, by: Actor) -> bool:
    """Set the item aside for a person; False where its state does not allow that."""
    with shelf.catalog.begin() as changes:
        if State.QUARANTINED not in ALLOWED[changes.item(item_id).state]:
            return False
        changes.move(item_id, State.QUARANTINED, actor=by, at=now(), reason=reason)
        return True


def _reason(error: BaseException) -> Reason:
    if isinstance(error, ShelfError):
        return error.reason
    if isinstance(error, OSError | MemoryError):  # the machine's trouble: full disk, no memory
        return Reason("item.machine_trouble", {"detail": str(error)[:500]})
    return Reason(UNEXPECTED, {"error": type(error).__name__, "detail": str(error)[:500]})


def _times(history: Sequence[ProvenanceEvent]) -> int:
    """How often the item failed without a name since a person last sent it on its way."""
    times = 0
    for one in history:
        if one.action == "retried":
            times = 0
        elif one.action == "failed" and one.options.get("code") == UNEXPECTED:
            times += 1
    return times
