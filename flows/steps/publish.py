"""What people decide about an item, and the index that follows the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from catalog.states import check_move
from domain.errors import NotForPeople, ObjectNotFound
from domain.holdings import Item, PageKind, ScanForm, Stage, State
from domain.ids import ItemId
from domain.ports import CatalogTransaction, Criteria, Shelf
from domain.queries import ItemPages, PageDocument
from domain.values import Actor, Reason
from flows.steps.claims import renew
from flows.steps.pages import check_readings, load_pages
from flows.steps.pending import RETURNED, pending
from flows.steps.verdicts import asks_for_four_eyes, check_approval, check_verdict, explained
from flows.steps.walk import walk
from flows.steps.work import Work, event, now
from indexing.documents import page_documents

ON_THE_WAY = frozenset({State.RECEIVED, State.READING, State.READ, State.DESCRIBED})
INDEXED_STATES = frozenset({State.DESCRIBED, State.APPROVED, State.PUBLISHED, State.WITHDRAWN})


def index_item(shelf: Shelf, item_id: ItemId, by: Actor) -> None:
    """Put the item's pages into the index as the catalogue has them now, and note which revision.

    Again where the item changed meanwhile, so that of two who index at once the slower leaves nothing
    old behind: what was withdrawn in between is not found.
    """
    while True:
        with shelf.catalog.view() as seen:
            item = seen.item(item_id)
        shelf.index.replace_item(item_id, _documents(shelf, item))
        with shelf.catalog.begin() as changes:
            if changes.item(item_id).revision != item.revision:
                continue
            _note_indexed(changes, item_id, item.revision)
            changes.complete_stage(item_id, Stage.INDEX, str(item.revision), now())
            changes.note(event("indexed", by, item_id=item_id, options={"revision": item.revision}))
            return


def _note_indexed(changes: CatalogTransaction, item_id: ItemId, revision: int) -> None:
    """Which revision the index holds; none where an earlier stage waits, so that it is seen to."""
    ahead = pending(changes.item(item_id), changes.stages(item_id))
    waits = any(stage is not Stage.INDEX for stage in ahead)
    changes.set_indexed(item_id, None if waits else revision)


def _documents(shelf: Shelf, item: Item) -> Iterator[PageDocument]:
    with shelf.catalog.view() as seen:
        record = seen.record(item.id)
    return page_documents(item, record, load_pages(shelf, item.id))


def publish_if_asked(shelf: Shelf, item_id: ItemId, work: Work) -> None:
    """Approve and publish an item whose batch asked for it; otherwise people decide.

    Whoever asks so vouches for the batch before anybody has judged its items: readers see that. Where the
    unit asks for four eyes nobody can.
    """
    with shelf.catalog.begin() as changes:
        item = changes.item(item_id)
        if not item.publish:
            return
        if item.state is not State.PUBLISHED and asks_for_four_eyes(changes, item.actor.unit):
            changes.set_publish(item_id, publish=False)
            changes.note(event("left_to_people", work.by, item_id=item_id))
            return
        for state in (State.APPROVED, State.PUBLISHED):
            if item.state is not State.PUBLISHED:
                item = changes.move(item_id, state, actor=work.by, at=now())
        changes.complete_stage(item_id, Stage.PUBLISH, "published", now())
        renew(changes, item_id, work.held_by)


def approve(shelf: Shelf, item_id: ItemId, by: Actor, *, seen: str | None = None) -> Item:
    """A person vouches for the record, of what was judged to be of use.

    ``seen`` is the ``fingerprint`` of the record that they saw.

    Raises ChangedMeanwhile, MoveNotAllowed, MarkingStands, VerdictMissing, VerdictAgainst, FourEyes.
    """
    with shelf.catalog.begin() as changes:
        item = changes.item(item_id)
        check_move(item, State.APPROVED)
        if item.state is not State.APPROVED:
            check_approval(changes, item, by, seen)
        return changes.move(item_id, State.APPROVED, actor=by, at=now())


def publish(shelf: Shelf, item_id: ItemId, by: Actor) -> Item:
    """Let readers find the item. Raises what ``let_out`` raises."""
    let_out(shelf, item_id, by)
    index_item(shelf, item_id, by)
    return _now(shelf, item_id)


def let_out(shelf: Shelf, item_id: ItemId, by: Actor, *, seen: str | None = None) -> Item:
    """Say that readers may find the item; the index has to follow.

    Raises MoveNotAllowed unless it is approved (or was withdrawn: then whoever publishes it again approves
    it too), ChangedMeanwhile, MarkingStands, VerdictMissing, VerdictAgainst, FourEyes.
    """
    with shelf.catalog.begin() as changes:
        item = changes.item(item_id)
        if item.state is State.PUBLISHED:
            return item
        if item.state is State.WITHDRAWN:
            check_approval(changes, item, by, seen)
            item = changes.move(item_id, State.APPROVED, actor=by, at=now())
        check_move(item, State.PUBLISHED)
        check_verdict(changes, item)
        changes.set_publish(item_id, publish=True)
        changes.complete_stage(item_id, Stage.PUBLISH, "published", now())
        return changes.move(item_id, State.PUBLISHED, actor=by, at=now())


def withdraw(shelf: Shelf, item_id: ItemId, by: Actor, reason: str) -> Item:
    """Take the item away from readers, and keep it findable for staff. Raises MoveNotAllowed."""
    take_back(shelf, item_id, by, Reason("item.withdrawn", {"reason": reason}))
    index_item(shelf, item_id, by)
    return _now(shelf, item_id)


def recall(shelf: Shelf, item_id: ItemId, by: Actor, reason: str) -> Item:
    """The same for a reason that has to be given; the index has to follow. Raises ReasonMissing too."""
    return take_back(shelf, item_id, by, Reason("item.withdrawn", {"reason": explained(reason)}))


def take_back(shelf: Shelf, item_id: ItemId, by: Actor, reason: Reason) -> Item:
    """Take the item away from readers at once; the index has to follow for staff.

    It leaves the index first, so that no hit outlives it. Raises MoveNotAllowed.
    """
    with shelf.catalog.begin() as changes:
        item = changes.item(item_id)
        check_move(item, State.WITHDRAWN)
        changes.set_indexed(item_id, None)
    shelf.index.remove_item(item_id)
    with shelf.catalog.begin() as changes:
        changes.set_publish(item_id, publish=False)
        return changes.move(item_id, State.WITHDRAWN, actor=by, at=now(), reason=reason)


def give_back(shelf: Shelf, item_id: ItemId, by: Actor, reason: str) -> Item:
    """Return an item that is described or approved to its unit, with a reason.

    Raises MoveNotAllowed, ReasonMissing.
    """
    why = Reason(RETURNED, {"reason": explained(reason), "name": by.name})
    with shelf.catalog.begin() as changes:
        item = changes.item(item_id)
        if item.state is not State.DESCRIBED:
            check_move(item, State.DESCRIBED)
        if item.state not in (State.DESCRIBED, State.APPROVED):
            raise NotForPeople(accession=item.accession, state=item.state.value)
        changes.set_publish(item_id, publish=False)
        return changes.move(item_id, State.DESCRIBED, actor=by, at=now(), reason=why)


def retry(shelf: Shelf, item_id: ItemId, by: Actor, *, cleared: bool = False, because: str = "") -> Item:
    """Send an item on its way again: out of quarantine, its unreadable pages to be read anew.

    ``cleared`` notes that a person decided that a confidential marking may pass, and why. Nothing that
    was read well is read again. A file that intake refused stays in quarantine with its reason:
    the same bytes will not do better, and a sound copy of it is another content.
    """
    with shelf.catalog.begin() as changes:
        item = changes.item(item_id)
        if item.form is ScanForm.OTHER:
            return item
        if cleared:
            why = {"reason": because} if because else {}
            changes.note(event("cleared", by, item_id=item_id, options=why))
        if item.state is State.QUARANTINED:
            item = changes.move(item_id, State.RECEIVED, actor=by, at=now())
        if item.state in ON_THE_WAY:
            changes.reset_stages(item_id, tuple(Stage))
            for page in changes.pages(item_id):
                if page.kind is PageKind.UNREADABLE:
                    changes.replace_page(item_id, replace(page, options_digest=""))
        changes.note(event("retried", by, item_id=item_id))
        return item


def _now(shelf: Shelf, item_id: ItemId) -> Item:
    with shelf.catalog.view() as seen:
        return seen.item(item_id)


def reindex(shelf: Shelf, by: Actor, told: Callable[[Item], None] = lambda _: None) -> int:
    """Rebuild the index from the catalogue; readers see the old one until the new is whole.

    ``told`` is given each item when its turn comes. After an interruption the index goes on with what
    was built. Items that change meanwhile are indexed again at the end. Returns the number of items. Raises
    ObjectNotFound at the very end, all others being indexed, where the readings of some are lost.
    """
    revisions: dict[ItemId, int] = {}
    lost: list[ObjectNotFound] = []

    def items() -> Iterator[ItemPages]:
        for item in walk(shelf, Criteria(states=INDEXED_STATES)):
            told(item)
            try:
                check_readings(shelf, item.id)
            except ObjectNotFound as error:
                lost.append(error)
                continue
            revisions[item.id] = item.revision
            yield ItemPages(item.id, item.revision, _documents(shelf, item))

    shelf.index.rebuild(items())
    for item_id, revision in revisions.items():
        with shelf.catalog.begin() as changes:
            _note_indexed(changes, item_id, revision)
    for item in walk(shelf, Criteria(states=INDEXED_STATES, behind_index=True)):
        try:
            index_item(shelf, item.id, by)
            revisions[item.id] = item.revision
        except ObjectNotFound as error:
            lost.append(error)
    if lost:
        raise lost[0]
    return len(revisions)
