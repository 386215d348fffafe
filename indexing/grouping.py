"""From ranked pages to ranked items."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Address = TypeVar("Address")


@dataclass(slots=True)
class Group(Generic[Address]):
    """The pages of one item; ``best`` orders them."""

    item: int
    score: float  # of the best page
    pages: list[tuple[float, int, Address]] = field(default_factory=list)  # score, number, where it is

    def best(self, most: int) -> list[tuple[float, int, Address]]:
        """The best pages, equal ones in page order."""
        return sorted(self.pages, key=lambda page: (-page[0], page[1]))[:most]


def group(
    scores: Iterable[float], items: Iterable[int], numbers: Iterable[int], addresses: Iterable[Address]
) -> list[Group[Address]]:
    """Groups of hits that come best first, so in the order of their best pages; equals unsettled."""
    groups: dict[int, Group[Address]] = {}
    for score, item, number, address in zip(scores, items, numbers, addresses, strict=True):
        found = groups.get(item)
        if found is None:
            found = groups[item] = Group(item, score)
        found.pages.append((score, number, address))
    return list(groups.values())


def settled(
    groups: Sequence[Group[Address]], start: int, end: int, name: Callable[[list[int]], Sequence[str]]
) -> list[Group[Address]]:
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
