"""From ranked pages to ranked items."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

EACH = 24  # pages of an item that are looked through, beside twice as many as are asked for

Key = TypeVar("Key")
Address = TypeVar("Address")


@dataclass(slots=True)
class Group(Generic[Key, Address]):
    """The pages of one item; ``best`` orders them."""

    item: Key
    score: float  # of the best page
    pages: list[tuple[float, int, Address]] = field(default_factory=list)  # score, number, where it is

    def best(self, most: int) -> list[tuple[float, int, Address]]:
        """The best pages, equal ones in page order."""
        return sorted(self.pages, key=lambda page: (-page[0], page[1]))[:most]


def enough_for(items: int, most: int) -> int:
    """How many pages of some items mostly have the best ``most`` of each among them."""
    return (EACH + 2 * most) * items if most else 0


def all_enough(
    groups: Sequence[Group[Key, Address]], most: int, totals: Mapping[Key, int], floor: float
) -> bool:
    """Whether the best pages of all items are here, where the last page that is has the score ``floor``.

    ``totals`` are the pages of each item. Of equals with the last one some may be missing.
    """
    return len(groups) == len(totals) and all(
        len(found.pages) == totals[found.item]
        or (len(found.pages) >= most and found.best(most)[-1][0] > floor)
        for found in groups
    )


def group(
    scores: Iterable[float], items: Iterable[Key], numbers: Iterable[int], addresses: Iterable[Address]
) -> list[Group[Key, Address]]:
    """Groups of hits that come best first, so in the order of their best pages; equals unsettled."""
    groups: dict[Key, Group[Key, Address]] = {}
    for score, item, number, address in zip(scores, items, numbers, addresses, strict=True):
        found = groups.get(item)
        if found is None:
            found = groups[item] = Group(item, score)
        found.pages.append((score, number, address))
    return list(groups.values())


def settled(
    groups: Sequence[Group[Key, Address]], start: int, end: int, name: Callable[[list[Key]], Sequence[str]]
) -> list[Group[Key, Address]]:
    """The groups from ``start`` to ``end`` (exclusive), equals in order of their items' names.

    ``name`` is asked once, for all items among which a name may decide.
    """
    end = min(end, len(groups))
    if start >= end:
        return []
    first, last = start, end
    while first > 0 and groups[first - 1].score == groups[start].score:
        first -= 1
    while last < len(groups) and groups[last].score == groups[end - 1].score:
        last += 1
    among = groups[first:last]
    names = name([found.item for found in among])
    ordered = sorted(zip(among, names, strict=True), key=lambda one: (-one[0].score, one[1]))
    return [found for found, _ in ordered[start - first : end - first]]


def slices(sizes: Iterable[int], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Of consecutive parts of these sizes, what of each lies between ``start`` and ``end``; may be empty."""
    for size in sizes:
        yield max(0, min(start, size)), max(0, min(end, size))
        start, end = start - size, end - size
