"""A folder of files. An object is the file at its key; writes are atomic.

Beside the objects stand two hidden folders of the same file system: ``.incoming`` for what is
being written, and ``.meta`` with one small JSON file for each object, which keeps what cannot be
told from the file: its digest when it was put, and its media type.
"""

from __future__ import annotations

import datetime as dt
import errno
import os
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

from domain.addresses import path_of
from domain.errors import ObjectNotFound, SettingNotValid, StoreFull, StoreUnavailable
from domain.ids import ObjectKey
from domain.ports import Checked, StoredObject
from domain.values import Fixity
from storage.fixity import copy, fixity_of
from storage.keys import begins_keys, checked
from storage.links import checked_expiry
from storage.parts import check_part, check_same, part_of
from storage.sidecars import Sidecars

INCOMING = ".incoming"
MASTERS = "originals/"  # keys of scans as received (domain.ids.original_key)
STALE_S = 24 * 3600  # a put that takes longer than a day was killed
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class LocalStore:
    """Objects as files under ``root``, which is made by the first put. Symbolic links are not followed."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._sidecars = Sidecars(root / ".meta")

    def put(self, key: ObjectKey, source: BinaryIO, *, media_type: str) -> StoredObject:
        key = checked(key)
        full = _Translation(self._root, key, needed=_bytes_left(source))
        with full:
            path = self._path(key)
        with self._incoming(full) as (temporary, target):
            # Errors of the source are the caller's and pass as they are; only the target's are ours.
            stored = StoredObject(key, copy(source, _Target(target, full)), media_type)
            with full:
                if key.startswith(MASTERS):
                    os.fchmod(target.fileno(), 0o444)  # masters are never changed
                target.flush()
                os.fsync(target.fileno())
                # First the sidecar, then the object: a visible object always has one. A crash in
                # between leaves the old object, which the sidecar still knows (see Sidecars).
                self._sidecars.write(stored, temporary.stat().st_mtime_ns)
                make_folder(path.parent)
                temporary.replace(path)
                sync_folder(path.parent)
        return stored

    @contextmanager
    def open(self, key: ObjectKey) -> Iterator[BinaryIO]:
        with self._translated(key):
            opened = os.fdopen(os.open(self._existing(key), os.O_RDONLY | os.O_NOFOLLOW), "rb")
        with opened:
            yield opened

    @contextmanager
    def part(self, key: ObjectKey, first: int, end: int, *, of: Fixity) -> Iterator[BinaryIO]:
        check_part(first, end, of)
        with self.open(key) as source:
            check_same(key, of, self.stat(key).fixity)  # a newer one that comes now is told as another, too
            yield part_of(source, first, end)

    @contextmanager
    def as_file(self, key: ObjectKey) -> Iterator[Path]:
        with self._translated(key):
            path = self._existing(key)
        yield path

    def stat(self, key: ObjectKey) -> StoredObject:
        with self._translated(key):
            return self._sidecars.read(checked(key), self._existing(key))

    def check(self, key: ObjectKey) -> Checked:
        with self.open(key) as source, self._translated(key):
            return Checked(self.stat(key), fixity_of(source))

    def keys(self, prefix: str) -> Iterator[ObjectKey]:
        return (key for key, _ in self._found(prefix))

    def list(self, prefix: str) -> Iterator[StoredObject]:
        for key, path in self._found(prefix):
            with self._translated(key):
                try:
                    stored = self._sidecars.read(key, path)
                except FileNotFoundError:  # deleted since the folder was read
                    continue
            yield stored

    def reading_url(self, key: ObjectKey, *, expires: dt.timedelta, name: str) -> str | None:  # noqa: ARG002
        checked_expiry(expires)
        self.stat(key)
        return None

    def delete(self, key: ObjectKey) -> None:
        key = checked(key)
        with self._translated(key):
            path = self._path(key)
            try:
                path.unlink(missing_ok=True)
            except NotADirectoryError:
                return
            if path.parent.is_dir():
                sync_folder(path.parent)
            self._sidecars.remove(key)

    def sweep(self, *, older_than_s: float = STALE_S) -> None:
        """Remove what killed writers left behind."""
        folder = self._root / INCOMING
        if not folder.is_dir():
            return
        limit = time.time() - older_than_s
        for left in folder.iterdir():
            try:
                if left.lstat().st_mtime < limit:
                    left.unlink(missing_ok=True)
            except FileNotFoundError:  # another process sweeps too
                continue

    def _found(self, prefix: str) -> Iterator[tuple[ObjectKey, Path]]:
        folder = prefix.rpartition("/")[0]
        with self._translated(ObjectKey(prefix)):
            if not begins_keys(prefix):
                return
            start = self._path(ObjectKey(folder)) if folder else self._root
            for key, path in _walk(start, folder + "/" if folder else "", prefix):
                yield ObjectKey(key), path

    def _path(self, key: ObjectKey) -> Path:
        path = self._root / key
        folder = path.parent
        while folder != self._root:
            if folder.is_symlink():
                raise StoreUnavailable(detail=f"{folder}: a symbolic link inside the store")
            folder = folder.parent
        return path

    def _existing(self, key: ObjectKey) -> Path:
        path = self._path(checked(key))
        if not S_ISREG(path.lstat().st_mode):
            raise FileNotFoundError(path)
        return path

    @contextmanager
    def _incoming(self, full: _Translation) -> Iterator[tuple[Path, BinaryIO]]:
        temporary = self._root / INCOMING / uuid.uuid4().hex
        with full:
            make_folder(temporary.parent)
            target = temporary.open("xb", buffering=0)
        try:
            with target:
                yield temporary, target
        finally:
            temporary.unlink(missing_ok=True)  # after the rename there is none

    def _translated(self, key: ObjectKey) -> _Translation:
        return _Translation(self._root, key)


class _Translation:
    """Inside it, errors of the file system become ours."""

    def __init__(self, root: Path, key: ObjectKey, *, needed: int = 0) -> None:
        self._root, self._key, self._needed = root, key, needed

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, FileNotFoundError | NotADirectoryError):
            raise ObjectNotFound(key=self._key) from error
        if isinstance(error, OSError) and error.errno in _FULL:
            free = shutil.disk_usage(self._root).free if self._root.is_dir() else 0
            raise StoreFull(path=str(self._root), free=free, needed=self._needed) from error
        if isinstance(error, OSError):
            raise StoreUnavailable(detail=str(error)) from error


class _Target:
    def __init__(self, file: BinaryIO, translation: _Translation) -> None:
        self._file, self._translation = file, translation

    def write(self, chunk: bytes) -> None:
        left = memoryview(chunk)
        with self._translation:
            while left:  # an unbuffered write may take less than it is given
                left = left[self._file.write(left) :]


def make_folder(folder: Path) -> None:
    """Make a folder and those above it so that they outlast a power cut."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Have a folder's entries on the disk; a rename is not safe before that."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _bytes_left(source: BinaryIO) -> int:
    """How many bytes ``source`` still has; 0 where it cannot tell."""
    if not source.seekable():
        return 0
    here = source.tell()
    end = source.seek(0, os.SEEK_END)
    source.seek(here)
    return end - here


