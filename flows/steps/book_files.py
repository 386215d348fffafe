"""The files that are made of a whole book, by their names; apart from the makers, which load much."""

from __future__ import annotations

PDF, TEXT, HOCR, ALTO = "access.pdf", "text.txt", "book.hocr", "alto.xml"

MEDIA_TYPES = {
    PDF: "application/pdf",
    TEXT: "text/plain; charset=utf-8",
    HOCR: "text/vnd.hocr+html",
    ALTO: "application/alto+xml",
}
"""Of each file, in the order in which they are made and shown."""
