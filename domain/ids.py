"""Identifiers, and how object keys are spelled."""

from __future__ import annotations

import re
import uuid
from typing import NewType

ItemId = NewType("ItemId", str)  # opaque, for ever: 32 hexadecimal digits
BatchId = NewType("BatchId", str)
Accession = NewType("Accession", str)  # the shelf code, TSPL-<province>-<year>-<sequence>
ObjectKey = NewType("ObjectKey", str)  # "/"-separated segments of [a-z0-9._-], none of them "." or ".."

_SEGMENT = re.compile(r"(?!\.{1,2}$)[a-z0-9._-]{1,120}")


def new_item_id() -> ItemId:
    return ItemId(uuid.uuid4().hex)


def new_batch_id() -> BatchId:
    return BatchId(uuid.uuid4().hex)


def accession(province: str, year: int, sequence: int) -> Accession:
    """The shelf code: ``TSPL-VN-2026-000001``; sequences count from 1 within province and year."""
    return Accession(f"TSPL-{province}-{year}-{sequence:06d}")


def object_key(*segments: str) -> ObjectKey:
    """A key of these segments; ValueError where one could leave its folder or upset a store."""
    parts = "/".join(segments).split("/")
    for part in parts:
        if not _SEGMENT.fullmatch(part):
            raise ValueError(f"not a key segment: {part!r}")
    return ObjectKey("/".join(parts))


def original_key(sha256: str, suffix: str) -> ObjectKey:
    """Where a file of a scan rests: by its content, so that keeping it again changes nothing.

    ``suffix`` as ".pdf" or ""; one that could upset a store becomes ".bin".
    """
    safe = suffix.lower() if re.fullmatch(r"\.[A-Za-z0-9]{1,8}", suffix) else ".bin"
    return object_key("originals", sha256[:2], f"{sha256}{safe}")


def page_key(item_id: ItemId, home: int) -> ObjectKey:
    """Where the hOCR of one page (its ``kept_as``) rests; it is the kept form of its ``OcrPage``."""
    return object_key("items", item_id, "pages", f"{home:06d}.hocr")


def reading_key(item_id: ItemId, home: int, sha256: str) -> ObjectKey:
    """Where a corrected reading of one page rests: by its content, so that earlier ones stay beside it."""
    return object_key("items", item_id, "readings", f"{home:06d}.{sha256[:20]}.hocr")


def derivative_key(item_id: ItemId, name: str) -> ObjectKey:
    """Where a derivative rests: ``access.pdf``, ``text.txt``, ``thumbs/000001.webp``."""
    return object_key("items", item_id, "derivatives", name)
