"""Forms with files, written to the disk as they come: for browsers without scripts. Bounded in everything."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Self

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.exceptions import HTTPException

from domain.errors import UploadTooLong

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MOST_FILES = 50  # of one form
MOST_FIELDS = 20
LONGEST_FIELD = 4_000  # bytes
LONGEST_HEADER = 4_000  # bytes of one part's headers


@dataclass(frozen=True, slots=True)
class Sent:
    """A file of a form, whole and on the disk."""

    name: str  # as the browser told it
    path: Path
    size: int  # bytes


@dataclass(slots=True)
class _Part:
    name: str
    file: str | None  # the name of a file; None for a field
    out: BinaryIO | None = None
    path: Path | None = None
    size: int = 0
    text: bytearray = field(default_factory=bytearray)


class FormFiles:
    """Takes a body apart: ``feed`` it, then ``finish``; what is not finished leaves no file.

    ``room`` gives a name for a new file. ``checked`` is called with the fields so far before the first byte
    of a file is written, and may refuse by an exception. ``longest``: bytes of one file.
    """

    def __init__(
        self,
        content_type: str,
        *,
        room: Callable[[], Path],
        checked: Callable[[dict[str, str]], None],
        longest: int,
    ) -> None:
        """Raises HTTPException(415) for another kind of form."""
        kind, options = parse_options_header(content_type.encode("latin-1", "replace"))
        boundary = options.get(b"boundary", b"")
        if kind != b"multipart/form-data" or not 0 < len(boundary) <= 200:
            raise HTTPException(415)
        self.fields: dict[str, str] = {}
        self.sent: list[Sent] = []
        self._room, self._checked, self._longest = room, checked, longest
        self._part: _Part | None = None
        self._headers: dict[bytes, bytes] = {}
        self._name, self._value = bytearray(), bytearray()
        self._ended = False
        callbacks: MultipartCallbacks = {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header(self._name, data[start:end]),
            "on_header_value": lambda data, start, end: self._header(self._value, data[start:end]),
            "on_header_end": self._header_end,
            "on_headers_finished": self._open,
            "on_part_data": lambda data, start, end: self._data(data[start:end]),
            "on_part_end": self._close,
            "on_end": self._end,
        }
        self._parser = MultipartParser(boundary, callbacks)

    def feed(self, data: bytes) -> None:
        """Raises HTTPException(400, 413), UploadTooLong, OSError, and what ``checked`` raises."""
        try:
            self._parser.write(data)
        except MultipartParseError:
            raise HTTPException(400) from None

    def finish(self) -> list[Sent]:
        """The files, now the caller's; those without a name and a byte were not chosen. Raises 400."""
        if not self._ended:
            raise HTTPException(400)
        sent, self.sent = self.sent, []
        return sent

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        part = self._part
        if part is not None and part.out is not None and part.path is not None:
            part.out.close()
            part.path.unlink(missing_ok=True)
        for one in self.sent:
            one.path.unlink(missing_ok=True)

    def _begin(self) -> None:
        self._headers = {}
        self._name, self._value = bytearray(), bytearray()

    def _header(self, held: bytearray, data: bytes) -> None:
        held += data
        if len(held) > LONGEST_HEADER or len(self._headers) > MOST_FIELDS:
            raise HTTPException(400)

    def _header_end(self) -> None:
        self._headers[bytes(self._name).lower()] = bytes(self._value)
        self._name, self._value = bytearray(), bytearray()

    def _open(self) -> None:
        _, said = parse_options_header(self._headers.get(b"content-disposition", b""))
        file = said.get(b"filename")
        self._part = _Part(_text(said.get(b"name", b"")), None if file is None else _text(file))
        if file is None and len(self.fields) >= MOST_FIELDS:
            raise HTTPException(400)
        if file and len(self.sent) >= MOST_FILES:
            raise HTTPException(413)

    def _data(self, data: bytes) -> None:
        part = self._part
        if part is None or part.file == "":
            return
        part.size += len(data)
        if part.file is None:
            if part.size > LONGEST_FIELD:
                raise HTTPException(413)
            part.text += data
            return
        if part.size > self._longest:
            raise UploadTooLong(size=part.size, limit=self._longest)
        if part.out is None:
            self._make(part)
        if part.out is not None:
            part.out.write(data)

    def _make(self, part: _Part) -> None:
        self._checked(self.fields)
        part.path = self._room()
        part.out = part.path.open("xb")

    def _close(self) -> None:
        part = self._part
        if part is None:
            return
        if part.file is None:
            self.fields[part.name[:100]] = _text(bytes(part.text))
        elif part.file:
            if part.out is None:
                self._make(part)
            if part.out is not None and part.path is not None:
                part.out.flush()
                os.fsync(part.out.fileno())
                part.out.close()
                self.sent.append(Sent(part.file, part.path, part.size))
        self._part = None

    def _end(self) -> None:
        self._ended = True


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
