"""What people decide about an item, and the index that follows the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from catalog.records import merge, parse_field
from catalog.states import check_move
from domain.errors import ObjectNotFound
from domain.holdings import Item, PageKind, ScanForm, Stage, State
from domain.ids import ItemId
from domain.ports import Criteria, Shelf
from domain.queries import ItemPages, PageDocument
from domain.records import FieldValue, Record, Source
from domain.values import Actor, Reason
from flows.steps.claims import renew
from flows.steps.pages import check_readings, load_pages
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
            changes.set_indexed(item_id, item.revision)
            changes.complete_stage(item_id, Stage.INDEX, str(item.revision), now())
            changes.note(event("indexed", by, item_id=item_id, options={"revision": item.revision}))
            return


def _documents(shelf: Shelf, item: Item) -> Iterator[PageDocument]:
    with shelf.catalog.view() as seen:
        record = seen.record(item.id)
    return page_documents(item, record, load_pages(shelf, item.id))


def publish_if_asked(shelf: Shelf, item_id: ItemId, work: Work) -> None:
    """Approve and publish an item whose batch asked for it; otherwise people decide."""
    with shelf.catalog.begin() as changes:
        item = changes.item(item_id)
        if not item.publish:
            return
        for state in (State.APPROVED, State.PUBLISHED):
            if item.state is not State.PUBLISHED:
                item = changes.move(item_id, state, actor=work.by, at=now())
        changes.complete_stage(item_id, Stage.PUBLISH, "published", now())
        renew(changes, item_id, work.held_by)


def approve(shelf: Shelf, item_id: ItemId, by: Actor) -> Item:
    """A person vouches for the record. Raises MoveNotAllowed."""
    with shelf.catalog.begin() as changes:
        return changes.move(item_id, State.APPROVED, actor=by, at=now())


def publish(shelf: Shelf, item_id: ItemId, by: Actor) -> Item:
    """Let readers find the item. Raises MoveNotAllowed unless it is approved (or was withdrawn)."""
    with shelf.catalog.begin() as changes:
        item = changes.item(item_id)
        if item.state is State.WITHDRAWN:
            changes.move(item_id, State.APPROVED, actor=by, at=now())
        changes.set_publish(item_id, publish=True)
        changes.move(item_id, State.PUBLISHED, actor=by, at=now())
    index_item(shelf, item_id, by)
    return _now(shelf, item_id)


def withdraw(shelf: Shelf, item_id: ItemId, by: Actor, reason: str) -> Item:
    """Take the item away from readers. It leaves the index first, so that no hit outlives it."""
    with shelf.catalog.begin() as changes:
        item = changes.item(item_id)
        check_move(item, State.WITHDRAWN)
        changes.set_indexed(item_id, None)
    shelf.index.remove_item(item_id)
    with shelf.catalog.begin() as changes:
        changes.set_publish(item_id, publish=False)
        changes.move(
            item_id, State.WITHDRAWN, actor=by, at=now(), reason=Reason("item.withdrawn", {"reason": reason})
        )
    index_item(shelf, item_id, by)
    return _now(shelf, item_id)


def describe_by_hand(shelf: Shelf, item_id: ItemId, fields: Mapping[str, str], by: Actor) -> Item:
    """Set fields of the record as a person says. Raises FieldNotKnown, FieldNotValid."""
    said = {name: FieldValue(parse_field(name, text), Source.STAFF, 1.0) for name, text in fields.items()}
    with shelf.catalog.begin() as changes:
        known = changes.record(item_id)
        kept = {name: value for name, value in known.fields.items() if name not in said}
        merged = merge(Record(kept, known.cites), Record(said))
        changes.set_record(item_id, Record(merged.fields, known.cites))
        item = changes.item(item_id)
        if "pages_declared" in said:
            declared = said["pages_declared"].value
            counts = replace(item.counts, declared=declared if isinstance(declared, int) else None)
            changes.set_counts(item_id, counts, item.confidence)
        changes.note(event("edited", by, item_id=item_id, options=dict(fields)))
    if item.state in INDEXED_STATES and item.indexed_revision is not None:
        index_item(shelf, item_id, by)
    return _now(shelf, item_id)


def retry(shelf: Shelf, item_id: ItemId, by: Actor, *, cleared: bool = False) -> Item:
    """Send an item on its way again: out of quarantine, its unreadable pages to be read anew.

    ``cleared`` notes that a person decided that a confidential marking may pass. Nothing that
    was read well is read again. A file that intake refused stays in quarantine with its reason:
    the same bytes will not do better, and a sound copy of it is another content.
    """
    with shelf.catalog.begin() as changes:
        item = changes.item(item_id)
        if item.form is ScanForm.OTHER:
            return item
        if cleared:
            changes.note(event("cleared", by, item_id=item_id))
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
            changes.set_indexed(item_id, revision)
    for item in walk(shelf, Criteria(states=INDEXED_STATES, behind_index=True)):
        try:
            index_item(shelf, item.id, by)
            revisions[item.id] = item.revision
        except ObjectNotFound as error:
            lost.append(error)
    if lost:
        raise lost[0]
    return len(revisions)
