"""Reading and writing XML that strangers may have touched."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml import etree

MAX_BYTES = 64 * 1024 * 1024  # a dense page of hOCR is about 100 kB

# What XML 1.0 cannot carry, not even escaped.
_UNCARRIED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_UNCARRIED_BYTES = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_ESCAPES = {
    ord("&"): "&amp;",
    ord("<"): "&lt;",
    ord(">"): "&gt;",
    ord('"'): "&quot;",
    ord("'"): "&#39;",
    # Left as they are, a parser would turn these into spaces (attributes) or newlines.
    ord("\t"): "&#9;",
    ord("\n"): "&#10;",
    ord("\r"): "&#13;",
}


class Unreadable(ValueError):
    """These bytes are no XML that we take; says why."""


def carried(text: str) -> str:
    """The text without the characters that XML cannot carry."""
    return _UNCARRIED.sub("", text)


def escaped(text: str) -> str:
    """For element content and for attributes in either quote."""
    if text.isalnum():  # as most words are
        return text
    return carried(text).translate(_ESCAPES)


def parse(data: bytes, *, forgiving: bool = False) -> etree._Element:
    """The root element. Entities, DTDs and the network stay out of it. Raises Unreadable.

    ``forgiving`` tries once more without bad UTF-8 and control characters, which Tesseract
    passes on from a damaged model; it never guesses at missing tags, since half a page read
    as a whole one would go unnoticed.
    """
    if len(data) > MAX_BYTES:
        raise Unreadable(f"{len(data)} bytes of XML")
    from lxml import etree  # 6 MB, and here alone: who only knows this module need not have it

    try:
        return _strictly(data)
    except etree.XMLSyntaxError as error:
        if not forgiving:
            raise Unreadable(str(error)) from error
    clean = _UNCARRIED_BYTES.sub(b"", data.decode("utf-8", "replace").encode())
    try:
        return _strictly(clean)
    except etree.XMLSyntaxError as error:
        raise Unreadable(str(error)) from error


def _strictly(data: bytes) -> etree._Element:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.fromstring(data, parser)
