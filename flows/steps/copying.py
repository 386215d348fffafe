"""From one store into another: what arrives is exactly what was asked for, or nothing is there."""

from __future__ import annotations

import hashlib
from typing import BinaryIO, cast

from domain.errors import FixityMismatch, ObjectNotFound
from domain.ids import ObjectKey
from domain.ports import ObjectStore, StoredObject
from domain.values import Fixity

BLOCK = 1 << 20  # bytes in memory


class _Checked:
    """Reads on, and at the end raises where the bytes were not the ones expected.

    A put reads to the end before anything is visible, so that wrong bytes never are.
    """

    def __init__(self, source: BinaryIO, key: ObjectKey, expected: Fixity) -> None:
        self._source, self._key, self._expected = source, key, expected
        self._digest, self._size = hashlib.sha256(), 0

    def read(self, size: int = -1, /) -> bytes:
        block = self._source.read(size)
        self._digest.update(block)
        self._size += len(block)
        if not block or size < 0 or self._size > self._expected.size:
            self._compare()
        return block

    def seekable(self) -> bool:
        return False

    def _compare(self) -> None:
        found = self._digest.hexdigest()
        if Fixity(found, self._size) != self._expected:
            raise FixityMismatch(key=self._key, expected=self._expected.sha256, found=found)


def copy_object(
    source: ObjectStore,
    key: ObjectKey,
    target: ObjectStore,
    to: ObjectKey,
    *,
    expected: Fixity,
    media_type: str,
    anew: bool = False,
) -> bool:
    """Have the object in ``target`` as ``expected``; False where it was there already.

    ``anew``: whatever the target says that it has, since its bytes may be other ones.

    Raises ObjectNotFound, FixityMismatch where the source has something else; then nothing was put.
    """
    held = _held(target, to)
    if not anew and held is not None and (held.fixity, held.media_type) == (expected, media_type):
        return False
    with source.open(key) as opened:
        target.put(to, cast(BinaryIO, _Checked(opened, key, expected)), media_type=media_type)
    return True


def _held(target: ObjectStore, key: ObjectKey) -> StoredObject | None:
    try:
        return target.stat(key)
    except ObjectNotFound:
        return None


def measure_object(store: ObjectStore, key: ObjectKey) -> Fixity:
    """What the bytes are now. Raises ObjectNotFound; FixityMismatch from a store that compares by itself."""
    digest, size = hashlib.sha256(), 0
    with store.open(key) as source:
        while block := source.read(BLOCK):
            digest.update(block)
            size += len(block)
    return Fixity(digest.hexdigest(), size)
