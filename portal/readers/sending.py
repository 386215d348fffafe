"""Files of the store as they are: whole, in part, or not at all where the browser has them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from contextlib import ExitStack
from typing import BinaryIO
from urllib.parse import quote

from fastapi import Request
from starlette.responses import Response, StreamingResponse

from domain.holdings import FileEntry
from domain.ports import Shelf

BLOCK = 256 * 1024  # bytes
KEPT = "private, no-cache"  # asked for again each time, since an item may be withdrawn
_RANGE = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))", re.ASCII)
_UNSAFE = re.compile(r'[^\w .,()–-]|["\\]')
LONGEST_NAME = 120  # characters


def tag_of(file: FileEntry, *more: object) -> str:
    return '"' + "-".join([file.fixity.sha256[:32], *map(str, more)]) + '"'


def is_known(request: Request, tag: str) -> bool:
    """Whether the browser says that it has this very version."""
    said = request.headers.get("if-none-match", "")
    return said.strip() == "*" or tag in [one.strip().removeprefix("W/") for one in said.split(",")]


def not_modified(tag: str) -> Response:
    return Response(status_code=304, headers={"etag": tag, "cache-control": KEPT})


def send(request: Request, shelf: Shelf, file: FileEntry, name: str) -> Response:
    """The file under a name to be saved as. Raises StoreError before anything is sent.

    Of a part nothing else is fetched from the store, and it is never of another version than was told.
    """
    size, tag = file.fixity.size, tag_of(file)
    headers = {
        "etag": tag,
        "cache-control": KEPT,
        "accept-ranges": "bytes",
        "content-disposition": disposition(name),
    }
    if is_known(request, tag):
        return not_modified(tag)
    span = asked_range(request, tag, size)
    if span is None:
        return Response(status_code=416, headers=headers | {"content-range": f"bytes */{size}"})
    first, end = span
    status = 200
    if (first, end) != (0, size):
        status, headers["content-range"] = 206, f"bytes {first}-{end - 1}/{size}"
    headers["content-length"] = str(end - first)
    with ExitStack() as opened:
        store = shelf.store
        source = opened.enter_context(
            store.open(file.key) if status == 200 else store.part(file.key, first, end, of=file.fixity)
        )
        body = _blocks(source, end - first, opened.pop_all())
    return StreamingResponse(body, status, headers, file.media_type)


def _blocks(source: BinaryIO, left: int, opened: ExitStack) -> Iterator[bytes]:
    with opened:
        while left and (block := source.read(min(BLOCK, left))):
            left -= len(block)
            yield block


def asked_range(request: Request, tag: str, size: int) -> tuple[int, int] | None:
    """First byte and end (exclusive) of what is asked for; None where that lies outside of the file.

    The whole where no range is asked for, several are, or of another version.
    """
    said = request.headers.get("range", "")
    version = request.headers.get("if-range")
    found = _RANGE.fullmatch(said.replace(" ", ""))
    if found is None or (version is not None and version != tag):
        return 0, size
    start, stop, last = found.groups()
    if last is not None:
        first, end = max(0, size - int(last)), size
    else:
        first, end = int(start), min(size, int(stop) + 1) if stop else size
    if first >= size or first >= end:
        return None
    return first, end


def disposition(name: str) -> str:
    """RFC 6266: the name in the letters of its language, and without marks for whoever knows no better."""
    stem, dot, suffix = name.rpartition(".")
    safe = " ".join(_UNSAFE.sub(" ", unicodedata.normalize("NFC", stem)).split())[:LONGEST_NAME] or "tai-lieu"
    plain = unicodedata.normalize("NFD", safe.replace("đ", "d").replace("Đ", "D"))
    ascii_name = " ".join(plain.encode("ascii", "ignore").decode().split()) or "tai-lieu"
    return (
        f"attachment; filename=\"{ascii_name}{dot}{suffix}\"; filename*=UTF-8''{quote(safe + dot + suffix)}"
    )
