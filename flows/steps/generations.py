"""A backup folder: objects by their digest, kept once, and a generation for each backup.

::

    objects/ab/ab12…                 every object that some generation names
    generations/20260304T050607Z-1f2e3d4c/
        manifest.json                what this is, with the digests of the two below
        catalog.jsonl.gz             the catalogue's rows
        objects.jsonl.gz             for each item its objects, and what could not be taken as it was

A generation is written under a hidden name and renamed when it is whole, so that what an interruption
left is no backup; its objects stay and need not be copied again.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from domain.errors import BackupDamaged, BackupLocked, BackupNewer, BackupNotFound
from domain.ids import ObjectKey, object_key
from domain.values import Fixity
from flows.steps.jsonlines import fixity_of

FORMAT = 1
CATALOG, OBJECTS, MANIFEST = "catalog.jsonl.gz", "objects.jsonl.gz", "manifest.json"
_NAME = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LARGEST = 1 << 20  # bytes of a manifest


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation says of itself."""

    made_at: str  # UTC, ISO 8601
    program: str  # "tusach 0.1.0"
    layout: str  # of the catalogue's rows
    rows: Mapping[str, int]  # by table
    items: int
    objects: int  # named, the same one under two keys twice
    size: int  # their bytes
    lost: int  # objects that the catalogue names and nobody could copy
    catalog: Fixity
    listing: Fixity


@dataclass(frozen=True, slots=True)
class Generation:
    folder: Path
    manifest: Manifest

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def catalog(self) -> Path:
        return self.folder / CATALOG

    @property
    def listing(self) -> Path:
        return self.folder / OBJECTS

    def check_files(self) -> None:
        """Raises BackupDamaged where one of its two files is not what was written."""
        for path, expected in ((self.catalog, self.manifest.catalog), (self.listing, self.manifest.listing)):
            if fixity_of(path) != expected:
                raise BackupDamaged(path=str(path), detail="its digest is not the one in the manifest")


def kept_key(sha256: str) -> ObjectKey:
    """Where a backup keeps an object; ValueError for what is no digest."""
    if not _SHA256.fullmatch(sha256):
        raise ValueError(f"not a digest: {sha256[:80]!r}")
    return object_key(sha256[:2], sha256)


@contextmanager
def being_written(folder: Path) -> Iterator[Path]:
    """A hidden folder for a new generation, alone in the backup folder. Raises BackupLocked, OSError."""
    generations = folder / "generations"
    folder.parent.mkdir(parents=True, exist_ok=True)
    for one in (folder, generations):  # what is on the shelf is not for everybody, and a copy of it neither
        one.mkdir(mode=0o700, exist_ok=True)
    with (folder / ".lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupLocked(path=str(folder)) from error
        for left in generations.glob(".*"):  # of a backup that was killed
            shutil.rmtree(left)
        draft = generations / f".{secrets.token_hex(4)}"
        draft.mkdir(mode=0o700)
        try:
            yield draft
        finally:
            shutil.rmtree(draft, ignore_errors=True)  # after the rename there is none


def finish(draft: Path, manifest: Manifest, moment: dt.datetime) -> Generation:
    """Make the draft a generation: from here on it is a backup."""
    told = {"format": FORMAT, **asdict(manifest)}
    with (draft / MANIFEST).open("x", encoding="utf-8") as target:
        target.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
        target.flush()
        os.fsync(target.fileno())
    _sync(draft)
    # Names are in the order of time, of two backups within a second as well: the newest is found by its name.
    lot = f"{moment.microsecond:05x}{secrets.token_hex(2)[:3]}"
    final = draft.with_name(f"{moment:%Y%m%dT%H%M%SZ}-{lot}")
    draft.rename(final)
    _sync(final.parent)
    return Generation(final, manifest)


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def generations(folder: Path) -> list[str]:
    """The names of the whole backups, oldest first."""
    try:
        return sorted(path.name for path in (folder / "generations").iterdir() if _NAME.fullmatch(path.name))
    except FileNotFoundError:
        return []


def open_generation(folder: Path, name: str | None = None) -> Generation:
    """That generation, or the newest. Raises BackupNotFound, BackupDamaged, BackupNewer."""
    known = generations(folder)
    if not known or (name is not None and name not in known):
        raise BackupNotFound(path=str(folder / "generations" / name if name else folder))
    found = folder / "generations" / (name or known[-1])
    return Generation(found, _manifest(found / MANIFEST))


def _manifest(path: Path) -> Manifest:
    try:
        with path.open("rb") as source:
            told = json.loads(source.read(_LARGEST))
        if told["format"] > FORMAT:
            raise BackupNewer(path=str(path), found=told["format"], known=FORMAT)
        return Manifest(
            made_at=_said(told, "made_at", str),
            program=_said(told, "program", str),
            layout=_said(told, "layout", str),
            rows={str(name): int(count) for name, count in told["rows"].items()},
            items=_said(told, "items", int),
            objects=_said(told, "objects", int),
            size=_said(told, "size", int),
            lost=_said(told, "lost", int),
            catalog=_fixity(told["catalog"]),
            listing=_fixity(told["listing"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BackupDamaged(path=str(path), detail=f"{type(error).__name__}: {error}"[:300]) from error


def _said(told: Any, name: str, kind: type) -> Any:
    if not isinstance(told[name], kind):
        raise TypeError(name)
    return told[name]


def _fixity(told: Any) -> Fixity:
    kept_key(_said(told, "sha256", str))
    return Fixity(told["sha256"], _said(told, "size", int))
