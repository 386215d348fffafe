"""The record as people describe it: field by field, each change kept so that it can be taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace

from catalog.records import fingerprint, merge, parse_field
from domain.errors import ChangedMeanwhile, NotForPeople, NotToBeUndone
from domain.holdings import Item, ProvenanceEvent, State
from domain.ids import ItemId
from domain.ports import CatalogTransaction, Shelf
from domain.records import FieldValue, Record, Source
from domain.values import Actor, Json, Reason
from flows.steps.publish import INDEXED_STATES, index_item
from flows.steps.work import event, now

Changed = Mapping[str, FieldValue | None]


def describe_by_hand(shelf: Shelf, item_id: ItemId, fields: Mapping[str, str], by: Actor) -> Item:
    """Set fields of the record as a person says, and have the index follow. Raises as ``edit_record``."""
    item = edit_record(shelf, item_id, fields, by)
    if item.state in INDEXED_STATES and item.indexed_revision is not None:
        index_item(shelf, item_id, by)
    with shelf.catalog.view() as seen:
        return seen.item(item_id)


def edit_record(
    shelf: Shelf, item_id: ItemId, fields: Mapping[str, str], by: Actor, *, seen: str | None = None
) -> Item:
    """Set fields as a person typed them; the index has to follow.

    ``seen`` is the ``fingerprint`` of the record that the person saw. An approved item is described again,
    since what was approved was another record. Raises FieldNotKnown, FieldNotValid, ChangedMeanwhile.
    """
    said = {name: FieldValue(parse_field(name, text), Source.STAFF, 1.0) for name, text in fields.items()}
    with shelf.catalog.begin() as changes:
        known = changes.record(item_id)
        if seen is not None and seen != fingerprint(known):
            raise ChangedMeanwhile(accession=changes.item(item_id).accession)
        return _change(changes, item_id, known, said, by)


def undo_edit(shelf: Shelf, item_id: ItemId, edit: int, by: Actor) -> Item:
    """Bring back what stood in the fields before an edit (the id of its event); the index has to follow.

    Raises NotToBeUndone where the fields were changed again since.
    """
    with shelf.catalog.begin() as changes:
        found = changes.desk.events(item_id, actions=["edited"], before=edit + 1, limit=1)
        known = changes.record(item_id)
        before = told_before(found[0]) if found and found[0].id == edit else {}
        if not before or any(known.fields.get(name) != after for name, after in _told(found[0], "after")):
            raise NotToBeUndone(accession=changes.item(item_id).accession)
        return _change(changes, item_id, known, before, by, undoes=edit)


def _change(
    changes: CatalogTransaction, item_id: ItemId, known: Record, said: Changed, by: Actor, **more: Json
) -> Item:
    kept = {name: value for name, value in known.fields.items() if name not in said}
    merged = merge(Record(kept), Record({name: value for name, value in said.items() if value is not None}))
    changes.set_record(item_id, Record(merged.fields, known.cites))
    item = changes.item(item_id)
    if "pages_declared" in said:
        declared = merged.value("pages_declared")
        counts = replace(item.counts, declared=declared if isinstance(declared, int) else None)
        changes.set_counts(item_id, counts, item.confidence)
    told: dict[str, Json] = {
        name: {"before": _json(known.fields.get(name)), "after": _json(after)} for name, after in said.items()
    }
    changes.note(event("edited", by, item_id=item_id, options={"fields": told, **more}))
    if item.state is State.APPROVED:
        why = Reason("item.described_anew", {"name": by.name})
        changes.move(item_id, State.DESCRIBED, actor=by, at=now(), reason=why)
    return changes.item(item_id)


def told_before(edit: ProvenanceEvent) -> dict[str, FieldValue | None]:
    """What stood in the fields before that edit; empty where it was kept by an older program."""
    return dict(_told(edit, "before"))


def told_after(edit: ProvenanceEvent) -> dict[str, FieldValue | None]:
    """What stands in them after it."""
    return dict(_told(edit, "after"))


def _told(edit: ProvenanceEvent, when: str) -> list[tuple[str, FieldValue | None]]:
    fields = edit.options.get("fields")
    if not isinstance(fields, Mapping):
        return []
    return [(name, _value(both[when])) for name, both in fields.items() if isinstance(both, Mapping)]


def _json(value: FieldValue | None) -> Json:
    return None if value is None else asdict(value)


def _value(kept: Json) -> FieldValue | None:
    if not isinstance(kept, Mapping):
        return None
    confidence = kept["confidence"]
    sure = float(confidence) if isinstance(confidence, int | float) else 0.0
    return FieldValue(kept["value"], Source(str(kept["source"])), sure)


def confirm_citation(
    shelf: Shelf, item_id: ItemId, ordinal: int, so_ky_hieu: str, *, confirmed: bool, by: Actor
) -> None:
    """A person says that a page cites this document (its place in the record, from 1), or takes it back.

    Raises ChangedMeanwhile where another citation stands there now.
    """
    with shelf.catalog.begin() as changes:
        item, cites = changes.item(item_id), changes.record(item_id).cites
        cite = cites[ordinal - 1] if 1 <= ordinal <= len(cites) else None
        if cite is None or cite.so_ky_hieu != so_ky_hieu:
            raise ChangedMeanwhile(accession=item.accession)
        if (cite.confirmed_by is not None) == confirmed:
            return
        changes.desk.confirm_cite(item_id, ordinal, cite, by.name if confirmed else None)
        told: Mapping[str, Json] = {"so_ky_hieu": so_ky_hieu, "page": cite.page, "ordinal": ordinal}
        action = "citation_confirmed" if confirmed else "citation_doubted"
        changes.note(event(action, by, item_id=item_id, options=told))


def check_for_people(item: Item) -> None:
    """That people may work on the item: its program has ended. Raises NotForPeople."""
    if item.state not in INDEXED_STATES:
        raise NotForPeople(accession=item.accession, state=item.state.value)
