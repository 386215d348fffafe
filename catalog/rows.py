"""Between rows and domain values. Rows stay in ``catalog``; what leaves are frozen values."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Row

from domain.holdings import (
    Batch,
    BatchCounts,
    BatchEntry,
    Claim,
    Counts,
    FileEntry,
    Item,
    Lease,
    Mishaps,
    Outcome,
    PageEntry,
    PageKind,
    ProvenanceEvent,
    Scan,
    ScanFile,
    ScanForm,
    State,
)
from domain.ids import Accession, BatchId, ItemId, ObjectKey
from domain.records import Citation, FieldValue, Record, Source
from domain.values import Actor, Box, Fixity, Reason

Values = dict[str, Any]
AnyRow = Row[*tuple[Any, ...]]


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def reason_values(reason: Reason | None) -> Values | None:
    return None if reason is None else {"code": reason.code, "fields": dict(reason.fields)}


def reason_of(kept: Mapping[str, Any] | None) -> Reason | None:
    return None if kept is None else Reason(kept["code"], kept["fields"])


def actor_of(row: AnyRow) -> Actor:
    return Actor(name=row.actor, unit=row.unit)


def batch_values(batch: Batch) -> Values:
    return {
        "id": batch.id,
        "actor": batch.actor.name,
        "unit": batch.actor.unit,
        "created_at": batch.created_at,
        "source": batch.source,
        "publish": batch.publish,
        "options": dict(batch.options),
    }


def batch_of(row: AnyRow) -> Batch:
    return Batch(
        id=BatchId(row.id),
        actor=actor_of(row),
        created_at=row.created_at,
        source=row.source,
        publish=row.publish,
        options=row.options,
    )


def entry_values(batch_id: BatchId, entry: BatchEntry) -> Values:
    return {
        "batch_id": batch_id,
        "ordinal": entry.ordinal,
        "source": entry.source,
        "outcome": entry.outcome,
        "item_id": entry.item_id,
        "note": reason_values(entry.note),
        "match": reason_values(entry.match),
    }


def entry_of(row: AnyRow) -> BatchEntry:
    return BatchEntry(
        ordinal=row.ordinal,
        source=row.source,
        outcome=Outcome(row.outcome),
        item_id=None if row.item_id is None else ItemId(row.item_id),
        note=reason_of(row.note),
        match=reason_of(row.match),
    )


_UNREAD = (State.RECEIVED, State.READING)


def batch_counts_of(
    batch_ids: Iterable[BatchId], found: Iterable[AnyRow], pages: Mapping[str, int]
) -> dict[BatchId, BatchCounts]:
    """``found`` has a row for each batch, outcome and state; ``pages`` those read of what is being read."""
    lines: dict[str, dict[tuple[Outcome, State | None], int]] = {}
    images: Counter[str] = Counter()
    read: Counter[str] = Counter(dict(pages))
    for row in found:
        outcome, state = Outcome(row.outcome), None if row.state is None else State(row.state)
        lines.setdefault(row.batch_id, {})[outcome, state] = row.lines
        if outcome is not Outcome.DUPLICATE and state is not None and state is not State.QUARANTINED:
            images[row.batch_id] += int(row.images)
            read[row.batch_id] += 0 if state in _UNREAD else int(row.images)
    return {one: BatchCounts(lines.get(one, {}), images[one], read[one]) for one in batch_ids}


def counts_values(counts: Counts) -> Values:
    return {
        "declared": counts.declared,
        "images": counts.images,
        "scanned": counts.scanned,
        "printed": counts.printed,
        "blank": counts.blank,
        "missing": counts.missing,
        "duplicate": counts.duplicate,
    }


def _counts(row: AnyRow) -> Counts:
    return Counts(
        declared=row.declared,
        images=row.images,
        scanned=row.scanned,
        printed=row.printed,
        blank=row.blank,
        missing=row.missing,
        duplicate=row.duplicate,
    )


def item_values(item: Item) -> Values:
    return {
        "id": item.id,
        "accession": item.accession,
        "batch_id": item.batch_id,
        "actor": item.actor.name,
        "unit": item.actor.unit,
        "state": item.state,
        "reason": reason_values(item.reason),
        "title": item.title,
        "resource_type": item.resource_type,
        "year": item.year,
        "form": item.form,
        **counts_values(item.counts),
        "confidence": item.confidence,
        "revision": item.revision,
        "indexed_revision": item.indexed_revision,
        "publish": item.publish,
        "created_at": item.created_at,
        "updated_at": item.updated_at,
        "field": item.field,
        "so_ky_hieu": item.so_ky_hieu,
        "legal_status": item.legal_status,
        "published_at": item.published_at,
    }


def item_of(row: AnyRow) -> Item:
    return Item(
        id=ItemId(row.id),
        accession=Accession(row.accession),
        batch_id=BatchId(row.batch_id),
        actor=actor_of(row),
        state=State(row.state),
        reason=reason_of(row.reason),
        title=row.title,
        resource_type=row.resource_type,
        year=row.year,
        form=ScanForm(row.form),
        counts=_counts(row),
        confidence=row.confidence,
        revision=row.revision,
        indexed_revision=row.indexed_revision,
        publish=row.publish,
        created_at=row.created_at,
        updated_at=row.updated_at,
        field=row.field,
        so_ky_hieu=row.so_ky_hieu,
        legal_status=row.legal_status,
        published_at=row.published_at,
    )


def scan_values(item_id: ItemId, scan: Scan) -> Values:
    return {"item_id": item_id, "content_sha256": scan.content_sha256, "image_count": scan.image_count}


def scan_file_values(item_id: ItemId, file: ScanFile) -> Values:
    return {
        "item_id": item_id,
        "ordinal": file.ordinal,
        "name": file.name,
        "object_key": file.key,
        "media_type": file.media_type,
        "sha256": file.fixity.sha256,
        "size": file.fixity.size,
        "form": file.form,
        "image": file.image,
    }


def scan_of(row: AnyRow, files: Iterable[AnyRow]) -> Scan:
    return Scan(
        form=ScanForm(row.form),
        content_sha256=row.content_sha256,
        files=tuple(_scan_file(file) for file in files),
        image_count=row.image_count,
    )


def _scan_file(row: AnyRow) -> ScanFile:
    return ScanFile(
        ordinal=row.ordinal,
        name=row.name,
        key=ObjectKey(row.object_key),
        media_type=row.media_type,
        fixity=Fixity(sha256=row.sha256, size=row.size),
        form=None if row.form is None else ScanForm(row.form),
        image=row.image,
    )


def page_values(item_id: ItemId, page: PageEntry) -> Values:
    return {
        "item_id": item_id,
        "number": page.number,
        "image": page.image,
        "box_left": page.box.left,
        "box_top": page.box.top,
        "box_right": page.box.right,
        "box_bottom": page.box.bottom,
        "kind": page.kind,
        "width": page.width,
        "height": page.height,
        "dpi": page.dpi,
        "words": page.words,
        "confidence": page.confidence,
        "engine": page.engine,
        "languages": list(page.languages),
        "options_digest": page.options_digest,
        "label": page.label,
        "label_source": page.label_source,
        "text_source": page.text_source,
        "image_sha256": page.image_sha256,
        "problem": reason_values(page.problem),
        "locked": page.locked,
        "kind_source": page.kind_source,
        "doubtful": page.doubtful,
        "reading": page.reading,
        "home": page.home,
    }


def page_of(row: AnyRow | SimpleNamespace) -> PageEntry:
    return PageEntry(
        number=row.number,
        image=row.image,
        box=Box(row.box_left, row.box_top, row.box_right, row.box_bottom),
        kind=PageKind(row.kind),
        width=row.width,
        height=row.height,
        dpi=row.dpi,
        words=row.words,
        confidence=row.confidence,
        engine=row.engine,
        languages=tuple(row.languages),
        options_digest=row.options_digest,
        label=row.label,
        label_source=row.label_source,
        text_source=row.text_source,
        image_sha256=row.image_sha256,
        problem=reason_of(row.problem),
        locked=row.locked,
        kind_source=row.kind_source,
        doubtful=row.doubtful,
        reading=row.reading,
        home=row.home,
    )


def file_values(item_id: ItemId, file: FileEntry) -> Values:
    return {
        "item_id": item_id,
        "name": file.name,
        "object_key": file.key,
        "media_type": file.media_type,
        "sha256": file.fixity.sha256,
        "size": file.fixity.size,
        "page": file.page,
    }


def file_of(row: AnyRow) -> FileEntry:
    return FileEntry(
        name=row.name,
        key=ObjectKey(row.object_key),
        media_type=row.media_type,
        fixity=Fixity(sha256=row.sha256, size=row.size),
        page=row.page,
    )


def record_values(item_id: ItemId, record: Record) -> Values:
    return {"item_id": item_id, "fields": field_values(record)}


def field_values(record: Record) -> Values:
    return {
        name: {"value": known.value, "source": known.source, "confidence": known.confidence}
        for name, known in record.fields.items()
    }


def cite_values(item_id: ItemId, record: Record) -> list[Values]:
    return [
        {
            "item_id": item_id,
            "ordinal": ordinal,
            "so_ky_hieu": cite.so_ky_hieu,
            "page": cite.page,
            "raw": cite.raw,
            "confidence": cite.confidence,
            "article": cite.article,
            "confirmed_by": cite.confirmed_by,
        }
        for ordinal, cite in enumerate(record.cites, start=1)
    ]


def record_of(fields: Mapping[str, Mapping[str, Any]], cites: Iterable[AnyRow]) -> Record:
    return Record(
        fields={
            name: FieldValue(known["value"], Source(known["source"]), known["confidence"])
            for name, known in fields.items()
        },
        cites=tuple(
            Citation(
                so_ky_hieu=row.so_ky_hieu,
                page=row.page,
                raw=row.raw,
                confidence=row.confidence,
                article=row.article,
                confirmed_by=row.confirmed_by,
            )
            for row in cites
        ),
    )


def claim_of(row: AnyRow) -> Claim:
    return Claim(item_id=ItemId(row.item_id), holder=row.holder, expires_at=row.expires_at)


def lease_of(row: AnyRow) -> Lease:
    return Lease(name=row.name, holder=row.holder, expires_at=row.expires_at, done=row.done)


def mishaps_of(found: Iterable[AnyRow]) -> dict[ItemId, Mishaps]:
    """From the events, in the order they happened."""
    told: dict[ItemId, Mishaps] = {}
    for row in found:
        known = told.get(item := ItemId(row.item_id), Mishaps())
        if row.action == "failed":
            known = replace(known, failed=known.failed + 1)
        elif known.crashed and row.options.get("done") == known.done:
            known = replace(known, crashed=known.crashed + 1)
        else:
            known = replace(known, crashed=1, done=row.options.get("done"))
        told[item] = replace(known, last=row.at)
    return told


def event_values(event: ProvenanceEvent) -> Values:
    return {
        "at": event.at,
        "actor": event.actor.name,
        "unit": event.actor.unit,
        "action": event.action,
        "program": event.program,
        "version": event.version,
        "options": dict(event.options),
        "item_id": event.item_id,
        "batch_id": event.batch_id,
    }


def event_of(row: AnyRow) -> ProvenanceEvent:
    return ProvenanceEvent(
        at=row.at,
        actor=actor_of(row),
        action=row.action,
        program=row.program,
        version=row.version,
        options=row.options,
        item_id=None if row.item_id is None else ItemId(row.item_id),
        batch_id=None if row.batch_id is None else BatchId(row.batch_id),
        id=row.id,
    )
