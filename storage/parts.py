"""A part of an object as a stream that ends where the part does."""

from __future__ import annotations

import io
from typing import Any, BinaryIO, cast

from domain.errors import FixityMismatch
from domain.ids import ObjectKey
from domain.values import Fixity


def check_part(first: int, end: int, of: Fixity) -> None:
    """Raises ValueError for what is not a part of an object of that size."""
    if not 0 <= first < end <= of.size:
        raise ValueError(f"no part of {of.size} bytes: {first} to {end}")


def check_same(key: ObjectKey, known: Fixity, found: Fixity) -> None:
    """Raises FixityMismatch where another object is there than the one that is known."""
    if found != known:
        raise FixityMismatch(key=key, expected=known.sha256, found=found.sha256)


def part_of(source: BinaryIO, first: int, end: int) -> BinaryIO:
    return cast(BinaryIO, _Part(source, first, end))


class _Part(io.RawIOBase):
    def __init__(self, source: BinaryIO, first: int, end: int) -> None:
        self._source, self._left = source, end - first
        source.seek(first)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:  # whatever has writable bytes
        target = memoryview(buffer).cast("B")[: self._left]
        chunk = self._source.read(len(target))
        target[: len(chunk)] = chunk
        self._left -= len(chunk)
        return len(chunk)
