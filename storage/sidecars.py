"""What a folder cannot tell of its files: the digest when they were put, and their media type."""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path

from domain.ids import ObjectKey
from domain.ports import StoredObject
from domain.values import Fixity
from storage.fixity import fixity_of

UNKNOWN_TYPE = "application/octet-stream"


class Sidecars:
    """One JSON file for each object: ``{"entries": [the newest, the one before]}``.

    A sidecar is written before its object becomes visible. Until then the object that is there
    is the one before, so both are kept and told apart by size and time of writing, which a
    rename leaves as they are and a good backup too.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, stored: StoredObject, mtime_ns: int) -> None:
        path = self._path(stored.key)
        entry = {
            "sha256": stored.fixity.sha256,
            "size": stored.fixity.size,
            "media_type": stored.media_type,
            "mtime_ns": mtime_ns,
        }
        text = json.dumps({"entries": [entry, *self._entries(path)[:1]]})
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{uuid.uuid4().hex}")
        try:
            with temporary.open("x", encoding="utf-8") as target:
                target.write(text)
                target.flush()
                os.fsync(target.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)

    def read(self, key: ObjectKey, path: Path) -> StoredObject:
        """What is known of the object at ``path``. FileNotFoundError where there is none."""
        found = path.lstat()
        entries = self._entries(self._path(key))
        for entry in entries:
            if (entry["size"], entry["mtime_ns"]) == (found.st_size, found.st_mtime_ns):
                return _stored(key, entry)
        if entries:  # restored without its times: the digest tells which it is, or that neither is
            return _stored(key, self._by_digest(entries, path))
        with path.open("rb") as source:  # restored without the hidden folder
            return StoredObject(key, fixity_of(source), UNKNOWN_TYPE)

    def remove(self, key: ObjectKey) -> None:
        self._path(key).unlink(missing_ok=True)

    def _by_digest(self, entries: list[dict[str, object]], path: Path) -> dict[str, object]:
        if len(entries) == 1:
            return entries[0]
        with path.open("rb") as source:
            sha256 = fixity_of(source).sha256
        return next((entry for entry in entries if entry["sha256"] == sha256), entries[0])

    def _path(self, key: ObjectKey) -> Path:
        return self._folder / f"{key}.json"

    def _entries(self, path: Path) -> list[dict[str, object]]:
        try:
            found = json.loads(path.read_text("utf-8"))["entries"]
            return [entry for entry in found if _complete(entry)]
        except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError):
            return []  # cut short by a power loss: as good as none


def _complete(entry: object) -> bool:
    return isinstance(entry, dict) and entry.keys() >= {"sha256", "size", "media_type", "mtime_ns"}


def _stored(key: ObjectKey, entry: dict[str, object]) -> StoredObject:
    fixity = Fixity(str(entry["sha256"]), int(str(entry["size"])))
    return StoredObject(key, fixity, str(entry["media_type"]))
