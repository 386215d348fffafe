"""For how long a file may be fetched from a store, and under which name a browser keeps it (RFC 6266)."""

from __future__ import annotations

import datetime as dt
import unicodedata
from urllib.parse import quote

LONGEST = 120  # code points of a name; file systems stop at 255 bytes
_SHOWN = frozenset({"application/pdf", "text/plain"})  # and pictures; nothing that runs scripts
_NEVER = frozenset('"\\/:*?<>|')  # in no file name; Windows refuses most of them
_MISREAD = _NEVER | frozenset("%;")  # in the plain name, where browsers differ


def checked_expiry(expires: dt.timedelta) -> dt.timedelta:
    """As it is; ValueError beyond what S3 allows."""
    if not dt.timedelta(seconds=1) <= expires <= dt.timedelta(days=7):
        raise ValueError(f"a reading address for {expires}; 1 second to 7 days are possible")
    return expires


def content_disposition(name: str, media_type: str) -> str:
    """``inline`` for what can only be looked at, else ``attachment``; the name in ASCII, and as it is."""
    picture = media_type.startswith("image/") and media_type != "image/svg+xml"
    how = "inline" if picture or media_type in _SHOWN else "attachment"
    given = safe_name(name)
    plain = unicodedata.normalize("NFKD", given.translate({ord("đ"): "d", ord("Đ"): "D"}))
    ascii_name = "".join(
        sign if " " <= sign <= "~" and sign not in _MISREAD else "_"
        for sign in plain
        if not unicodedata.combining(sign)
    )
    return f"{how}; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(given, safe='')}"


def safe_name(name: str) -> str:
    """A file name in NFC without what controls, hides or leaves a folder; "file" where nothing is left."""
    said = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))
    # Control, format (such as those that turn the direction of writing) and unassigned characters, line ends.
    seen = (sign for sign in said if unicodedata.category(sign) not in {"Cc", "Cf", "Cn", "Co", "Zl", "Zp"})
    kept = "".join("_" if sign in _NEVER else sign for sign in seen).strip(" .")
    if len(kept) > LONGEST:
        stem, dot, ending = kept.rpartition(".")
        ending = dot + ending if stem and len(ending) <= 8 else ""
        kept = kept[: LONGEST - len(ending)].rstrip(" .") + ending
    return kept or "file"
