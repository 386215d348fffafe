"""From one shelf to another of other adapters: the source is only read, and both are compared at the end."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from domain.errors import FixityMismatch, MovedNotEqual, ObjectNotFound, ShelfAtWork
from domain.ids import ObjectKey
from domain.ports import CatalogTransaction, Shelf, StoredObject
from domain.values import Actor
from flows.steps.arrival import MARK, arriving
from flows.steps.claims import dead
from flows.steps.copying import copy_object, measure_object
from flows.steps.index_check import verify
from flows.steps.publish import reindex
from flows.steps.work import event, now

_SHOWN = 20  # differences that are named


@dataclass(frozen=True, slots=True)
class Moved:
    rows: int  # of the catalogue
    objects: int
    size: int  # bytes
    indexed: int  # items


@dataclass(frozen=True, slots=True)
class Table:
    """What one table of the catalogue comes to."""

    rows: int
    sha256: str  # of its rows as JSON Lines


def move(
    source: Shelf, target: Shelf, origin: str, by: Actor, told: Callable[[int], None] = lambda _: None
) -> Moved:
    """Bring everything from ``source`` into the empty ``target``; called again after a kill it goes on.

    ``origin`` names the source, so that nothing goes on with the half of another one; ``told`` hears how
    many objects were copied or compared. Raises ShelfAtWork, ShelfNotEmpty, and MovedNotEqual where one
    object, one row or the index is not the same at the end.
    """
    check_quiet(source)
    tables = _tables(source)
    with arriving(target, f"move from {origin}"):
        _copy_objects(source, target, told)
        _copy_catalog(source, target)
        try:
            indexed = reindex(target, by)
        except ObjectNotFound as error:  # a reading is gone, in the source too
            raise MovedNotEqual(what=[str(error.fields.get("key"))]) from error
        objects, size, unlike = _compare_objects(source, target, told)
        unlike += _compare_tables(tables, _tables(target))
        unlike += [f"index: {one.accession or one.item_id}" for one in verify(target).differences]
        check_quiet(source)
        unlike += _compare_tables(tables, _tables(source))  # somebody worked there meanwhile
        if unlike:
            raise MovedNotEqual(what=unlike[:_SHOWN])
    rows = sum(table.rows for table in tables.values())
    with target.catalog.begin() as changes:
        changes.note(event("relocated", by, options={"rows": rows, "files": objects, "bytes": size}))
    return Moved(rows, objects, size, indexed)


def check_quiet(shelf: Shelf) -> None:
    """Raises ShelfAtWork where a process that may live holds a claim."""
    moment = now()
    with shelf.catalog.view() as seen:
        held = [
            seen.item(claim.item_id).accession
            for claim in seen.claims()
            if claim.expires_at > moment and not dead(claim.holder)
        ]
    if held:
        raise ShelfAtWork(items=[*held])


def _copy_objects(source: Shelf, target: Shelf, told: Callable[[int], None]) -> None:
    """What cannot be copied, as it is not what it was, is found by the comparison."""
    for count, one in enumerate(source.store.list(""), start=1):
        try:
            copy_object(
                source.store,
                one.key,
                target.store,
                one.key,
                expected=one.fixity,
                media_type=one.media_type,
            )
        except (FixityMismatch, ObjectNotFound):
            continue
        finally:
            told(count)


def _copy_catalog(source: Shelf, target: Shelf) -> None:
    """In one commit; one that an earlier call brought is compared at the end like all else."""
    with target.catalog.view() as seen:
        if seen.batches(1):
            return
    with source.catalog.view() as seen, target.catalog.begin() as changes:
        changes.load(seen.dump(), layout=seen.layout())


# comparing


def _tables(shelf: Shelf) -> dict[str, Table]:
    with shelf.catalog.view() as seen:
        return digests(seen)


def digests(seen: CatalogTransaction) -> dict[str, Table]:
    """What every table with a row in it comes to, alike whatever database is behind it."""
    running: dict[str, tuple[int, hashlib._Hash]] = {}
    for row in seen.dump():
        count, digest = running.get(row.table) or (0, hashlib.sha256())
        line = json.dumps(row.values, ensure_ascii=False, separators=(",", ":"))
        digest.update(line.encode("utf-8", "surrogatepass") + b"\n")
        running[row.table] = count + 1, digest
    return {name: Table(count, digest.hexdigest()) for name, (count, digest) in running.items()}


def _compare_tables(expected: dict[str, Table], found: dict[str, Table]) -> list[str]:
    names = sorted(expected.keys() | found.keys())
    return [f"catalog: {name}" for name in names if expected.get(name) != found.get(name)]


def _compare_objects(source: Shelf, target: Shelf, told: Callable[[int], None]) -> tuple[int, int, list[str]]:
    """Read every object of both; how many there are, their bytes, and which are not the same."""
    count = size = 0
    unlike: list[str] = []
    for key, here, there in _pairs(source.store.list(""), target.store.list("")):
        if key == MARK:
            continue
        count += 1
        told(count)
        if here is None or there is None or not _same(source, here, target, there):
            unlike.append(f"store: {key}")
        else:
            size += here.fixity.size
    return count, size, unlike


def _same(source: Shelf, here: StoredObject, target: Shelf, there: StoredObject) -> bool:
    """Each is what was put, and both are the same."""
    if (here.fixity, here.media_type) != (there.fixity, there.media_type):
        return False
    try:
        read = measure_object(source.store, here.key), measure_object(target.store, there.key)
    except (FixityMismatch, ObjectNotFound):
        return False
    return read == (here.fixity, there.fixity)


def _pairs(
    left: Iterator[StoredObject], right: Iterator[StoredObject]
) -> Iterator[tuple[ObjectKey, StoredObject | None, StoredObject | None]]:
    """Both listings side by side; each is in the order of its keys."""
    one, other = next(left, None), next(right, None)
    while one is not None or other is not None:
        if other is None or (one is not None and one.key < other.key):
            assert one is not None  # noqa: S101 - else both were None
            yield one.key, one, None
            one = next(left, None)
        elif one is None or other.key < one.key:
            yield other.key, None, other
            other = next(right, None)
        else:
            yield one.key, one, other
            one, other = next(left, None), next(right, None)
