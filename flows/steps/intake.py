"""Receive a batch: hash, keep the original unchanged, judge, enter it in the catalogue.

Killed at any instant and run again, the result is the same: originals rest under their own
digest, and an item is entered in one transaction after its original is safe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from catalog.manifest import Manifest, ManifestRow, read_manifest
from catalog.matching import Matching, match
from domain.desk import Verdict
from domain.errors import BatchNotFound, FileTooLarge, IntakeError, UnreadableInput
from domain.holdings import (
    Batch,
    BatchEntry,
    Counts,
    Item,
    Outcome,
    Scan,
    ScanFile,
    ScanForm,
    State,
)
from domain.ids import ItemId, accession, new_batch_id, new_item_id
from domain.options import IntakePolicy, OcrOptions
from domain.people import day_of, upwards
from domain.ports import CatalogTransaction, Shelf
from domain.records import FieldValue, Record, Source
from domain.values import Actor, Fixity, Json, Reason
from flows.steps.inputs import Input, gather
from flows.steps.originals import content_digest, keep, measure, originals
from flows.steps.pending import HELD_ELSEWHERE, RETURNED, pending
from flows.steps.work import event, now
from ocr.inspect import Facts, inspect, inspect_folder

AWAITING_PDF = Reason("item.awaiting_pdf")


@dataclass(frozen=True, slots=True)
class BatchReport:
    batch: Batch
    entries: tuple[BatchEntry, ...]
    skipped: tuple[Reason, ...]  # what of the manifest was passed over or not understood
    to_digitise: tuple[ItemId, ...]  # new ones, and those begun but not finished; each once


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for every input of a batch."""

    batch: Batch
    policy: IntakePolicy
    province: str


@dataclass(frozen=True, slots=True)
class Line:
    """Where one input stands in the batch's report."""

    ordinal: int
    row: ManifestRow | None = None
    match: Reason | None = None
    replaces: bool = False
    instead_of: Item | None = None  # what stood there, if anything


def receive_batch(
    shelf: Shelf,
    paths: Sequence[Path],
    *,
    manifest: Path | None,
    publish: bool,
    by: Actor,
    options: OcrOptions,
    policy: IntakePolicy,
    province: str,
    told: Callable[[BatchEntry], None] = lambda _: None,
) -> BatchReport:
    """Take in everything under ``paths``; ``told`` hears of each entry as it is kept.

    Raises NothingToAdd and ManifestUnreadable before anything is kept. What is wrong with one
    input puts that one in quarantine; the rest goes on.
    """
    inputs = gather(paths, besides=manifest)
    rows = read_manifest(manifest) if manifest else None
    batch = Batch(
        id=new_batch_id(),
        actor=by,
        created_at=now(),
        source=", ".join(str(path) for path in paths)[:2000].encode("utf-8", "replace").decode("utf-8"),
        publish=publish,
        options=options.model_dump(mode="json"),
    )
    return receive_inputs(shelf, inputs, rows, batch=batch, policy=policy, province=province, told=told)


def receive_inputs(
    shelf: Shelf,
    inputs: Sequence[Input],
    rows: Manifest | None,
    *,
    batch: Batch,
    policy: IntakePolicy,
    province: str,
    told: Callable[[BatchEntry], None] = lambda _: None,
) -> BatchReport:
    """Take in these inputs; a batch that was begun with the very same ones is gone on with."""
    matching = match(rows, [one.name for one in inputs]) if rows else None
    with shelf.catalog.begin() as changes:
        try:
            done = {entry.ordinal: entry for entry in changes.entries(changes.batch(batch.id).id)}
        except BatchNotFound:
            done = {}
            changes.add_batch(batch)
            changes.note(
                event("batch_opened", batch.actor, batch_id=batch.id, options={"inputs": len(inputs)})
            )
    terms = Terms(batch, policy, province)
    entries: list[BatchEntry] = []
    for entry in _entries(shelf, terms, inputs, rows, matching, done):
        entries.append(entry)
        told(entry)
    return BatchReport(
        batch=batch,
        entries=tuple(entries),
        skipped=(*rows.skipped, *rows.problems) if rows else (),
        to_digitise=unfinished(shelf, entries),
    )


