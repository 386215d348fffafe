"""The stages after reading, one function each; every one ends in a single commit with its ledger line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from catalog.citations import find_citations
from catalog.describe import propose
from catalog.records import merge
from domain.errors import ConfidentialMarking, DamagedFile
from domain.holdings import Item, PageKind, ScanForm, Stage, State
from domain.ids import ItemId
from domain.options import IntakePolicy
from domain.ports import CatalogTransaction, Shelf
from domain.records import Citation, Record
from domain.text import OcrPage, doubtful
from flows.steps.claims import renew
from flows.steps.derive import derive_files
from flows.steps.originals import originals
from flows.steps.pages import load_pages, read_pages
from flows.steps.pending import NEW_PLACES, OLD_WORDS
from flows.steps.publish import INDEXED_STATES, index_item, publish_if_asked
from flows.steps.standing import heed_markings, settle, unread, wanted_homes
from flows.steps.work import Work, event, now
from ocr.inspect import inspect
from ocr.ledger import LedgerBuilder
from ocr.marking import confidential_marking

FIRST_PAGES = 8  # where title, imprint and contents stand
LAST_PAGES = 2  # where some books carry the imprint
MAX_CITATIONS = 5_000  # of one item; a book that cites more is not a book


def close_reading(shelf: Shelf, item_id: ItemId, work: Work) -> None:
    """Every page is there: the item is read. Raises DamagedFile where no page could be.

    Pages that people arranged anew take their place now, all at once; what readers find follows first.
    Raises ConfidentialMarking where one of them bears a marking.
    """
    while True:
        heed_markings(shelf, item_id, work)
        with shelf.catalog.begin() as changes:
            left, settled = _closed(changes, item_id, work)
        if not left:
            break
        read_pages(shelf, item_id, left, work)  # arranged once more, since this began
    if settled:
        with shelf.catalog.view() as seen:
            indexed = seen.item(item_id).state in INDEXED_STATES
        if indexed:
            index_item(shelf, item_id, work.by)


def _closed(changes: CatalogTransaction, item_id: ItemId, work: Work) -> tuple[Sequence[int], bool]:
    """The pages (by their homes) that have to be read before; whether other pages stand now."""
    item = changes.item(item_id)
    wanted = wanted_homes(changes, item_id, item.counts.images or 0)
    if changes.places.arrangement(item_id) is not None:
        left = unread(changes, item_id, wanted, work.options.digest)
        if left:
            return left, False
    settled = settle(changes, item_id)
    pages = changes.pages(item_id)
    if pages and all(page.kind is PageKind.UNREADABLE for page in pages):
        first = pages[0].problem
        detail = str(first.fields.get("detail", "")) if first else ""
        raise DamagedFile(name=item.title, detail=detail)
    engines = sorted({page.engine for page in pages if page.engine})
    name, _, version = (engines[0] if engines else "tusach").partition(" ")
    if changes.stages(item_id).get(Stage.READ) != NEW_PLACES:
        changes.move(item_id, State.READ, actor=work.by, at=now())
    changes.complete_stage(item_id, Stage.READ, work.options.digest, now())
    changes.note(
        event(
            "read",
            work.by,
            item_id=item_id,
            program=name,
            program_is=version or None,
            options={**work.options.model_dump(mode="json"), "pages": len(pages)},
        )
    )
    renew(changes, item_id, work.held_by)
    return (), settled


def close_ledger(shelf: Shelf, item_id: ItemId, work: Work) -> None:
    """Count pages, read folios, look for confidential markings. Raises ConfidentialMarking."""
    with shelf.catalog.view() as seen:
        item = seen.item(item_id)
        cleared = work.cleared or any(one.action == "cleared" for one in seen.history(item_id))
    while not _counted(shelf, item_id, item, work, cleared=cleared):
        with shelf.catalog.view() as seen:
            item = seen.item(item_id)


def _counted(shelf: Shelf, item_id: ItemId, item: Item, work: Work, *, cleared: bool) -> bool:
    """Whether the ledger could be closed; not where a person put a page right meanwhile."""
    builder = LedgerBuilder(item.counts.declared, item.counts.images or 0)
    weighted = words = 0.0
    for entry, page in load_pages(shelf, item_id):
        if page is not None and entry.doubtful is None:
            entry = replace(entry, doubtful=doubtful(page.words))
        if page is not None and not cleared and (marking := confidential_marking(page)):
            raise ConfidentialMarking(marking=marking, page=entry.number)
        builder.add(entry, page)
        if entry.confidence is not None:
            weighted += entry.confidence * entry.words
            words += entry.words
    ledger = builder.close()
    told = [{"page": page, "code": why.code, "fields": dict(why.fields)} for page, why in ledger.problems]
    with shelf.catalog.begin() as changes:
        if changes.item(item_id).revision != item.revision:
            return False
        for entry in ledger.pages:
            changes.replace_page(item_id, entry)
        changes.set_counts(item_id, ledger.counts, weighted / words if words else None)
        changes.complete_stage(item_id, Stage.LEDGER, work.options.digest, now())
        changes.note(event("counted", work.by, item_id=item_id, options={"problems": told}))
        renew(changes, item_id, work.held_by)
    return True


def describe(shelf: Shelf, item_id: ItemId, work: Work) -> None:
    """Propose a record from manifest, title page and document properties; what staff said stays."""
    while not _described(shelf, item_id, work):
        pass


def _described(shelf: Shelf, item_id: ItemId, work: Work) -> bool:
    """Whether the proposal could be kept; not where a person changed the record meanwhile."""
    with shelf.catalog.view() as seen:
        item, scan, known = seen.item(item_id), seen.scan(item_id), seen.record(item_id)
        total = len(seen.pages(item_id))
    near: list[OcrPage] = []
    cites: list[Citation] = []
    for entry, page in load_pages(shelf, item_id):
        if page is None:
            continue
        if entry.number <= FIRST_PAGES or entry.number > total - LAST_PAGES:
            near.append(page)
        if len(cites) < MAX_CITATIONS:
            cites += find_citations(page.text, entry.number)
    name = scan.files[0].name if len(scan.master) == 1 else item.title
    proposed = propose(
        near, properties=_properties(shelf, item_id), file_name=name, form=scan.form, manifest=known
    )
    merged = merge(known, proposed)
    record = Record(merged.fields, _with_verdicts(cites[:MAX_CITATIONS], known))
    with shelf.catalog.begin() as changes:
        if changes.record(item_id) != known:
            return False
        if record != known:
            changes.set_record(item_id, record)
        if changes.item(item_id).state is State.READ:
            changes.move(item_id, State.DESCRIBED, actor=work.by, at=now())
        changes.complete_stage(item_id, Stage.DESCRIBE, work.options.digest, now())
        changes.note(event("described", work.by, item_id=item_id, options={"fields": sorted(record.fields)}))
        renew(changes, item_id, work.held_by)
    return True


def _properties(shelf: Shelf, item_id: ItemId) -> Mapping[str, str]:
    """What the file says of itself; it has passed intake, so only generous bounds hold here."""
    with shelf.catalog.view() as seen:
        scan = seen.scan(item_id)
    if scan.form is not ScanForm.PDF:
        return {}
    with originals(shelf, scan.master) as paths:
        return inspect(paths[0], scan.files[0].name, IntakePolicy(max_pages=10**9)).properties


def _with_verdicts(found: list[Citation], known: Record) -> tuple[Citation, ...]:
    """Citations as found, with the confirmations that people gave to the same ones before."""
    given = {(one.so_ky_hieu, one.page): one.confirmed_by for one in known.cites if one.confirmed_by}
    return tuple(replace(one, confirmed_by=given.get((one.so_ky_hieu, one.page))) for one in found)


def derive(shelf: Shelf, item_id: ItemId, work: Work) -> None:
    """Make every derivative, then say so; again where a person changed the item meanwhile."""
    while not _derived(shelf, item_id, work):
        pass


def _derived(shelf: Shelf, item_id: ItemId, work: Work) -> bool:
    with shelf.catalog.view() as seen:
        revision = seen.item(item_id).revision
        words_alone = seen.stages(item_id).get(Stage.DERIVE) == OLD_WORDS
    files = derive_files(shelf, item_id, work, words_alone=words_alone)
    with shelf.catalog.begin() as changes:
        changes.keep_files(item_id, files)
        renew(changes, item_id, work.held_by)
        if changes.item(item_id).revision != revision:
            changes.complete_stage(item_id, Stage.DERIVE, OLD_WORDS, now())
            return False
        changes.complete_stage(item_id, Stage.DERIVE, work.options.digest, now())
        changes.note(
            event(
                "derived", work.by, item_id=item_id, options={"files": len(files), "ocr": work.options.digest}
            )
        )
    return True


def index(shelf: Shelf, item_id: ItemId, work: Work) -> None:
    index_item(shelf, item_id, work.by)


STAGES: Mapping[Stage, Callable[[Shelf, ItemId, Work], None]] = {
    Stage.READ: close_reading,
    Stage.LEDGER: close_ledger,
    Stage.DESCRIBE: describe,
    Stage.DERIVE: derive,
    Stage.PUBLISH: publish_if_asked,
    Stage.INDEX: index,
}
