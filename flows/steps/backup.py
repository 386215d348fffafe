"""A backup of the whole shelf while work goes on: the catalogue of one moment, and the objects that it names.

The catalogue comes first, in one view. Objects are copied after it, so some may have been replaced
meanwhile. Originals rest under their own digest and never change. A derivative with another digest is
taken as it is now, with that digest, and marked to be made again. The catalogue keeps no digest of a
page's reading; where its item was quiet, what rests there is what the catalogue tells of, and where
somebody worked on it the reading itself has to agree in words, confidence, engine and size, or the page
is marked to be read again. A restored shelf goes on from these marks, so no backup tells what is not so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from domain.errors import FixityMismatch, ObjectNotFound
from domain.holdings import FileEntry, PageEntry, PageKind, ScanFile
from domain.ids import Accession, ItemId, ObjectKey, page_key
from domain.ports import CatalogTransaction, Criteria, ObjectStore, Shelf, StoredObject
from domain.values import Fixity, Json
from flows.steps.copying import copy_object
from flows.steps.generations import (
    CATALOG,
    OBJECTS,
    Generation,
    Manifest,
    being_written,
    finish,
    kept_key,
)
from flows.steps.jsonlines import fixity_of, reading, writing
from flows.steps.listings import Listing, listing_json
from flows.steps.readings import agrees
from flows.steps.readings import told as of_reading
from flows.steps.standing import known_pages
from flows.steps.walk import SLICE
from flows.steps.work import PROGRAM, now, program_version

TRIES = 3  # of one object, where somebody replaces it each time
KEPT_TYPE = "application/octet-stream"  # in the backup; the listing has the real ones
_WANTED = "wanted.jsonl.gz"  # what the catalogue of that moment names; gone at the end


@dataclass(frozen=True, slots=True)
class Made:
    generation: Generation
    copied: int  # objects that the folder did not have yet
    copied_size: int  # their bytes
    marked: int  # items of which something has to be read or made again after a restoration


@dataclass(slots=True)
class _Sums:
    items: int = 0
    objects: int = 0
    size: int = 0
    lost: int = 0
    marked: int = 0
    copied: int = 0
    copied_size: int = 0


def backup(
    shelf: Shelf, kept: ObjectStore, folder: Path, told: Callable[[int, int], None] = lambda *_: None
) -> Made:
    """Make a new generation in ``folder``, whose objects rest in ``kept``; only new ones are copied.

    ``told`` hears how many of how many items are there. Raises BackupLocked, OSError; what an
    interruption leaves is no backup, and the objects copied until then are not copied again.
    """
    with being_written(folder) as draft:
        moment = now()
        rows, items = _snapshot(shelf, draft)
        sums = _Sums()
        with writing(draft / OBJECTS) as out:
            for told_of in reading(draft / _WANTED):
                listing = _take_item(shelf, kept, told_of, sums)
                out(listing_json(listing))
                _count(listing, sums)
                told(sums.items, items)
        (draft / _WANTED).unlink()
        manifest = Manifest(
            made_at=moment.isoformat(),
            program=f"{PROGRAM} {program_version()}",
            layout=_layout(shelf),
            rows=rows,
            items=sums.items,
            objects=sums.objects,
            size=sums.size,
            lost=sums.lost,
            catalog=fixity_of(draft / CATALOG),
            listing=fixity_of(draft / OBJECTS),
        )
        return Made(finish(draft, manifest, moment), sums.copied, sums.copied_size, sums.marked)


def _layout(shelf: Shelf) -> str:
    with shelf.catalog.view() as seen:
        return seen.layout()


def _count(listing: Listing, sums: _Sums) -> None:
    sums.items += 1
    sums.objects += len(listing.objects)
    sums.size += sum(one.fixity.size for one in listing.objects)
    sums.lost += len(listing.lost)
    sums.marked += bool(listing.pages or listing.derive)


# the catalogue of one moment


def _snapshot(shelf: Shelf, draft: Path) -> tuple[Mapping[str, int], int]:
    """The rows by table, and the number of items; ``draft`` has them, and what they name."""
    rows: Counter[str] = Counter()
    items = 0
    with shelf.catalog.view() as seen:
        with writing(draft / CATALOG) as out:
            for row in seen.dump():
                out([row.table, row.values])
                rows[row.table] += 1
        with writing(draft / _WANTED) as out:
            for item_id in _items(seen):
                out(_wanted(seen, item_id))
                items += 1
    return dict(rows), items


def _items(seen: CatalogTransaction) -> Iterator[ItemId]:
    after: Accession | None = None
    while True:
        part = seen.find_items(Criteria(), after=after, limit=SLICE)
        yield from (item.id for item in part.items)
        if part.after is None:
            return
        after = part.after


def _wanted(seen: CatalogTransaction, item_id: ItemId) -> dict[str, Json]:
    return {
        "item": item_id,
        "originals": [_file(one) for one in seen.scan(item_id).files],
        "derivatives": [_file(one) for one in seen.files(item_id)],
        "pages": _readings(known_pages(seen, item_id).values()),
    }


def _file(one: ScanFile | FileEntry) -> dict[str, Json]:
    return {"key": one.key, "fixity": asdict(one.fixity), "media_type": one.media_type}


def _readings(pages: Iterable[PageEntry]) -> list[dict[str, Json]]:
    """What the catalogue tells of the kept reading of each page, and only that."""
    return [
        {
            "number": page.kept_as,
            "options": page.options_digest,
            "picture": page.image_sha256,
            "source": page.text_source,
            # What a person corrected rests among the derivatives; of what was read nothing is told then.
            "read": None if page.reading else of_reading(page),
        }
        for page in pages
        if page.kind is not PageKind.UNREADABLE
    ]


# the objects that it names


def _take_item(shelf: Shelf, kept: ObjectStore, wanted: Mapping[str, Any], sums: _Sums) -> Listing:
    item_id = ItemId(wanted["item"])
    objects: list[StoredObject] = []
    lost: list[ObjectKey] = []
    for asked in map(_asked, wanted["originals"]):
        taken = _take(shelf, kept, asked, sums)
        if taken == asked:
            objects.append(asked)
        else:
            lost.append(asked.key)
    derive = False
    for asked in map(_asked, wanted["derivatives"]):
        taken = _take(shelf, kept, asked, sums)
        derive = derive or taken != asked
        if taken is None:
            lost.append(asked.key)
        else:
            objects.append(taken)
    readings, again = _take_readings(shelf, kept, item_id, wanted["pages"], sums)
    lost += [page_key(item_id, number) for number in again if page_key(item_id, number) not in readings]
    objects += readings.values()
    return Listing(item_id, tuple(objects), tuple(lost), tuple(again), derive)


def _asked(told: Mapping[str, Any]) -> StoredObject:
    return StoredObject(ObjectKey(told["key"]), Fixity(**told["fixity"]), told["media_type"])


def _take(shelf: Shelf, kept: ObjectStore, asked: StoredObject, sums: _Sums) -> StoredObject | None:
    """Copy an object as asked for, or as it has been replaced since; None where it is gone or damaged."""
    for _ in range(TRIES):
        to, fixity = kept_key(asked.fixity.sha256), asked.fixity
        try:
            if copy_object(shelf.store, asked.key, kept, to, expected=fixity, media_type=KEPT_TYPE):
                sums.copied, sums.copied_size = sums.copied + 1, sums.copied_size + fixity.size
        except ObjectNotFound:
            return None
        except FixityMismatch:
            now_there = _stat(shelf.store, asked.key)
            if now_there is None or now_there.fixity == asked.fixity:
                return None  # its bytes are not what was put
            asked = now_there
        else:
            return asked
    return None


def _stat(store: ObjectStore, key: ObjectKey) -> StoredObject | None:
    try:
        return store.stat(key)
    except (ObjectNotFound, FixityMismatch):
        return None


def _take_readings(
    shelf: Shelf, kept: ObjectStore, item_id: ItemId, pages: Sequence[Mapping[str, Any]], sums: _Sums
) -> tuple[dict[ObjectKey, StoredObject], list[int]]:
    """The kept readings, and the homes of pages that have none, or not the one the catalogue tells of."""
    if not pages:
        return {}, []
    held = {one.key: one for one in shelf.store.list(f"items/{item_id}/pages/")}
    taken: dict[ObjectKey, StoredObject] = {}
    for page in pages:
        key = page_key(item_id, page["number"])
        one = _take(shelf, kept, held[key], sums) if key in held else None
        if one is not None:
            taken[key] = one
    quiet = _is_quiet(shelf, item_id, pages)
    again = [
        page["number"]
        for page in pages
        if (one := taken.get(page_key(item_id, page["number"]))) is None
        or not (quiet or _agrees(kept, one, page["read"]))
    ]
    return taken, again


def _is_quiet(shelf: Shelf, item_id: ItemId, pages: Sequence[Mapping[str, Any]]) -> bool:
    """Whether nobody has read a page of the item since the catalogue told of them, nor may be at it now.

    A reading is put before it is entered, and both happen under a claim.
    """
    with shelf.catalog.view() as seen:
        if any(claim.item_id == item_id for claim in seen.claims()):
            return False
        return {one["number"]: one for one in _readings(known_pages(seen, item_id).values())} == {
            page["number"]: page for page in pages
        }


def _agrees(kept: ObjectStore, reading: StoredObject, expected: Sequence[Any] | None) -> bool:
    if expected is None:
        return True
    with kept.open(kept_key(reading.fixity.sha256)) as source:
        return agrees(source.read(), expected)
