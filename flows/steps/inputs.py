"""From the paths a person named to the inputs of a batch. Looks at names and folders only."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.errors import NothingToAdd
from ocr.inspect import IMAGE_SUFFIXES
from ocr.order import natural_order
from ocr.tiff import frame_count

MAX_DEPTH = 12  # folders within folders; a deeper tree is a mistake or a loop
_CLUTTER = frozenset({"thumbs.db", "desktop.ini"})
_MULTI_PAGE = frozenset({".tif", ".tiff"})  # may be a book of its own


@dataclass(frozen=True, slots=True)
class Input:
    """One thing to take in: a file, or a folder of pictures."""

    source: str  # as a person would name it
    name: str  # file or folder name, NFC
    paths: tuple[Path, ...]  # the files, pictures of a folder in natural order
    folder: bool


def gather(paths: Sequence[Path], *, besides: Path | None = None) -> tuple[Input, ...]:
    """The inputs under ``paths``, in the order named, folders in natural order.

    A folder that holds nothing but pictures of one page each is one book; any other folder is a pile
    whose files, and folders of pictures, are taken one by one. Hidden files, desktop clutter
    and ``besides`` (the manifest) are passed over. Raises NothingToAdd for a path that is not
    there and for a folder without files.
    """
    apart = besides.resolve() if besides else None
    found: list[Input] = []
    for path in paths:
        if path.is_dir():
            within = list(_in_folder(path, apart, MAX_DEPTH))
            if not within:
                raise NothingToAdd(path=str(path))
            found += within
        elif path.exists():
            found.append(_file(path))
        else:
            raise NothingToAdd(path=str(path))
    return tuple(found)


def _file(path: Path) -> Input:
    return Input(source=_nfc(str(path)), name=_nfc(path.name), paths=(path,), folder=False)


def _in_folder(folder: Path, apart: Path | None, depth: int) -> Iterator[Input]:
    try:
        entries = {entry.name: entry for entry in _visible(folder.iterdir(), apart)}
    except PermissionError:  # handed on as it is: its hashing says why, and the rest of the batch goes on
        yield _file(folder)
        return
    ordered = [entries[name] for name in natural_order(entries)]
    if len(ordered) > 1 and all(_is_picture(entry) for entry in ordered):
        yield Input(
            source=_nfc(str(folder)), name=_nfc(folder.resolve().name), paths=tuple(ordered), folder=True
        )
        return
    for entry in ordered:
        if entry.is_dir():
            if depth > 0 and not entry.is_symlink():  # a link may lead round in a circle
                yield from _in_folder(entry, apart, depth - 1)
        else:
            yield _file(entry)


def _visible(entries: Iterable[Path], apart: Path | None) -> Iterator[Path]:
    for entry in entries:
        hidden = entry.name.startswith(".") or entry.name.lower() in _CLUTTER
        if not hidden and (apart is None or entry.resolve() != apart):
            yield entry


def _is_picture(entry: Path) -> bool:
    suffix = entry.suffix.lower()
    if not entry.is_file() or suffix not in IMAGE_SUFFIXES:
        return False
    return suffix not in _MULTI_PAGE or _has_one_page(entry)


def _has_one_page(tiff: Path) -> bool:
    try:
        return frame_count(tiff) == 1
    except OSError:
        return True  # one that cannot be read among others does not make its folder a pile


def _nfc(text: str) -> str:
    # A name that is not UTF-8 reaches us with surrogates, which no database keeps.
    return unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode("utf-8"))
