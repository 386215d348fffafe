"""The masters: kept under their own digest, read as files, never changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from domain.errors import FileTooLarge, FixityMismatch, IntakeError, ObjectNotFound, UnreadableInput
from domain.holdings import ScanFile
from domain.ids import original_key
from domain.ports import Shelf
from domain.values import Fixity
from flows.steps.inputs import Input

_MEDIA_TYPES = {
    ".pdf": "application/pdf",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".bmp": "image/bmp",
}


_CHANGED = "changed while it was being read"


@contextmanager
def originals(shelf: Shelf, files: Sequence[ScanFile]) -> Iterator[list[Path]]:
    """The files of a scan as paths, in their order, to be read only.

    An error about one of them leaves here with the name that staff know it by, not its digest.
    """
    with ExitStack() as opened:
        paths = [opened.enter_context(shelf.store.as_file(file.key)) for file in files]
        try:
            yield paths
        except IntakeError as error:
            handed_in = {path.name: file.name for path, file in zip(paths, files, strict=True)}
            name = handed_in.get(str(error.fields.get("name")))
            if name is None:
                raise
            raise type(error)(**{**error.fields, "name": name}) from error


def keep(shelf: Shelf, one: Input, fixities: Sequence[Fixity]) -> tuple[ScanFile, ...]:
    """Copy the files of an input into the store, in order; keeping them again changes nothing."""
    return tuple(
        _keep_file(shelf, path, fixity, ordinal)
        for ordinal, (path, fixity) in enumerate(zip(one.paths, fixities, strict=True), start=1)
    )


def _keep_file(shelf: Shelf, path: Path, fixity: Fixity, ordinal: int) -> ScanFile:
    """Copy one file into the store. Raises UnreadableInput where it changed under our hands."""
    name = path.name.encode("utf-8", "replace").decode("utf-8")
    key = original_key(fixity.sha256, path.suffix)
    media_type = _MEDIA_TYPES.get(path.suffix.lower(), "application/octet-stream")
    try:
        stored = shelf.store.stat(key)
    except ObjectNotFound:
        try:
            with path.open("rb") as source:
                stored = shelf.store.put(key, source, media_type=media_type)
        except OSError as error:  # the source's own: what goes wrong in the store has other types
            raise UnreadableInput(name=path.name, detail=error.strerror or str(error)) from error
        except FixityMismatch as error:  # a store that reads it twice
            raise UnreadableInput(name=path.name, detail=_CHANGED) from error
    if stored.fixity != fixity:
        shelf.store.delete(key)
        raise UnreadableInput(name=path.name, detail=_CHANGED)
    return ScanFile(ordinal, name, key, media_type, stored.fixity)


def measure(path: Path, *, limit: int) -> Fixity:
    """Digest and size of a file about to be taken in, of at most ``limit`` bytes.

    Raises UnreadableInput for what cannot be read, or is no file at all; FileTooLarge.
    """
    try:
        if path.is_dir():
            next(path.iterdir(), None)  # a folder that cannot be looked into says so here
        if not path.is_file():
            raise UnreadableInput(name=path.name, detail="not a regular file")
        size = path.stat().st_size
        if size > limit:
            raise FileTooLarge(name=path.name, size=size, limit=limit)
        with path.open("rb") as source:
            digest = hashlib.file_digest(source, "sha256")
            return Fixity(digest.hexdigest(), source.tell())
    except OSError as error:
        raise UnreadableInput(name=path.name, detail=error.strerror or str(error)) from error


def content_digest(fixities: Sequence[Fixity], *, folder: bool) -> str:
    """A file's own digest; of a folder, the SHA-256 over its images' digests in natural order."""
    if not folder:
        return fixities[0].sha256
    return hashlib.sha256(b"".join(bytes.fromhex(one.sha256) for one in fixities)).hexdigest()
