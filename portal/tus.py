"""The words of the tus protocol 1.0: what a request says, and what an answer. Pure.

A request that says it wrongly raises HTTPException with the status that the protocol names.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import re
from email.utils import format_datetime

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

from flows.steps.uploads import Arriving

ROOT = "/can-bo/tai-len"
VERSION = "1.0.0"
EXTENSIONS = "creation,expiration,checksum,termination"
PIECE = "application/offset+octet-stream"
LONGEST_METADATA = 6_000  # characters of the header; a name of 255 and a path of 1,000 fit


def check_version(headers: Headers) -> None:
    """Otherwise 412."""
    if headers.get("tus-resumable") != VERSION:
        raise HTTPException(412)


def whole_number(said: str | None) -> int:
    """A count of bytes, up to 2^63. Otherwise 400."""
    if said is None or not re.fullmatch(r"[0-9]{1,18}", said):
        raise HTTPException(400)
    return int(said)


def size_of(headers: Headers) -> int | None:
    """How long the body is; None where that is not told. Otherwise 400."""
    said = headers.get("content-length")
    return None if said is None else whole_number(said)


def check_piece(headers: Headers) -> None:
    """Otherwise 415."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != PIECE:
        raise HTTPException(415)


def promised(headers: Headers) -> bytes | None:
    """The SHA-256 that the body is to have; None where none is promised. Otherwise 400."""
    said = headers.get("upload-checksum")
    if said is None:
        return None
    algorithm, _, digest = said.partition(" ")
    decoded = _decoded(digest)
    if algorithm != "sha256" or len(decoded) != 32:
        raise HTTPException(400)
    return decoded


def metadata(headers: Headers) -> dict[str, str]:
    """The pairs of ``Upload-Metadata``; bytes that are no text come as U+FFFD. Otherwise 400."""
    said = headers.get("upload-metadata", "")
    if len(said) > LONGEST_METADATA:
        raise HTTPException(400)
    found: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in said.split(","))):
        key, _, value = pair.partition(" ")
        if key in found:
            raise HTTPException(400)
        found[key] = _decoded(value.strip()).decode("utf-8", "replace")
    return found


def _decoded(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise HTTPException(400) from None


def told(one: Arriving) -> dict[str, str]:
    """The headers that say how far an upload is."""
    said = {
        "tus-resumable": VERSION,
        "upload-offset": str(one.offset),
        "upload-length": str(one.upload.length),
        "cache-control": "no-store",
    }
    return said | expiry(one.expires_at)


def expiry(moment: dt.datetime | None) -> dict[str, str]:
    return {} if moment is None else {"upload-expires": format_datetime(moment, usegmt=True)}
