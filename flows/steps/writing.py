"""Bytes that arrive go behind those that are there: the offset of an upload *is* the length of its file.

A file holds what was received, never a hole and never a byte that came after a mistake. Whoever writes
holds the file's lock, so that two cannot write at once and a killed one is in nobody's way.
"""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from typing import Self

from domain.errors import ChecksumNotRight, StoreFull, UploadBusy, UploadElsewhere, UploadTooLong
from flows.steps.durable import try_lock

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def arrived(path: Path) -> int:
    """How many bytes can be relied on. Raises FileNotFoundError."""
    size = path.stat().st_size
    return min(size, _sworn(path, size))


def _sworn(path: Path, size: int) -> int:
    """Where the piece begins whose digest nobody has compared yet; ``size`` where there is none."""
    try:
        return int(_mark(path).read_text("ascii"))
    except (FileNotFoundError, ValueError):  # ValueError: killed before the mark was written, or any byte
        return size


def _mark(path: Path) -> Path:
    return path.with_suffix(".from")


class Writer:
    """One piece on its way into the file. One thread at a time."""

    def __init__(self, path: Path, file: int, *, start: int, length: int, promised: bytes | None) -> None:
        self._path, self._file = path, file
        self._start = self.offset = start
        self._length, self._promised = length, promised
        self._digest = hashlib.sha256()

    @classmethod
    def at(cls, path: Path, *, offset: int, size: int | None, length: int, promised: bytes | None) -> Self:
        """Open the file for a piece of ``size`` bytes (None: not told) from ``offset`` on.

        ``promised`` is the piece's SHA-256; such a piece is kept whole or not at all. Raises UploadBusy,
        UploadElsewhere, UploadTooLong, FileNotFoundError; then nothing has changed.
        """
        file = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            if not try_lock(file):
                raise UploadBusy
            if not path.exists():  # taken away between opening and locking
                raise FileNotFoundError(path)
            start = arrived(path)
            if offset != start:
                raise UploadElsewhere(offset=offset, expected=start)
            if size is not None and start + size > length:
                raise UploadTooLong(size=start + size, limit=length)
            _cut(path, file, start)
            if promised is not None:
                _mark(path).write_text(str(start), "ascii")
            return cls(path, file, start=start, length=length, promised=promised)
        except BaseException:
            os.close(file)
            raise

    def write(self, data: bytes) -> None:
        """Raises UploadTooLong, StoreFull; the file is then as before this piece, or before this call."""
        if (size := self.offset + len(data)) > self._length:
            self._back_to(self._start)
            raise UploadTooLong(size=size, limit=self._length)
        if self._promised is not None:
            self._digest.update(data)
        try:
            self._write(data)
        except OSError as error:
            self._back_to(self._start if self._promised is not None else self.offset)
            if error.errno in _FULL:
                raise StoreFull(path=str(self._path.parent), free=0, needed=len(data)) from error
            raise
        self.offset += len(data)

    def _write(self, data: bytes) -> None:
        left, at = memoryview(data), self.offset
        while left:
            written = os.pwrite(self._file, left, at)
            left, at = left[written:], at + written

    def keep(self) -> int:
        """The piece has come to its end: the offset that is safe now. Raises ChecksumNotRight, OSError."""
        if self._promised is not None and self._digest.digest() != self._promised:
            self._back_to(self._start)
            raise ChecksumNotRight
        try:
            os.fsync(self._file)
        except OSError:  # which of it is on the disk nobody can tell any more
            self._back_to(self._start)
            raise
        _mark(self._path).unlink(missing_ok=True)
        return self.offset

    def break_off(self) -> int:
        """The piece broke off: what came is kept, unless it was to be compared with a digest."""
        if self._promised is not None:
            self._back_to(self._start)
        os.fsync(self._file)
        return self.offset

    def close(self) -> None:
        os.close(self._file)

    def _back_to(self, offset: int) -> None:
        _cut(self._path, self._file, offset)
        self.offset = offset


def _cut(path: Path, file: int, offset: int) -> None:
    """Nothing behind ``offset`` stays; only then is there nothing left to compare."""
    if os.fstat(file).st_size != offset:
        os.ftruncate(file, offset)
        os.fsync(file)
    _mark(path).unlink(missing_ok=True)
