"""Fixity: whether every file is there and is what it was when it was kept. Nothing is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import ItemNotFound, ObjectNotFound
from domain.holdings import PageKind
from domain.ids import Accession, ItemId, ObjectKey, page_key
from domain.ports import CatalogTransaction, Checked, Criteria, Shelf
from domain.values import Fixity
from flows.steps.pending import pending
from flows.steps.standing import known_pages
from flows.steps.walk import walk

_ITEMS, _ORIGINALS = "items/", "originals/"


class Trouble(StrEnum):
    """What is wrong with one object of the store."""

    MISSING = "missing"
    ALTERED = "altered"  # it is not what was kept
    EXTRA = "extra"  # the catalogue knows its item and not the file
    ORPHANED = "orphaned"  # the catalogue knows no item that it belongs to


@dataclass(frozen=True, slots=True)
class Finding:
    key: ObjectKey
    trouble: Trouble
    accession: Accession | None  # None for an orphan
    name: str  # what staff know it by: "access.pdf", the file's name as it was handed in; else the key
    expected: Fixity | None = None
    found: Fixity | None = None  # None where it cannot be told


@dataclass(frozen=True, slots=True)
class Audited:
    items: int
    objects: int  # that were read
    size: int  # their bytes
    findings: tuple[Finding, ...]  # by key


@dataclass(frozen=True, slots=True)
class _Due:
    """A file that the catalogue says is there."""

    accession: Accession
    name: str
    fixity: Fixity | None  # None where the store alone knows: of the kept reading of a page


@dataclass(slots=True)
class _Sums:
    items: int = 0
    objects: int = 0
    size: int = 0


def audit(shelf: Shelf, told: Callable[[int], None] = lambda _: None) -> Audited:
    """Read every object and compare it with the catalogue; ``told`` is given how many were read so far.

    What is found is looked at once more at the end, since items may change meanwhile: a file that is
    kept before the catalogue says so, or replaced, is no finding. Memory goes with the number of items
    and of originals, not of pages.
    """
    sums = _Sums()
    first = [*_look(shelf, sums, told)]
    originals = _entered(shelf)[1] if any(one.key.startswith(_ORIGINALS) for one in first) else {}
    sure = (_again(shelf, one, originals) for one in first)
    findings = sorted((one for one in sure if one is not None), key=lambda one: one.key)
    return Audited(sums.items, sums.objects, sums.size, tuple(findings))


def _look(shelf: Shelf, sums: _Sums, told: Callable[[int], None]) -> Iterator[Finding]:
    unseen, originals = _entered(shelf)
    sums.items = len(unseen)
    at: str | None = None
    due: dict[ObjectKey, _Due] = {}
    for key in shelf.store.keys(""):
        owner = _owner(key)
        if owner != at:  # keys come in order, so that all of one item were seen
            yield from _missing(due)
            unseen.discard(ItemId(owner or ""))
            at, due = owner, _due_of(shelf, ItemId(owner)) if owner else {}
        one = originals.pop(key, None) if key.startswith(_ORIGINALS) else due.pop(key, None)
        try:
            checked = shelf.store.check(key)
        except ObjectNotFound:  # deleted since it was listed
            if one is not None:
                yield _gone(key, one)
            continue
        if one is None:
            yield _unknown(shelf, key)
        elif altered := _compared(checked, one):
            yield altered
        sums.objects, sums.size = sums.objects + 1, sums.size + checked.found.size
        told(sums.objects)
    yield from _missing(due)
    for item_id in unseen:  # of which the store has nothing
        yield from _missing(_due_of(shelf, item_id))
    yield from _missing(originals)


def _again(shelf: Shelf, finding: Finding, originals: Mapping[ObjectKey, _Due]) -> Finding | None:
    """The same finding if it still is one."""
    key, owner = finding.key, _owner(finding.key)
    due = (_due_of(shelf, ItemId(owner)) if owner else originals).get(key)
    try:
        if due is not None:
            return _compared(shelf.store.check(key), due)
        shelf.store.stat(key)
    except ObjectNotFound:
        return _gone(key, due) if due is not None else None
    return None if owner and _on_its_way(shelf, ItemId(owner)) else _unknown(shelf, key)


def _entered(shelf: Shelf) -> tuple[set[ItemId], dict[ObjectKey, _Due]]:
    """All items, and the files of their scans; of the same content there is one."""
    items: set[ItemId] = set()
    originals: dict[ObjectKey, _Due] = {}
    for item in walk(shelf, Criteria()):
        items.add(item.id)
        with shelf.catalog.view() as seen:
            files = seen.scan(item.id).files
        for file in files:
            originals.setdefault(file.key, _Due(item.accession, file.name, file.fixity))
    return items, originals


def _due_of(shelf: Shelf, item_id: ItemId) -> dict[ObjectKey, _Due]:
    """What rests under an item's own name; nothing for one that the catalogue does not know."""
    with shelf.catalog.view() as seen:
        accession = _accession(seen, item_id)
        if accession is None:
            return {}
        due = {file.key: _Due(accession, file.name, file.fixity) for file in seen.files(item_id)}
        for home, page in known_pages(seen, item_id).items():
            if page.kind is not PageKind.UNREADABLE:
                key = page_key(item_id, home)
                due[key] = _Due(accession, key.rpartition("/")[2], None)
    return due


def _compared(checked: Checked, due: _Due) -> Finding | None:
    key, found = checked.stored.key, checked.found
    expected = due.fixity or checked.stored.fixity
    if found == expected:
        return None
    return Finding(key, Trouble.ALTERED, due.accession, due.name, expected, found)


def _missing(due: Mapping[ObjectKey, _Due]) -> Iterator[Finding]:
    return (_gone(key, one) for key, one in due.items())


def _gone(key: ObjectKey, due: _Due) -> Finding:
    return Finding(key, Trouble.MISSING, due.accession, due.name, due.fixity)


def _unknown(shelf: Shelf, key: ObjectKey) -> Finding:
    owner = _owner(key)
    with shelf.catalog.view() as seen:
        accession = _accession(seen, ItemId(owner)) if owner else None
    return Finding(key, Trouble.EXTRA if accession else Trouble.ORPHANED, accession, key)


def _on_its_way(shelf: Shelf, item_id: ItemId) -> bool:
    """Whether a file may have been kept of which the catalogue will be told."""
    with shelf.catalog.view() as seen:
        if _accession(seen, item_id) is None:
            return False
        return bool(pending(seen.item(item_id), seen.stages(item_id)))


def _accession(seen: CatalogTransaction, item_id: ItemId) -> Accession | None:
    try:
        return seen.item(item_id).accession
    except ItemNotFound:
        return None


def _owner(key: ObjectKey) -> str | None:
    """The item under whose name an object rests."""
    return key.split("/")[1] if key.startswith(_ITEMS) and key.count("/") > 1 else None
