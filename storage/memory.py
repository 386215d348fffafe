"""A dict, for tests and throw-away shelves."""

from __future__ import annotations

import datetime as dt
import io
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from domain.errors import ObjectNotFound
from domain.ids import ObjectKey
from domain.ports import Checked, StoredObject
from domain.values import Fixity
from storage.fixity import copy, fixity_of
from storage.keys import checked
from storage.links import checked_expiry
from storage.parts import check_part, check_same


class MemoryStore:
    """Objects of this process only; gone when the process ends."""

    def __init__(self) -> None:
        self._held: dict[ObjectKey, tuple[StoredObject, bytes]] = {}

    def put(self, key: ObjectKey, source: BinaryIO, *, media_type: str) -> StoredObject:
        key = checked(key)
        held = io.BytesIO()
        stored = StoredObject(key, copy(source, held), media_type)
        self._held[key] = (stored, held.getvalue())
        return stored

    @contextmanager
    def open(self, key: ObjectKey) -> Iterator[BinaryIO]:
        yield io.BytesIO(self._find(key)[1])

    @contextmanager
    def part(self, key: ObjectKey, first: int, end: int, *, of: Fixity) -> Iterator[BinaryIO]:
        check_part(first, end, of)
        stored, data = self._find(key)
        check_same(key, of, stored.fixity)
        yield io.BytesIO(data[first:end])

    @contextmanager
    def as_file(self, key: ObjectKey) -> Iterator[Path]:
        data = self._find(key)[1]
        with tempfile.TemporaryDirectory(prefix="tusach-") as folder:
            path = Path(folder, key.rpartition("/")[2])
            path.write_bytes(data)
            yield path

    def stat(self, key: ObjectKey) -> StoredObject:
        return self._find(key)[0]

    def check(self, key: ObjectKey) -> Checked:
        stored, data = self._find(key)
        return Checked(stored, fixity_of(io.BytesIO(data)))

    def keys(self, prefix: str) -> Iterator[ObjectKey]:
        return (key for key in sorted(self._held) if key.startswith(prefix))

    def list(self, prefix: str) -> Iterator[StoredObject]:
        return (self._held[key][0] for key in self.keys(prefix))

    def reading_url(self, key: ObjectKey, *, expires: dt.timedelta, name: str) -> str | None:  # noqa: ARG002
        checked_expiry(expires)
        self._find(key)
        return None

    def delete(self, key: ObjectKey) -> None:
        self._held.pop(checked(key), None)

    def _find(self, key: ObjectKey) -> tuple[StoredObject, bytes]:
        try:
            return self._held[checked(key)]
        except KeyError as error:
            raise ObjectNotFound(key=key) from error


@contextmanager
def open_store(url: str, *, secrets: Mapping[str, str]) -> Iterator[MemoryStore]:  # noqa: ARG001
    """``memory:``; every opening is a new, empty store."""
    yield MemoryStore()
