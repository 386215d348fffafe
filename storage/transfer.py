"""Objects on their way to an S3 server and back: each byte checked, nothing taken for whole that is not."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any, BinaryIO, cast

from minio.error import S3Error
from urllib3.exceptions import HTTPError, ProtocolError
from urllib3.response import BaseHTTPResponse

from domain.errors import FixityMismatch
from domain.ids import ObjectKey
from domain.values import Fixity
from storage.fixity import CHUNK, copy, fixity_of
from storage.retries import TRIES, wait_s

SMALL = 8 * 1024 * 1024  # bytes kept in memory; what is larger goes to a file
PART = 6 * 1024 * 1024  # bytes of one part of a large object, two in memory at a time, now and then three
MOST_PARTS = 10_000  # of one object; so beyond 60 GB parts grow


def part_size(size: int) -> int:
    """Bytes of the parts in which an object of ``size`` bytes is sent."""
    return max(PART, -(-size // MOST_PARTS))


class SourceFailed(Exception):
    """The source of a put failed, not the server; ``error`` is its own."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


@contextmanager
def rewindable(source: BinaryIO) -> Iterator[tuple[BinaryIO, Fixity]]:
    """What is left of ``source`` as something that can be read again, and what it is.

    A file is read twice, which costs less than a copy of it; what cannot be sought in is copied.
    """
    if source.seekable():
        start = source.tell()
        fixity = fixity_of(source)
        source.seek(start)
        yield source, fixity
        return
    with scratch() as held:
        fixity = copy(source, held)
        held.seek(0)
        yield cast(BinaryIO, held), fixity


class Sending:
    """Bytes on their way to the server. They are hashed once more, before the last of them leave.

    Raises SourceFailed(FixityMismatch) where they are not what was announced: nothing is kept then.
    """

    def __init__(self, key: ObjectKey, source: BinaryIO, announced: Fixity) -> None:
        self._key, self._source, self._announced = key, source, announced
        self._whole, self._size = hashlib.sha256(), 0
        self._each = part_size(announced.size)
        self._part, self._parts = _md5(), list[bytes]()

    def read(self, size: int = -1) -> bytes:
        """As the client reads: never beyond the end of a part."""
        try:
            chunk = self._source.read(size)
        except Exception as error:
            raise SourceFailed(error) from error
        self._whole.update(chunk)
        self._part.update(chunk)
        self._size += len(chunk)
        if chunk and self._size % self._each == 0:
            self._parts.append(self._part.digest())
            self._part = _md5()
        if not chunk or self._size == self._announced.size:
            found = self._whole.hexdigest()
            if found != self._announced.sha256:
                expected = self._announced.sha256
                raise SourceFailed(FixityMismatch(key=self._key, expected=expected, found=found))
        return chunk

    def arrived(self, etag: str | None, headers: Mapping[str, str]) -> bool:
        """Whether the server says that it holds what was sent; False where that is not certain.

        An ETag is the MD5 of the bytes, or of the parts' MD5s; not where the server encrypts with keys of its
        own, which it says. There the digests that went with each request have to do.
        """
        if etag is not None and headers.get("x-amz-server-side-encryption", "AES256") != "AES256":
            return True
        if self._announced.size <= PART:
            return etag == (self._parts[0] if self._parts else self._part.digest()).hex()
        parts = [*self._parts, self._part.digest()] if self._size % self._each else self._parts
        return etag == f"{_md5(b''.join(parts)).hexdigest()}-{len(parts)}"


def receive(
    ask: Callable[[int, str | None], BaseHTTPResponse], target: IO[bytes] | None, *, part: bool = False
) -> tuple[Fixity, Mapping[str, str]]:
    """Write an object, or a ``part`` of it, to ``target``, or only read it; what came, and its headers.

    ``ask`` gives it from a byte on, and from 1 on only if the object's ETag still is the one given. Where a
    connection breaks, the rest is asked for; where the object was replaced meanwhile, it is read anew.
    """
    digest, size = hashlib.sha256(), 0
    failures, furthest = 0, 0
    etag: str | None = None
    headers: Mapping[str, str] = {}
    while True:
        try:
            answer = ask(size, etag)
        except S3Error as error:
            if etag is None or error.code not in {"PreconditionFailed", "InvalidRange"}:
                raise
            size, etag = 0, None
            continue
        try:
            if part and answer.status != 206:
                raise ProtocolError("the server does not give parts of objects")
            if not size or answer.status != 206:  # from the beginning
                digest, size = hashlib.sha256(), 0
                etag, headers = answer.headers.get("ETag"), answer.headers
                if target is not None:
                    target.seek(0)
                    target.truncate()
            while chunk := answer.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
                if target is not None:
                    target.write(chunk)
            return Fixity(digest.hexdigest(), size), headers
        except HTTPError:
            failures = 1 if size > furthest else failures + 1
            if failures > TRIES:
                raise
            furthest = max(furthest, size)
            if etag is None:  # nothing says whether the rest would be of the same object
                size = 0
        finally:
            answer.close()
            answer.release_conn()
        time.sleep(wait_s(failures))


def scratch() -> Any:
    """A file that is gone when it is closed; small ones never reach the disk."""
    return tempfile.SpooledTemporaryFile(max_size=SMALL, prefix="tusach-")


def _md5(data: bytes = b"") -> Any:
    return hashlib.md5(data, usedforsecurity=False)
