"""From a backup to a shelf, and whether a backup is whole."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from domain.errors import BackupDamaged, FixityMismatch, ObjectNotFound
from domain.holdings import Stage, State
from domain.ids import ObjectKey
from domain.ports import CatalogRow, CatalogTransaction, Criteria, ObjectStore, Shelf, StoredObject
from domain.values import Actor, Fixity
from flows.steps.arrival import arriving
from flows.steps.copying import copy_object, measure_object
from flows.steps.generations import Generation, kept_key
from flows.steps.jsonlines import reading
from flows.steps.listings import Listing, listings
from flows.steps.pending import pending
from flows.steps.publish import reindex
from flows.steps.walk import walk
from flows.steps.work import event

Told = Callable[[int, int], None]  # items done, and of how many


def _nobody(done: int, total: int) -> None:
    """Nobody wants to know how far it has come."""


@dataclass(frozen=True, slots=True)
class Restored:
    items: int
    objects: int
    size: int  # bytes
    unfinished: int  # items that the flows go on with
    lost: tuple[ObjectKey, ...]  # that the backup could not take, and that the catalogue names all the same


@dataclass(frozen=True, slots=True)
class Sound:
    """What was read of a backup."""

    items: int
    objects: int
    size: int  # bytes
    damaged: tuple[str, ...]  # digests of objects that are missing or not what they were


def restore(
    shelf: Shelf,
    kept: ObjectStore,
    generation: Generation,
    by: Actor,
    told: Told = _nobody,
    *,
    despite_damage: bool = False,
) -> Restored:
    """Bring a generation into an empty installation; called again after a kill it goes on.

    Files come first, each compared with its digest; the catalogue in one commit; then the index is
    built from both. ``despite_damage``: objects that the backup has no longer are lost, as if it had never
    had them, and what can be made again is; the catalogue has to be whole. Raises ShelfNotEmpty,
    BackupDamaged, NewerData; nothing of a damaged catalogue is kept.
    """
    generation.check_files()
    manifest = generation.manifest
    with arriving(shelf, f"backup {generation.name}"):
        if not _is_loaded(shelf, generation):
            for done, one in enumerate(_listings(generation), start=1):
                for held in one.objects:
                    _bring(shelf, kept, held, despite_damage=despite_damage)
                told(done, manifest.items)
            _load(shelf, generation, by)
        _index(shelf, by)
        lost: list[ObjectKey] = []
        with shelf.catalog.begin() as changes:
            for one in _brought(shelf, generation):
                lost += one.lost
                if one.pages or one.derive:  # so that the flows see to it, published or not
                    changes.set_indexed(one.item_id, None)
    return Restored(manifest.items, manifest.objects, manifest.size, unfinished(shelf), tuple(lost))


def _is_loaded(shelf: Shelf, generation: Generation) -> bool:
    with shelf.catalog.view() as seen:
        event = seen.shelf_event("restored")
    return event is not None and event.options.get("backup") == generation.name


def _listings(generation: Generation) -> Iterator[Listing]:
    count = 0
    for one in listings(generation.listing):
        count += 1
        yield one
    if count != generation.manifest.items:
        detail = f"{count} items where the manifest has {generation.manifest.items}"
        raise BackupDamaged(path=str(generation.listing), detail=detail)


def _brought(shelf: Shelf, generation: Generation) -> Iterator[Listing]:
    """The listings, of what is in the shelf's store; the rest of their objects is lost."""
    for one in _listings(generation):
        missing = {held.key for held in one.objects if not _is_there(shelf.store, held)}
        if not missing:
            yield one
            continue
        named = (re.fullmatch(rf"items/{one.item_id}/pages/(\d{{6,9}})\.hocr", key) for key in missing)
        yield replace(
            one,
            objects=tuple(held for held in one.objects if held.key not in missing),
            lost=(*one.lost, *sorted(missing)),
            pages=(*one.pages, *(int(found[1]) for found in named if found)),
            derive=one.derive or any("/derivatives/" in key for key in missing),
        )


def _is_there(store: ObjectStore, held: StoredObject) -> bool:
    try:
        return store.stat(held.key).fixity == held.fixity
    except (ObjectNotFound, FixityMismatch):
        return False


