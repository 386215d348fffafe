"""From ranked pages to ranked items."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Address = TypeVar("Address")


@dataclass(slots=True)
class Group(Generic[Address]):
    """The pages of one item, best first; equal ones in page order."""

    item: int
    score: float
    pages: list[tuple[float, int, Address]] = field(default_factory=list)  # score, number, where it is


def group(hits: Iterable[tuple[float, int, int, Address]]) -> list[Group[Address]]:
    """Groups of (score, item, number, address), by their best page; order of equals is not settled."""
    groups: dict[int, Group[Address]] = {}
    for score, item, number, address in hits:
        found = groups.get(item)
        if found is None:
            found = groups[item] = Group(item, score)
        found.score = max(found.score, score)
        found.pages.append((score, number, address))
    for found in groups.values():
        found.pages.sort(key=lambda page: (-page[0], page[1]))
    return sorted(groups.values(), key=lambda found: -found.score)


def settled(
    groups: list[Group[Address]], offset: int, limit: int, name: Callable[[Group[Address]], str]
) -> list[Group[Address]]:
    """The groups from ``offset`` on, equals in order of ``name``, which is asked only where it decides."""
    end = min(offset + limit, len(groups))
    if offset >= end:
        return []
    first, last = offset, end
    while first > 0 and groups[first - 1].score == groups[offset].score:
        first -= 1
    while last < len(groups) and groups[last].score == groups[end - 1].score:
        last += 1
    scores = [found.score for found in groups[first:last]]
    if len(set(scores)) == len(scores):
        return groups[offset:end]
    ordered = sorted(groups[first:last], key=lambda found: (-found.score, name(found)))
    return ordered[offset - first : end - first]
