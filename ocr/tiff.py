"""The frames of a TIFF by its directories, without decoding a pixel and within bounds."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_MAX_OFFSET = 1 << 60
_MAX_FRAMES = 100_000
_MAX_TAGS = 4096
_MAX_VALUES = 1_000_000
_WIDTH, _HEIGHT, _OFFSETS, _TILE_OFFSETS, _COUNTS, _TILE_COUNTS = 256, 257, 273, 324, 279, 325
_SIZES = {1: 1, 3: 2, 4: 4, 16: 8}  # BYTE, SHORT, LONG, LONG8; the others do not matter here
_CODES = {1: "B", 3: "H", 4: "L", 16: "Q"}


class Broken(ValueError):
    """The file is no TIFF, or cut short; says where."""


@dataclass(frozen=True, slots=True)
class Frame:
    width: int
    height: int
    ends: int  # the first byte after its samples


def frame_count(path: Path) -> int:
    """How many pictures the file holds: 1 for anything but a TIFF. A broken tail is not counted."""
    with path.open("rb") as file:
        if file.read(2) not in (b"II", b"MM"):
            return 1
        count = 0
        try:
            for _ in _frames(file):
                count += 1
        except Broken:
            return max(1, count)
    return max(1, count)


def frames(path: Path) -> Iterator[Frame]:
    """The frames in order. Raises Broken at the first directory that cannot be read."""
    with path.open("rb") as file:
        yield from _frames(file)


def _frames(file: BinaryIO) -> Iterator[Frame]:
    file.seek(0)
    head = file.read(16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        raise Broken("no TIFF header")
    big = struct.unpack_from(order + "H", head, 2)[0] == 43
    at: int = (
        struct.unpack_from(order + "Q", head.ljust(16, b"\0"), 8)[0]
        if big
        else struct.unpack_from(order + "L", head, 4)[0]
    )
    seen: set[int] = set()
    while at:
        if at in seen or len(seen) > _MAX_FRAMES:
            raise Broken("its directories go round in a circle")
        seen.add(at)
        tags, at = _directory(file, at, order, big)
        yield _frame(tags)


def _frame(tags: dict[int, tuple[int, ...]]) -> Frame:
    width, height = tags.get(_WIDTH, (0,)), tags.get(_HEIGHT, (0,))
    offsets = tags.get(_OFFSETS) or tags.get(_TILE_OFFSETS) or ()
    counts = tags.get(_COUNTS) or tags.get(_TILE_COUNTS) or ()
    ends = max((offset + count for offset, count in zip(offsets, counts, strict=False)), default=0)
    if not width or not height or width[0] < 1 or height[0] < 1 or not offsets:
        raise Broken("a frame without a picture")
    return Frame(width[0], height[0], ends)


def _directory(file: BinaryIO, at: int, order: str, big: bool) -> tuple[dict[int, tuple[int, ...]], int]:
    """The tags that tell a frame's size and place, and where the next directory is (0: nowhere)."""
    (entries,) = _unpack(file, at, order + ("Q" if big else "H"))
    if entries > _MAX_TAGS:
        raise Broken("a directory of nonsense")
    entry = order + ("HHQ" if big else "HHL")
    inline, size = (8, 20) if big else (4, 12)
    first = at + (8 if big else 2)
    tags: dict[int, tuple[int, ...]] = {}
    for number in range(entries):
        place = first + number * size
        tag, kind, count = _unpack(file, place, entry)
        if tag not in (_WIDTH, _HEIGHT, _OFFSETS, _TILE_OFFSETS, _COUNTS, _TILE_COUNTS) or kind not in _SIZES:
            continue
        if count > _MAX_VALUES:
            raise Broken("a directory of nonsense")
        where = place + struct.calcsize(entry)
        if count * _SIZES[kind] > inline:
            (where,) = _unpack(file, where, order + ("Q" if big else "L"))
        tags[tag] = _unpack(file, where, f"{order}{count}{_CODES[kind]}")
    (following,) = _unpack(file, first + entries * size, order + ("Q" if big else "L"))
    return tags, following


def _unpack(file: BinaryIO, at: int, form: str) -> tuple[int, ...]:
    size = struct.calcsize(form)
    if at > _MAX_OFFSET:
        raise Broken("an address beyond any file")
    file.seek(at)
    data = file.read(size)
    if len(data) != size:
        raise Broken(f"it ends before byte {at + size}")
    return struct.unpack(form, data)
