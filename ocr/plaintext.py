"""Pages as plain text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

from domain.text import OcrPage


def write_text(pages: Iterable[OcrPage], out: BinaryIO) -> None:
    """UTF-8 with a form feed after each page, as pdftotext does; of an empty page only that."""
    for page in pages:
        text = page.text.replace("\f", " ")
        ending = "\n\f" if text else "\f"
        out.write((text + ending).encode("utf-8", "replace"))