def _entries(
    shelf: Shelf,
    terms: Terms,
    inputs: Sequence[Input],
    rows: Manifest | None,
    matching: Matching | None,
    done: Mapping[int, BatchEntry],
) -> Iterator[BatchEntry]:
    for ordinal, one in enumerate(inputs, start=1):
        if ordinal in done:
            yield done[ordinal]
            continue
        row = matching.matched.get(one.name) if matching else None
        unnamed = Reason("manifest.unnamed", {"name": one.name})
        line = Line(ordinal, row, matching.how.get(one.name, unnamed) if matching else None)
        yield receive(shelf, one, line, terms)
    if rows is None or matching is None:
        return
    for ordinal, row in enumerate(matching.absent, start=len(inputs) + 1):
        note = Reason("manifest.absent", {"row": row.row, "title": row.title or row.file or ""})
        entry = BatchEntry(ordinal, row.title or row.file or "", Outcome.ABSENT, note=note)
        with shelf.catalog.begin() as changes:
            changes.add_entry(terms.batch.id, entry)
        yield entry


def receive(shelf: Shelf, one: Input, line: Line, terms: Terms) -> BatchEntry:
    """Keep one input and enter it; a content that is held already is an outcome, not an error."""
    try:
        return _receive(shelf, one, line, fixities_of(one, terms.policy), terms)
    except (UnreadableInput, FileTooLarge) as error:  # there are no bytes that we could keep
        entry = BatchEntry(line.ordinal, one.source, Outcome.QUARANTINED, None, error.reason, line.match)
        with shelf.catalog.begin() as changes:
            changes.add_entry(terms.batch.id, entry)
        return entry


def fixities_of(one: Input, policy: IntakePolicy) -> list[Fixity]:
    return [
        measure(path, one.name_of(place), limit=policy.max_file_bytes) for place, path in enumerate(one.paths)
    ]


def _receive(shelf: Shelf, one: Input, line: Line, fixities: Sequence[Fixity], terms: Terms) -> BatchEntry:
    content = content_digest(fixities, folder=one.folder)
    with shelf.catalog.begin() as changes:
        held = changes.item_of_content(content)
        if held is not None:
            return _held(changes, held, one, line, terms)
    files = keep(shelf, one, fixities)
    facts, trouble = _judge(shelf, one, files, terms.policy)
    scan = Scan(facts.form, content, files, facts.image_count)
    item = _new_item(one, scan, line.row, terms)
    with shelf.catalog.begin() as changes:
        held = changes.item_of_content(content)  # another process may have been quicker
        if held is not None:
            return _held(changes, held, one, line, terms)
        return _enter(changes, item, scan, _first_record(line.row, facts), one, trouble, line, terms)


def _enter(
    changes: CatalogTransaction,
    item: Item,
    scan: Scan,
    record: Record,
    one: Input,
    trouble: Reason | None,
    line: Line,
    terms: Terms,
) -> BatchEntry:
    batch = terms.batch
    number = changes.next_accession(terms.province, batch.created_at.year)
    item = replace(item, accession=number)
    changes.add_item(item, scan, record)
    changes.note(
        event(
            "received",
            batch.actor,
            item_id=item.id,
            batch_id=batch.id,
            options={
                "source": one.source,
                "sha256": scan.content_sha256,
                "files": len(scan.files),
                "bytes": sum(file.fixity.size for file in scan.files),
            },
        )
    )
    outcome = Outcome.NEW
    if trouble is not None:
        changes.move(item.id, State.QUARANTINED, actor=batch.actor, at=now(), reason=trouble)
        outcome = Outcome.QUARANTINED
    elif scan.form is ScanForm.MEDIA:
        outcome = Outcome.WAITING
    return _line(changes, BatchEntry(line.ordinal, one.source, outcome, item.id, trouble), item, line, terms)


