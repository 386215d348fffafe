"""From the files a person named, or sent, to the inputs of a batch. Looks at names and folders only."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

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
    names: tuple[str, ...] = ()  # of each file as handed in, where it rests under another

    def name_of(self, place: int) -> str:
        """What the file of ``paths`` at ``place`` (from 0) was called when it was handed in."""
        return self.names[place] if self.names else _nfc(self.paths[place].name)


@dataclass(frozen=True, slots=True)
class Handed:
    """A file that came with a name of its own, wherever its bytes rest."""

    path: Path
    name: str  # NFC
    folder: tuple[str, ...] = ()  # the folders it lay in, from the one that was named


@dataclass(slots=True)
class _Pile:
    """A folder that is nowhere but in the names of its files."""

    files: list[Handed] = field(default_factory=list)
    folders: dict[str, _Pile] = field(default_factory=dict)


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


def arrange(files: Iterable[Handed]) -> tuple[Input, ...]:
    """The inputs that ``gather`` would find, were the files to lie where their names say; in natural order.

    Raises NothingToAdd where there is nothing but clutter.
    """
    top = _Pile()
    for one in files:
        if any(_is_clutter(step) for step in (*one.folder, one.name)):
            continue
        pile = top
        for step in one.folder:
            pile = pile.folders.setdefault(step, _Pile())
        pile.files.append(one)
    found = tuple(_in_pile(top, ""))
    if not found:
        raise NothingToAdd(path="")
    return found


def _in_pile(pile: _Pile, where: str) -> Iterator[Input]:
    """As ``_in_folder``; the top is no folder, so that loose pictures stay what each of them is."""
    files = {one.name: one for one in pile.files}
    ordered = natural_order({**files, **pile.folders})
    if where and len(ordered) > 1 and not pile.folders and all(_is_one(files[name]) for name in ordered):
        book = [files[name] for name in ordered]
        yield Input(
            source=where.rstrip("/"),
            name=where.rstrip("/").rpartition("/")[2],
            paths=tuple(one.path for one in book),
            folder=True,
            names=tuple(one.name for one in book),
        )
        return
    for name in ordered:
        if name in files:
            yield Input(where + name, name, (files[name].path,), folder=False, names=(name,))
        if name in pile.folders:
            yield from _in_pile(pile.folders[name], f"{where}{name}/")


def _is_one(one: Handed) -> bool:
    return _is_picture_file(one.path, PurePath(one.name).suffix)


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
        if not _is_clutter(entry.name) and (apart is None or entry.resolve() != apart):
            yield entry


def _is_clutter(name: str) -> bool:
    return name.startswith(".") or name.lower() in _CLUTTER


def _is_picture(entry: Path) -> bool:
    return entry.is_file() and _is_picture_file(entry, entry.suffix)


def _is_picture_file(path: Path, suffix: str) -> bool:
    """Whether a file whose name ends so is one picture; what may be several is looked into."""
    suffix = suffix.lower()
    return suffix in IMAGE_SUFFIXES and (suffix not in _MULTI_PAGE or _has_one_page(path))


def _has_one_page(tiff: Path) -> bool:
    try:
        return frame_count(tiff) == 1
    except OSError:
        return True  # one that cannot be read among others does not make its folder a pile


def _nfc(text: str) -> str:
    # A name that is not UTF-8 reaches us with surrogates, which no database keeps.
    return unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode("utf-8"))
