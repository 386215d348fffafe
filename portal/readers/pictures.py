"""Pictures made for small screens, kept in a folder of bounded size.

The folder may be emptied at any time, and may be shared by several processes: what is missing is made
again. A reader never waits long for an encoder: where all are busy, the larger picture does as well.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from os import utime
from pathlib import Path
from stat import S_ISREG

WIDTHS = (144, 660, 828)  # pixels: a list's thumbnail; a phone of 375 at two device pixels; a better one
AT_ONCE = 2  # encodings; each takes a processor for a tenth of a second
PATIENCE_S = 2.0  # for one of them to come to an end
_SPARE = 0.9  # of the cap is left when the oldest have gone
_FRESH_S = 3_600  # a picture shown within the last hour need not be marked as used again
_STALE_S = 3_600  # what a killed process left half written


class Pictures:
    """Made pictures by their names; safe for several threads."""

    def __init__(self, folder: Path, *, most_bytes: int) -> None:
        self._folder, self._most = folder, most_bytes
        self._encoders = threading.BoundedSemaphore(AT_ONCE)
        self._keeping = threading.Lock()
        self._held: int | None = None  # bytes, as far as this process knows

    def get(self, name: str, make: Callable[[], bytes]) -> bytes | None:
        """The kept picture, or what ``make`` gives, which is kept; None where the encoders are busy.

        ``name`` is a file name. What cannot be kept (a full disk) is given all the same.
        """
        path = self._folder / name[:2] / name
        with suppress(OSError):
            return _read(path)
        if not self._encoders.acquire(timeout=PATIENCE_S):
            return None
        try:
            with suppress(OSError):  # another thread made it meanwhile
                return _read(path)
            made = make()
        finally:
            self._encoders.release()
        with suppress(OSError):
            self._keep(path, made)
        return made

    def _keep(self, path: Path, made: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{uuid.uuid4().hex}")
        try:
            temporary.write_bytes(made)
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
        with self._keeping:
            known = self._held
            self._held = self._measured() if known is None else known + len(made)
            if self._held > self._most:
                self._held = self._thinned_out()

    def _measured(self) -> int:
        return sum(size for _, size, _ in self._files())

    def _thinned_out(self) -> int:
        """Remove the pictures that were not shown for the longest; how many bytes are left."""
        found = sorted(self._files())
        left = sum(size for _, size, _ in found)
        for _, size, path in found:
            if left <= self._most * _SPARE:
                break
            path.unlink(missing_ok=True)
            left -= size
        return left

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        """When each was last marked as used, its bytes, and where it is."""
        now = time.time()
        for path in self._folder.glob("??/*"):
            with suppress(FileNotFoundError):  # another process thins out too
                found = path.lstat()
                if not S_ISREG(found.st_mode):
                    continue
                if path.name.startswith(".") and found.st_mtime > now - _STALE_S:
                    continue  # being written
                yield found.st_mtime, found.st_size, path


def _read(path: Path) -> bytes:
    data = path.read_bytes()
    if path.stat().st_mtime < time.time() - _FRESH_S:
        utime(path)
    return data
