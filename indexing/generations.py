"""Which folder of an embedded index is the one that counts, and who may write to it.

``current.json`` in the index's folder names a generation (a folder beside it) and the layout it
was written with. Building everything anew fills another folder and then replaces that file, so
readers see the old generation until the new one is complete. ``next.json`` names the folder of a
build that is under way, so that the next one goes on with it where it was interrupted. A folder that
nobody names is removed by the next writer.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.errors import IndexOutOfDate, IndexUnavailable
from indexing.mapping import LAYOUT

PATIENCE_S = 60.0  # for another writer; a batch of pages takes far less


class Generations:
    """The folders of one index. Nothing is made before the first write."""

    def __init__(self, root: Path, *, patience_s: float = PATIENCE_S) -> None:
        self.root = root
        self._patience_s = patience_s

    def current(self) -> Path | None:
        """The generation that readers read; None before the first write.

        Raises IndexOutOfDate for another layout, IndexUnavailable for a damaged pointer.
        """
        return self._named("current.json")

    def unfinished(self) -> Path | None:
        """The generation of a build that was interrupted, if this layout can go on with it."""
        try:
            folder = self._named("next.json")
        except (IndexOutOfDate, IndexUnavailable):
            return None
        if folder is None or not folder.is_dir():
            return None
        try:
            return None if folder == self.current() else folder
        except (IndexOutOfDate, IndexUnavailable):
            return folder

    def _named(self, pointer: str) -> Path | None:
        try:
            said = json.loads((self.root / pointer).read_text("utf-8"))
            name, layout = str(said["generation"]), int(said["layout"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise IndexUnavailable(detail=f"{self.root / pointer}: {error!r}; reindex") from error
        if layout != LAYOUT:
            raise IndexOutOfDate(found=layout, known=LAYOUT)
        return self.root / Path(name).name

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the only writer of all processes. Raises IndexUnavailable after a bounded wait.

        The lock is the kernel's, so it ends with the process that holds it, however that ends.
        """
        from filelock import FileLock, Timeout  # readers do without; it takes 50 ms

        with _told():
            self.root.mkdir(parents=True, exist_ok=True)
        try:
            held = FileLock(self.root / "writer.lock").acquire(timeout=self._patience_s)
        except Timeout as error:
            detail = f"another process has been writing for {self._patience_s:.0f} s"
            raise IndexUnavailable(detail=detail) from error
        with held:
            yield

    def fresh(self) -> Path:
        """An empty folder for a generation that nobody reads yet; only while writing."""
        self._sweep()
        folder = self.root / f"g-{uuid.uuid4().hex[:12]}"
        with _told():
            folder.mkdir()
        return folder

    def begin(self) -> Path:
        """An empty folder for a build that may be interrupted and gone on with; only while writing."""
        (self.root / "next.json").unlink(missing_ok=True)
        folder = self.fresh()
        self._name("next.json", folder)
        return folder

    def adopt(self, folder: Path) -> None:
        """Have readers read this generation from now on, and remove the others; only while writing."""
        self._name("current.json", folder)
        if self.unfinished() is None:
            (self.root / "next.json").unlink(missing_ok=True)
        self._sweep()

    def _name(self, pointer: str, folder: Path) -> None:
        """Durably: what is named after a power cut is what was named before it, or the new one."""
        temporary = self.root / f".{pointer}"
        with _told():
            with temporary.open("w", encoding="utf-8") as target:
                json.dump({"generation": folder.name, "layout": LAYOUT}, target)
                target.flush()
                os.fsync(target.fileno())
            temporary.replace(self.root / pointer)
            opened = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)

    def _sweep(self) -> None:
        """Remove generations that nobody names; who has one open reads on, the kernel keeps the bytes."""
        try:
            kept = {self.current(), self.unfinished()}
        except (IndexOutOfDate, IndexUnavailable):
            return  # an older program may still read what is there; gone once a new one is adopted
        for folder in self.root.glob("g-*"):
            if folder not in kept:
                shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _told() -> Iterator[None]:
    """Inside it, what the disk refuses is our error."""
    try:
        yield
    except OSError as error:
        raise IndexUnavailable(detail=str(error)) from error