def _bring(shelf: Shelf, kept: ObjectStore, held: StoredObject, *, despite_damage: bool) -> None:
    try:
        copy_object(
            kept,
            kept_key(held.fixity.sha256),
            shelf.store,
            held.key,
            expected=held.fixity,
            media_type=held.media_type,
        )
    except (ObjectNotFound, FixityMismatch) as error:
        if despite_damage:
            return
        detail = f"{held.key}: {error.code}"
        raise BackupDamaged(path=f"objects/{kept_key(held.fixity.sha256)}", detail=detail) from error


def _load(shelf: Shelf, generation: Generation, by: Actor) -> None:
    manifest = generation.manifest
    with shelf.catalog.begin() as changes:
        changes.load(_rows(generation), layout=manifest.layout)
        for one in _brought(shelf, generation):
            _mark(changes, one)
        told = {"backup": generation.name, "made_at": manifest.made_at, "program": manifest.program}
        changes.note(event("restored", by, options=told))


def _rows(generation: Generation) -> Iterator[CatalogRow]:
    """The rows, and no more of them than the manifest says. Raises BackupDamaged."""
    path, expected = str(generation.catalog), generation.manifest.rows
    found: Counter[str] = Counter()
    for line in reading(generation.catalog):
        match line:
            case [str(table), dict(values)]:
                found[table] += 1
            case _:
                raise BackupDamaged(path=path, detail="a line that is no row")
        if found[table] > expected.get(table, 0):
            raise BackupDamaged(path=path, detail=f"more rows of {table[:80]} than the manifest says")
        yield CatalogRow(table, values)
    if found != Counter(expected):
        raise BackupDamaged(path=path, detail="fewer rows than the manifest says")


def _mark(changes: CatalogTransaction, one: Listing) -> None:
    """Have the flows read or make again what was not as the catalogue tells.

    A published item stays so: its pages are seen to by an audit that repairs.
    """
    if one.derive:
        held = {stored.key: stored.fixity for stored in one.objects}
        files = [replace(file, fixity=held.get(file.key, file.fixity)) for file in changes.files(one.item_id)]
        changes.keep_files(one.item_id, files)
        changes.reset_stages(one.item_id, [Stage.DERIVE])
    for home, page in changes.places.resting(one.item_id).items() if one.pages else ():
        if home in one.pages:
            changes.places.keep_resting(one.item_id, replace(page, options_digest="", locked=False))
    if one.pages and changes.item(one.item_id).state is not State.PUBLISHED:
        for page in changes.pages(one.item_id):
            if page.kept_as in one.pages:
                changes.replace_page(one.item_id, replace(page, options_digest=""))
        changes.reset_stages(one.item_id, tuple(Stage))


def _index(shelf: Shelf, by: Actor) -> None:
    """Every item with all its readings; of the others the listing tells, and the flows read them again."""
    try:
        reindex(shelf, by)
    except ObjectNotFound:
        return


def unfinished(shelf: Shelf) -> int:
    """Items with something still to do that no person has to decide."""
    count = 0
    for item in walk(shelf, Criteria()):
        with shelf.catalog.view() as seen:
            count += bool(pending(item, seen.stages(item.id)))
    return count


def check(kept: ObjectStore, generation: Generation, told: Told = _nobody) -> Sound:
    """Read a whole generation and compare every digest; changes nothing. Raises BackupDamaged."""
    generation.check_files()
    for _ in _rows(generation):
        pass
    damaged: dict[str, None] = {}
    objects = size = 0
    for done, one in enumerate(_listings(generation), start=1):
        for held in one.objects:
            objects, size = objects + 1, size + held.fixity.size
            if not _is_sound(kept, held.fixity):
                damaged[held.fixity.sha256] = None
        told(done, generation.manifest.items)
    return Sound(generation.manifest.items, objects, size, tuple(damaged))


def _is_sound(kept: ObjectStore, expected: Fixity) -> bool:
    try:
        return measure_object(kept, kept_key(expected.sha256)) == expected
    except (ObjectNotFound, FixityMismatch):
        return False
