"""Putting right what an audit found, as far as no person has to decide. Nothing is lost by it.

Originals are never deleted, and no reading is: a stray one may be all that is left of somebody's work.
What can be made from them is made again; what can be had from a backup is brought from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from domain.errors import FixityMismatch, IntakeError, ItemClaimed, ItemNotFound, ObjectNotFound, OcrError
from domain.holdings import Item, PageEntry, PageKind, Stage
from domain.ids import ItemId, ObjectKey, page_key
from domain.options import OcrOptions
from domain.ports import ObjectStore, Shelf, StoredObject
from domain.values import Actor, Fixity
from flows.steps.audit import Audited, Finding, Trouble
from flows.steps.claims import claimed
from flows.steps.copying import copy_object
from flows.steps.generations import Generation, kept_key
from flows.steps.listings import listings
from flows.steps.pages import read_pages
from flows.steps.pending import pending
from flows.steps.readings import agrees, told
from flows.steps.standing import known_pages
from flows.steps.work import Work, event

_NAMED = 20  # files that a note names
_STRAY = frozenset({Trouble.EXTRA, Trouble.ORPHANED})


@dataclass(frozen=True, slots=True)
class Source:
    """A backup that may be asked for what is not to be had otherwise."""

    kept: ObjectStore
    generation: Generation


@dataclass(slots=True)
class Repaired:
    """The keys of what was put right, and how; ``left`` is for a person."""

    brought: list[ObjectKey] = field(default_factory=list)  # from the backup
    read: list[ObjectKey] = field(default_factory=list)  # recognised again
    deleted: list[ObjectKey] = field(default_factory=list)  # derivatives that nothing names
    to_make: list[ObjectKey] = field(default_factory=list)  # the flows make them again
    left: list[Finding] = field(default_factory=list)


def repair(
    shelf: Shelf,
    audited: Audited,
    by: Actor,
    *,
    source: Source | None = None,
    heard: Callable[[int], None] = lambda _: None,
) -> Repaired:
    """Put right what ``audited`` found, item by item, each noted; ``heard`` gets how many are done.

    What somebody is at work on is left, and so is what only a person can judge. Raises what the
    machine's trouble raises; called again, after another audit, it goes on.
    """
    done = Repaired()
    wanted = {one.key for one in audited.findings if one.trouble not in _STRAY}
    known = _known(source, wanted)
    count = 0
    by_item = sorted(audited.findings, key=lambda one: (one.accession or "", one.key))
    for accession, found in groupby(by_item, key=lambda one: one.accession):
        findings = list(found)
        if accession is None:
            _strangers(shelf, findings, done)
        else:
            _item(_Repair(shelf, source, known, by, done), accession, findings)
        count += len(findings)
        heard(count)
    return done


def _known(source: Source | None, wanted: set[ObjectKey]) -> Mapping[ObjectKey, StoredObject]:
    """What the backup has under those keys."""
    if source is None or not wanted:
        return {}
    source.generation.check_files()
    named = (one for listing in listings(source.generation.listing) for one in listing.objects)
    return {one.key: one for one in named if one.key in wanted}


def _strangers(shelf: Shelf, findings: Sequence[Finding], done: Repaired) -> None:
    """Objects of no item: what was derived can go, since it can be made again; the rest stays."""
    for one in findings:
        owner, _, rest = one.key.removeprefix("items/").partition("/")
        if one.key.startswith("items/") and rest.startswith("derivatives/") and not _exists(shelf, owner):
            shelf.store.delete(one.key)
            done.deleted.append(one.key)
        else:
            done.left.append(one)


def _exists(shelf: Shelf, owner: str) -> bool:
    with shelf.catalog.view() as seen:
        try:
            seen.item(owner)
        except ItemNotFound:
            return False
        return True


@dataclass(frozen=True, slots=True)
class _Repair:
    shelf: Shelf
    source: Source | None
    known: Mapping[ObjectKey, StoredObject]
    by: Actor
    done: Repaired


def _item(work: _Repair, accession: str, findings: Sequence[Finding]) -> None:
    with work.shelf.catalog.view() as seen:
        item = seen.item(accession)
    try:
        with claimed(work.shelf, item.id):
            left = _with_claim(work, item, findings)
    except ItemClaimed:
        left = list(findings)
    work.done.left += left


def _with_claim(work: _Repair, item: Item, findings: Sequence[Finding]) -> list[Finding]:
    """What could not be put right of an item that is ours for the while."""
    shelf = work.shelf
    with shelf.catalog.view() as seen:
        pages = {page_key(item.id, home): page for home, page in known_pages(seen, item.id).items()}
        media = {one.key: one.media_type for one in seen.scan(item.id).files}
        media |= {one.key: one.media_type for one in seen.files(item.id)}
        busy = bool(pending(item, seen.stages(item.id)))
    how: dict[str, list[ObjectKey]] = {"brought": [], "read": [], "deleted": [], "to_make": []}
    left: list[Finding] = []
    whole = True  # nothing is made from an original that is not what was handed in
    for one in sorted(findings, key=lambda one: not one.key.startswith("originals/")):
        key, page = one.key, pages.get(one.key)
        if one.trouble in _STRAY:
            if busy or key in media or not key.startswith(f"items/{item.id}/derivatives/"):
                left.append(one)
            else:
                shelf.store.delete(key)
                how["deleted"].append(key)
        elif _bring(work, one, None if page and page.reading else page, media.get(key)):
            how["brought"].append(key)
        elif key.startswith("originals/") or not whole:
            whole = False
            left.append(one)
        elif page is not None and not page.locked and _read(work, item, page):
            how["read"].append(key)
        elif key.startswith(f"items/{item.id}/derivatives/") and key in media:
            how["to_make"].append(key)
        else:
            left.append(one)
    _note(work, item.id, how)
    return left


def _bring(work: _Repair, one: Finding, page: PageEntry | None, media_type: str | None) -> bool:
    """Bring an object from the backup; the reading of a page only where it is the one that is told of."""
    if work.source is None:
        return False
    held = work.known.get(one.key)
    fixity = one.expected if one.expected and media_type else (held.fixity if held else None)
    kind = media_type or (held.media_type if held else None)
    if fixity is None or kind is None:
        return False
    kept, key = work.source.kept, kept_key(fixity.sha256)
    try:
        if page is not None and not _is_told_of(kept, key, fixity, page):
            return False
        copy_object(kept, key, work.shelf.store, one.key, expected=fixity, media_type=kind, anew=True)
    except (ObjectNotFound, FixityMismatch):
        return False
    return True


def _is_told_of(kept: ObjectStore, key: ObjectKey, fixity: Fixity, page: PageEntry) -> bool:
    with kept.open(key) as opened:
        return agrees(opened.read(fixity.size + 1), told(page))


def _read(work: _Repair, item: Item, page: PageEntry) -> bool:
    """Read one page again. The same words leave the item as it was; others send it through its counting."""
    shelf = work.shelf
    with shelf.catalog.view() as seen:
        options = OcrOptions.model_validate(dict(seen.batch(item.batch_id).options))
    try:
        read_pages(shelf, item.id, [page.kept_as], Work(work.by, options))
    except (OcrError, IntakeError, ObjectNotFound, FixityMismatch):
        return False
    with shelf.catalog.begin() as changes:
        new = known_pages(changes, item.id)[page.kept_as]
        rests = page.kept_as in changes.places.resting(item.id)
        keep = changes.places.keep_resting if rests else changes.replace_page
        if new.kind is PageKind.UNREADABLE:
            keep(item.id, page)
            return False
        if rests:
            return True
        if told(new) == told(page):
            changes.replace_page(item.id, page)  # with its label and kind
        else:
            changes.reset_stages(item.id, [Stage.LEDGER, Stage.DESCRIBE, Stage.DERIVE])
            changes.set_indexed(item.id, None)
    return True


def _note(work: _Repair, item_id: ItemId, how: Mapping[str, Sequence[ObjectKey]]) -> None:
    if not any(how.values()):
        return
    options = {name: _told(keys, item_id) for name, keys in how.items() if keys}
    with work.shelf.catalog.begin() as changes:
        if how["to_make"]:
            changes.reset_stages(item_id, [Stage.DERIVE])
            changes.set_indexed(item_id, None)  # so that the flows see to published items too
        changes.note(event("repaired", work.by, item_id=item_id, options=options))
    work.done.brought += how["brought"]
    work.done.read += how["read"]
    work.done.deleted += how["deleted"]
    work.done.to_make += how["to_make"]


def _told(keys: Iterable[ObjectKey], item_id: ItemId) -> list[str]:
    names = [key.removeprefix(f"items/{item_id}/") for key in keys]
    more = len(names) - _NAMED
    return names if more <= 0 else [*names[:_NAMED], f"+{more}"]