def _held(changes: CatalogTransaction, held: Item, one: Input, line: Line, terms: Terms) -> BatchEntry:
    """The line of a content that is held; its item goes to readers where the batch may ask so."""
    if terms.batch.publish and not held.publish and _may_go_out(changes, held, terms):
        changes.set_publish(held.id, publish=True)
    note = Reason("intake.duplicate", {"name": one.name, "accession": held.accession, "title": held.title})
    if held.state is not State.PUBLISHED and not _is_above(changes, terms, held):
        note = Reason(HELD_ELSEWHERE, {"name": one.name})  # what it is, its own unit and readers may know
    entry = BatchEntry(line.ordinal, one.source, Outcome.DUPLICATE, held.id, note)
    return _line(changes, entry, held, line, terms)


def _may_go_out(changes: CatalogTransaction, held: Item, terms: Terms) -> bool:
    """Whether a batch with the same file may ask that readers have this item.

    Of another unit it is not the batch's to publish, unless that stands above; and a batch vouches for what
    nobody has judged: what people withdrew, returned or found to be of no use is left to them.
    """
    if not _is_above(changes, terms, held):
        return False
    judged = changes.desk.assessments(held.id)
    if judged and judged[-1].verdict is not Verdict.USABLE:
        return False
    returned = held.reason is not None and held.reason.code == RETURNED
    return held.state is not State.WITHDRAWN and not returned


def _is_above(changes: CatalogTransaction, terms: Terms, held: Item) -> bool:
    """Whether the batch's unit is the item's, or stands above it."""
    return terms.batch.actor.unit in upwards(held.actor.unit, changes.people.parents(day_of(now())))


def _line(changes: CatalogTransaction, entry: BatchEntry, item: Item, line: Line, terms: Terms) -> BatchEntry:
    """Keep the line of the report in the transaction that makes it true."""
    entry = replace(entry, match=line.match)
    changes.add_entry(terms.batch.id, entry)
    former, by = line.instead_of, terms.batch.actor
    if line.replaces:
        said: dict[str, Json] = {"ordinal": line.ordinal, "now": item.accession}
        if former is not None and former.id != item.id:
            said["was"] = former.accession
            reason = Reason("item.replaced", {"accession": item.accession})
            changes.move(former.id, State.QUARANTINED, actor=by, at=now(), reason=reason)
        changes.note(event("file_replaced", by, item_id=item.id, batch_id=terms.batch.id, options=said))
    return entry


def _new_item(one: Input, scan: Scan, row: ManifestRow | None, terms: Terms) -> Item:
    moment = now()
    return Item(
        id=new_item_id(),
        accession=accession(terms.province, moment.year, 0),  # the catalogue gives the real one
        batch_id=terms.batch.id,
        actor=terms.batch.actor,
        state=State.RECEIVED,
        reason=AWAITING_PDF if scan.form is ScanForm.MEDIA else None,
        title=one.name,
        resource_type=None,
        year=None,
        form=scan.form,
        counts=Counts(declared=row.pages_declared if row else None, images=scan.image_count),
        confidence=None,
        revision=1,
        indexed_revision=None,
        publish=terms.batch.publish,
        created_at=moment,
        updated_at=moment,
    )


def _first_record(row: ManifestRow | None, facts: Facts) -> Record:
    """What the manifest says, and the file's own properties until the description weighs them."""
    if row is not None:
        return row.record
    title = facts.properties.get("title") if facts.form is ScanForm.MEDIA else None
    return Record({"title": FieldValue(title, Source.DOCUMENT, 0.3)} if title else {})


def _judge(
    shelf: Shelf, one: Input, files: Sequence[ScanFile], policy: IntakePolicy
) -> tuple[Facts, Reason | None]:
    """What the kept original is, and what is wrong with it, if anything."""
    try:
        with originals(shelf, files) as paths:
            if one.folder:
                return inspect_folder(paths, policy), None
            return inspect(paths[0], one.name, policy), None
    except IntakeError as error:
        return Facts(ScanForm.OTHER, "application/octet-stream", None, {}), error.reason


def unfinished(shelf: Shelf, entries: Sequence[BatchEntry]) -> tuple[ItemId, ...]:
    named = dict.fromkeys(entry.item_id for entry in entries if entry.item_id is not None)
    with shelf.catalog.view() as seen:
        return tuple(item_id for item_id in named if pending(seen.item(item_id), seen.stages(item_id)))