def _walk(folder: Path, before: str, prefix: str) -> Iterator[tuple[str, Path]]:
    """Files below ``folder`` whose key starts with ``prefix``, in key order; holds one folder."""
    try:
        with os.scandir(folder) as entries:
            found = [
                (before + entry.name + ("/" if entry.is_dir(follow_symlinks=False) else ""), entry)
                for entry in entries
                if not (before == "" and entry.name.startswith("."))
            ]
    except (FileNotFoundError, NotADirectoryError):
        return
    # A folder sorts as "name/", since that is what its keys go on with.
    for key, entry in sorted(found, key=lambda pair: pair[0]):
        if key.endswith("/"):
            if key.startswith(prefix) or prefix.startswith(key):
                yield from _walk(Path(entry.path), key, prefix)
        elif key.startswith(prefix) and entry.is_file(follow_symlinks=False):
            yield key, Path(entry.path)


@contextmanager
def open_store(url: str, *, secrets: Mapping[str, str]) -> Iterator[LocalStore]:  # noqa: ARG001
    """``file:///folder``; leftovers of killed writers older than a day are swept."""
    try:
        store = LocalStore(path_of(url))
    except ValueError as error:
        raise SettingNotValid(setting="TUSACH_STORE_URL", detail=str(error)) from error
    try:
        store.sweep()
    except OSError as error:
        raise StoreUnavailable(detail=str(error)) from error
    yield store
