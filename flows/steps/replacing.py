"""Another file in the place of one that came to nothing: a line of a batch is put right."""

from __future__ import annotations

from dataclasses import replace

from catalog.manifest import ManifestRow
from domain.errors import NotReplaceable
from domain.holdings import Item
from domain.ids import BatchId
from domain.options import IntakePolicy
from domain.ports import Shelf
from domain.records import FieldValue, Record, Source
from domain.values import Actor
from flows.steps.inputs import Input
from flows.steps.intake import BatchReport, Line, Terms, fixities_of, receive, unfinished
from flows.steps.originals import content_digest
from flows.steps.pending import replaceable


def receive_instead(
    shelf: Shelf,
    one: Input,
    *,
    batch_id: BatchId,
    ordinal: int,
    by: Actor,
    policy: IntakePolicy,
    province: str,
) -> BatchReport:
    """Take in another file in the place of a line of a batch that came to nothing; what it said is kept.

    The item of the former file stays in quarantine, and says what took its place. Repeating it changes
    nothing. Raises BatchNotFound, NotReplaceable.
    """
    with shelf.catalog.view() as seen:
        batch = seen.batch(batch_id)
        former = next((entry for entry in seen.entries(batch_id) if entry.ordinal == ordinal), None)
        if former is None:
            raise NotReplaceable(ordinal=ordinal)
        item = seen.item(former.item_id) if former.item_id else None
        record = seen.record(item.id) if item else Record({"title": _from_manifest(former.source)})
    if not replaceable(former, item):
        fresh = item is not None and _is_of(shelf, item, one, policy)
        if not fresh:
            raise NotReplaceable(ordinal=ordinal)
        return BatchReport(batch, (former,), (), unfinished(shelf, [former]))
    declared = item.counts.declared if item else None
    row = ManifestRow(row=0, title=former.source, pages_declared=declared, record=_said_by_people(record))
    terms = Terms(replace(batch, actor=Actor(by.name, batch.actor.unit)), policy, province)
    entry = receive(shelf, one, Line(ordinal, row, former.match, replaces=True, instead_of=item), terms)
    return BatchReport(batch, (entry,), (), unfinished(shelf, [entry]))


def _from_manifest(text: str) -> FieldValue:
    return FieldValue(text, Source.MANIFEST, 1.0)


def _said_by_people(record: Record) -> Record:
    """What a manifest or staff said holds for the new file too; what was read off the old one does not."""
    kept = {
        name: value
        for name, value in record.fields.items()
        if value.source in (Source.MANIFEST, Source.STAFF)
    }
    return Record(kept)


def _is_of(shelf: Shelf, item: Item, one: Input, policy: IntakePolicy) -> bool:
    """Whether the item was made of this very input."""
    content = content_digest(fixities_of(one, policy), folder=one.folder)
    with shelf.catalog.view() as seen:
        return seen.scan(item.id).content_sha256 == content
