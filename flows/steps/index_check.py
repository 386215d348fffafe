"""Whether the index holds what the catalogue says, and putting right where it does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from domain.errors import ObjectNotFound
from domain.holdings import Item, State
from domain.ids import Accession, ItemId
from domain.ports import Criteria, Shelf
from domain.queries import IndexedItem
from domain.values import Actor
from flows.steps.publish import INDEXED_STATES, ON_THE_WAY, index_item
from flows.steps.walk import SLICE


class Fault(StrEnum):
    """How the index differs from the catalogue in one item."""

    MISSING = "missing"
    EXTRA = "extra"  # the catalogue has it not indexed, or knows nothing of it
    REVISION = "revision"
    PAGES = "pages"
    PUBLISHED = "published"  # readers find what they must not, or do not find what they may


@dataclass(frozen=True, slots=True)
class Difference:
    item_id: ItemId
    accession: str | None  # None for an item that the catalogue does not know
    faults: tuple[Fault, ...]
    expected_pages: int  # 0 where nothing should be held
    found_pages: int


@dataclass(frozen=True, slots=True)
class Checked:
    items: int  # that the index should hold
    pages: int  # of those, in the catalogue
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Repaired:
    before: Checked
    after: Checked
    lost: tuple[ObjectNotFound, ...]  # readings that are gone, so that their items could not be indexed


def verify(shelf: Shelf) -> Checked:
    """Compare what the index holds with the catalogue; changes nothing.

    What differs is looked at twice, since items may change between the one look and the other.
    """
    first = _look(shelf)
    if not first.differences:
        return first
    second = _look(shelf)
    known = {one.item_id for one in first.differences}
    return replace(second, differences=tuple(one for one in second.differences if one.item_id in known))


def repair(shelf: Shelf, by: Actor) -> Repaired:
    """Index again, or remove, exactly those items that differ; then compare once more."""
    before = verify(shelf)
    lost: list[ObjectNotFound] = []
    for one in before.differences:
        if not one.expected_pages and Fault.EXTRA in one.faults:
            shelf.index.remove_item(one.item_id)
            continue
        try:
            index_item(shelf, one.item_id, by)
        except ObjectNotFound as error:
            lost.append(error)
    return Repaired(before, verify(shelf) if before.differences else before, tuple(lost))


def _look(shelf: Shelf) -> Checked:
    held = {one.item_id: one for one in shelf.index.contents()}
    items = pages = 0
    found: list[Difference] = []
    for item, count in _entered(shelf):
        one = held.pop(item.id, None)
        expected = item.state in INDEXED_STATES and not _on_its_way(item)
        if expected:
            items, pages = items + 1, pages + count
        if faults := _faults(item, count, one, expected=expected):
            wanted = 0 if faults == (Fault.EXTRA,) else count
            found.append(Difference(item.id, item.accession, faults, wanted, one.pages if one else 0))
    unknown = (Difference(one.item_id, None, (Fault.EXTRA,), 0, one.pages) for one in held.values())
    return Checked(items, pages, (*found, *unknown))


def _faults(item: Item, pages: int, held: IndexedItem | None, *, expected: bool) -> tuple[Fault, ...]:
    if held is None:
        return (Fault.MISSING,) if expected else ()
    if _on_its_way(item) and not held.published:
        return ()  # its stages will replace what is held
    if item.state not in INDEXED_STATES:
        return (Fault.EXTRA,)
    differs = {
        Fault.REVISION: held.revision != item.revision,
        Fault.PAGES: held.pages != pages,
        Fault.PUBLISHED: held.published != (item.state is State.PUBLISHED),
    }
    return tuple(fault for fault, there in differs.items() if there)


def _on_its_way(item: Item) -> bool:
    """Whether the item's stages have not come to the index yet."""
    return item.state in ON_THE_WAY and (item.state is not State.DESCRIBED or item.indexed_revision is None)


def _entered(shelf: Shelf) -> Iterator[tuple[Item, int]]:
    """Every item with the number of its pages in the catalogue, a slice at a time."""
    after: Accession | None = None
    while True:
        with shelf.catalog.view() as seen:
            part = seen.find_items(Criteria(), after=after, limit=SLICE)
            counts = seen.page_counts([item.id for item in part.items])
        yield from ((item, counts[item.id]) for item in part.items)
        if part.after is None:
            return
        after = part.after
