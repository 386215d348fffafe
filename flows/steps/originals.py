"""The masters: kept under their own digest, read as files, never changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePath

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
        keep_file(shelf, path, one.name_of(place), fixity, place + 1)
        for place, (path, fixity) in enumerate(zip(one.paths, fixities, strict=True))
    )


def keep_file(shelf: Shelf, path: Path, name: str, fixity: Fixity, ordinal: int) -> ScanFile:
    """Copy one file into the store. Raises UnreadableInput where it changed under our hands."""
    suffix = PurePath(name).suffix
    key = original_key(fixity.sha256, suffix)
    media_type = _MEDIA_TYPES.get(suffix.lower(), "application/octet-stream")
    try:
        stored = shelf.store.stat(key)
    except ObjectNotFound:
        try:
            with path.open("rb") as source:
                stored = shelf.store.put(key, source, media_type=media_type)
        except OSError as error:  # the source's own: what goes wrong in the store has other types
            raise UnreadableInput(name=name, detail=error.strerror or str(error)) from error
        except FixityMismatch as error:  # a store that reads it twice
            raise UnreadableInput(name=name, detail=_CHANGED) from error
    if stored.fixity != fixity:
        shelf.store.delete(key)
        raise UnreadableInput(name=name, detail=_CHANGED)
    return ScanFile(ordinal, name, key, media_type, stored.fixity)


def measure(path: Path, name: str, *, limit: int) -> Fixity:
    """Digest and size of a file about to be taken in as ``name``, of at most ``limit`` bytes.

    Raises UnreadableInput for what cannot be read, or is no file at all; FileTooLarge.
    """
    try:
        if path.is_dir():
            next(path.iterdir(), None)  # a folder that cannot be looked into says so here
        if not path.is_file():
            raise UnreadableInput(name=name, detail="not a regular file")
        size = path.stat().st_size
        if size > limit:
            raise FileTooLarge(name=name, size=size, limit=limit)
        with path.open("rb") as source:
            digest = hashlib.file_digest(source, "sha256")
            return Fixity(digest.hexdigest(), source.tell())
    except OSError as error:
        raise UnreadableInput(name=name, detail=error.strerror or str(error)) from error


def content_digest(fixities: Sequence[Fixity], *, folder: bool) -> str:
    """A file's own digest; of a folder, the SHA-256 over its images' digests in natural order."""
    if not folder:
        return fixities[0].sha256
    return hashlib.sha256(b"".join(bytes.fromhex(one.sha256) for one in fixities)).hexdigest()
