"""A PDF's pages, one at a time and in bounded memory, through pypdf."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from pypdf import PasswordType, PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    IndirectObject,
    NullObject,
    NumberObject,
    PdfObject,
    StreamObject,
)

from domain.errors import DamagedFile, EncryptedPdf

# Every oddity of a file would be told on the terminal; what matters becomes an error of ours.
logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)

_INHERITED = ("/Resources", "/MediaBox", "/CropBox", "/Rotate")
_MAX_DEPTH = 64  # of the page tree; real ones have three or four levels
_MAX_NODES = 200_000
_LETTER = (0.0, 0.0, 612.0, 792.0)  # what poppler takes where a page has no box

Rectangle: TypeAlias = tuple[float, float, float, float]  # left, bottom, right, top in points


@dataclass(frozen=True, slots=True)
class Leaf:
    """Where a page is found, so that its dictionary need not be kept."""

    place: PdfObject  # reference, or the dictionary itself where it stands inline
    drawn_as: int  # its number to poppler, which does not count pages that are lost
    inherited: Mapping[str, PdfObject] = field(default_factory=dict)


class PdfPages:
    """The pages of an open PDF; ``None`` among the leaves stands for a page that is lost."""

    def __init__(self, reader: PdfReader) -> None:
        self.reader = reader
        self.leaves: list[Leaf | None] = list(_leaves(reader))
        self._forget(set())

    @contextmanager
    def page(self, number: int) -> Iterator[DictionaryObject]:
        """The page's dictionary with what it inherits; what was loaded for it is dropped afterwards.

        ValueError for a page that is lost.
        """
        before = set(self.reader.resolved_objects)
        try:
            yield self._page(self.leaves[number - 1])
        finally:
            self._forget(before)

    def _page(self, leaf: Leaf | None) -> DictionaryObject:
        found = leaf.place.get_object() if leaf else None
        if leaf is None or not isinstance(found, DictionaryObject):
            raise ValueError("the page is lost")
        page = DictionaryObject(found)
        for name, value in leaf.inherited.items():
            if name not in page:
                page.update({name: value})
        return page

    def _forget(self, kept: set[tuple[int, int]]) -> None:
        """Drop what pypdf has cached since: it never would, and a book's pictures are its size.

        Object streams stay: they are small, and reading one again for each of its objects is not.
        """
        cache = self.reader.resolved_objects
        for key in [key for key in cache if key not in kept]:
            found = cache[key]
            if not (isinstance(found, StreamObject) and found.get("/Type") == "/ObjStm"):
                del cache[key]


@contextmanager
def open_pdf(path: Path, name: str) -> Iterator[PdfPages]:
    """The PDF opened for reading; an empty password is tried. Raises DamagedFile, EncryptedPdf.

    The file stays on disk: given a path, pypdf would read all of it into memory.
    """
    with path.open("rb") as file:
        try:
            reader = PdfReader(file)
            if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
                raise EncryptedPdf(name=name)
            pages = PdfPages(reader)
        except (EncryptedPdf, OSError):
            raise
        except (FileNotDecryptedError, DependencyError, NotImplementedError) as error:
            raise EncryptedPdf(name=name) from error
        except Exception as error:  # broken files make pypdf raise nearly anything
            raise DamagedFile(name=name, detail=_said(error)) from error
        yield pages


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:300]


def _leaves(reader: PdfReader) -> Iterator[Leaf | None]:
    """The page tree's leaves in order.

    pypdf's own list passes over pages that are lost, and every later one would then carry a
    wrong number.
    """
    root = reader.root_object.raw_get("/Pages")
    waiting: list[tuple[PdfObject, Mapping[str, PdfObject], int]] = [(root, {}, 0)]
    seen: set[int] = set()
    drawn = nodes = 0
    while waiting:
        place, inherited, depth = waiting.pop()
        nodes += 1
        if depth > _MAX_DEPTH or nodes > _MAX_NODES:
            raise ValueError("the page tree is too deep or too large")
        node = place.get_object()
        if not isinstance(node, DictionaryObject) or not node:
            yield None
        elif "/Kids" in node:
            if isinstance(place, IndirectObject):
                if place.idnum in seen:
                    raise ValueError("the page tree goes round in a circle")
                seen.add(place.idnum)
            own = {name: node.raw_get(name) for name in _INHERITED if name in node}
            kids = node["/Kids"]
            if isinstance(kids, ArrayObject):
                waiting += [(kid, {**inherited, **own}, depth + 1) for kid in reversed(list(kids))]
        else:
            drawn += 1
            is_page = node.get("/Type") == "/Page" or "/Contents" in node or "/MediaBox" in node
            yield Leaf(place, drawn, inherited) if is_page else None


def visible_box(page: DictionaryObject) -> Rectangle:
    """The crop box within the media box, in points; zero or negative in extent where they are nonsense."""
    media = _rectangle(page.get("/MediaBox")) or _LETTER
    crop = _rectangle(page.get("/CropBox")) or media
    return (
        max(media[0], crop[0]),
        max(media[1], crop[1]),
        min(media[2], crop[2]),
        min(media[3], crop[3]),
    )


def _rectangle(given: PdfObject | None) -> Rectangle | None:
    found = given.get_object() if given is not None else None
    if not isinstance(found, ArrayObject) or len(found) != 4:
        return None
    corners = [number(part) for part in found]
    if any(corner is None for corner in corners):
        return None
    left, bottom, right, top = (float(corner or 0.0) for corner in corners)
    return min(left, right), min(bottom, top), max(left, right), max(bottom, top)


def number(given: object) -> float | None:
    """A PDF number as a float; None for anything else."""
    found = given.get_object() if isinstance(given, PdfObject) else given
    return float(found) if isinstance(found, (NumberObject, FloatObject)) else None


def present(holder: DictionaryObject, name: str) -> bool:
    """True where the entry is there and not null."""
    found = holder.get(name)
    return found is not None and not isinstance(found.get_object(), NullObject)
