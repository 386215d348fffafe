"""Digests computed while bytes pass by."""

from __future__ import annotations

import hashlib
from typing import BinaryIO, Protocol

from domain.values import Fixity

CHUNK = 1024 * 1024  # bytes held at once


class Target(Protocol):
    """What takes every byte it is given."""

    def write(self, chunk: bytes, /) -> object: ...


def copy(source: BinaryIO, target: Target) -> Fixity:
    """Write all of ``source`` to ``target`` and say what the bytes were."""
    digest = hashlib.sha256()
    size = 0
    while chunk := source.read(CHUNK):
        digest.update(chunk)
        target.write(chunk)
        size += len(chunk)
    return Fixity(digest.hexdigest(), size)


def fixity_of(source: BinaryIO) -> Fixity:
    """What the rest of ``source`` is, read to its end in bounded memory."""
    digest = hashlib.sha256()
    size = 0
    while chunk := source.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return Fixity(digest.hexdigest(), size)
