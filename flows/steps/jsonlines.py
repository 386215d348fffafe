"""JSON Lines in gzip: written as they come, read one at a time, whatever somebody made of the file."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from domain.errors import BackupDamaged
from domain.values import Fixity, Json

LONGEST = 64 << 20  # bytes of one line: a book of 50,000 pages takes a quarter of it
LEVEL = 6  # of compression


@contextmanager
def writing(path: Path) -> Iterator[Callable[[Json], None]]:
    """A new file that takes one value after the other; on the disk when the block ends."""
    with path.open("xb") as raw:
        with (
            gzip.GzipFile("", "wb", compresslevel=LEVEL, fileobj=raw, mtime=0) as packed,
            TextIOWrapper(packed, "utf-8", newline="\n") as text,
        ):
            yield lambda value: _write(text, value)
        raw.flush()
        os.fsync(raw.fileno())


def _write(text: TextIOWrapper, value: Json) -> None:
    text.write(json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n")


def reading(path: Path, *, longest: int = LONGEST) -> Iterator[Any]:
    """Its values in order. Raises BackupDamaged at the first that is none, or is too long."""
    try:
        with gzip.open(path, "rb") as packed:
            while line := packed.readline(longest + 1):
                if len(line) > longest:
                    raise BackupDamaged(path=str(path), detail=f"a line of more than {longest} bytes")
                yield json.loads(line, parse_constant=_no_number)
    except (OSError, EOFError, zlib.error, ValueError, RecursionError) as error:
        raise BackupDamaged(path=str(path), detail=str(error)[:300]) from error


def _no_number(said: str) -> None:
    raise ValueError(f"{said} is no JSON")


def fixity_of(path: Path) -> Fixity:
    """What the file is. Raises BackupDamaged where there is none."""
    try:
        with path.open("rb") as source:
            digest = hashlib.file_digest(source, "sha256")
            return Fixity(digest.hexdigest(), source.tell())
    except OSError as error:
        raise BackupDamaged(path=str(path), detail=str(error)) from error
