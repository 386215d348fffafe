"""How pages are dealt out to tasks and items to runs: few enough tasks to keep Prefect's bookkeeping small.

Measured: a task costs about 40 ms of processor time in the server, a flow's process 2.4 s to start.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil
from typing import TypeVar

CHUNKS = 12  # of a book at most; with a task for each of the six stages that is 18
SMALLEST = 10  # pages of a chunk
SHORT = 8  # pictures of an item that may share its run
RUN_ITEMS = 20
RUN_IMAGES = 60

Name = TypeVar("Name")


def chunks(pages: Sequence[int], images: int) -> list[tuple[int, ...]]:
    """The pages still to be read, in order, as the tasks take them."""
    size = max(SMALLEST, ceil(images / CHUNKS))
    return [tuple(pages[start : start + size]) for start in range(0, len(pages), size)]


def is_short(images: int | None) -> bool:
    return images is not None and images <= SHORT


def shared_runs(items: Iterable[tuple[Name, int]]) -> list[list[Name]]:
    """Short items, each with its pictures, gathered into runs in the order they come."""
    runs: list[list[Name]] = []
    held = 0
    for name, images in items:
        if not runs or len(runs[-1]) == RUN_ITEMS or held + images > RUN_IMAGES:
            runs.append([])
            held = 0
        runs[-1].append(name)
        held += images
    return runs
