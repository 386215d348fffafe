"""One-page PDFs bound into one file, page by page.

pikepdf copies what comes from another file into memory until it saves; a folder of five hundred
photographs would not fit. Here a page is written as soon as it is there, and forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from io import BytesIO
from typing import BinaryIO

from pikepdf import Array, Dictionary, Name, Object, Page, Pdf, Stream

_CATALOG, _PAGES = 1, 2  # object numbers


class Binder:
    """Writes pages into ``out``; ``close`` makes it a PDF."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._offsets: dict[int, int] = {}  # by object number
        self._kids: list[int] = []
        self._next = _PAGES + 1
        out.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def add(self, one_page: bytes) -> None:
        """Append the first page of a PDF. Raises what pikepdf raises for a PDF that is none."""
        with Pdf.open(BytesIO(one_page)) as source:
            page = source.pages[0]
            numbers: dict[tuple[int, int], int] = {}
            for found in _reachable(page):
                numbers[found.objgen] = self._next
                self._next += 1
            self._kids.append(numbers[page.obj.objgen])
            for found in _reachable(page):
                self._write(numbers[found.objgen], found, numbers)

    def close(self) -> None:
        kids = b" ".join(b"%d 0 R" % kid for kid in self._kids)
        self._object(_PAGES, b"<< /Type /Pages /Count %d /Kids [ %s ] >>" % (len(self._kids), kids))
        self._object(_CATALOG, b"<< /Type /Catalog /Pages %d 0 R >>" % _PAGES)
        table = self._out.tell()
        self._out.write(b"xref\n0 %d\n0000000000 65535 f \n" % self._next)
        for number in range(1, self._next):
            self._out.write(b"%010d 00000 n \n" % self._offsets[number])
        trailer = b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        self._out.write(trailer % (self._next, _CATALOG, table))

    def _write(self, number: int, found: Object, numbers: dict[tuple[int, int], int]) -> None:
        if isinstance(found, Stream):
            data = found.read_raw_bytes()
            entries = {**dict(found.stream_dict.items()), "/Length": len(data)}
            said = _dictionary(entries, numbers)
            self._object(number, said + b"\nstream\n" + data + b"\nendstream")
        else:
            self._object(number, _said(found, numbers, inside=False))

    def _object(self, number: int, said: bytes) -> None:
        self._offsets[number] = self._out.tell()
        self._out.write(b"%d 0 obj\n%s\nendobj\n" % (number, said))


def _reachable(page: Page) -> Iterator[Object]:
    """The page and the numbered objects that it needs, each once; not the tree above it."""
    seen = set()
    waiting: list[object] = [page.obj]
    while waiting:
        found = waiting.pop()
        if not isinstance(found, Object):
            continue
        if found.is_indirect:
            if found.objgen in seen:
                continue
            seen.add(found.objgen)
            yield found
        if isinstance(found, Stream):
            waiting += found.stream_dict.values()
        elif isinstance(found, Dictionary):
            waiting += [value for name, value in found.items() if name != "/Parent"]
        elif isinstance(found, Array):
            waiting += list(found)


def _said(value: object, numbers: dict[tuple[int, int], int], *, inside: bool = True) -> bytes:
    """A value as a PDF says it; numbered ones by their new number."""
    if inside and isinstance(value, Object) and value.is_indirect:
        return b"%d 0 R" % numbers[value.objgen]
    if isinstance(value, Dictionary):
        return _dictionary(dict(value.items()), numbers)
    if isinstance(value, Array):
        return b"[ " + b" ".join(_said(part, numbers) for part in value) + b" ]"
    if isinstance(value, Object):
        return value.unparse()
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, Decimal | float):
        return f"{value:f}".encode("ascii")
    return b"null" if value is None else str(value).encode("ascii")


def _dictionary(entries: Mapping[str, object], numbers: dict[tuple[int, int], int]) -> bytes:
    parts = [
        Name(name).unparse() + b" " + (b"%d 0 R" % _PAGES if name == "/Parent" else _said(value, numbers))
        for name, value in entries.items()
    ]
    return b"<< " + b" ".join(parts) + b" >>"
