"""The keys a store takes; checked again at this edge, whoever made them."""

from __future__ import annotations

import re

from domain.ids import ObjectKey, object_key

MAX_KEY = 900  # characters; S3 stops at 1,024 bytes, and an address may add a prefix


def checked(key: str) -> ObjectKey:
    """The key as it is; ValueError where it could leave its folder, hide, or upset a store."""
    if len(key) > MAX_KEY:
        raise ValueError(f"object key of {len(key)} characters; {MAX_KEY} at most")
    if key.startswith("."):
        raise ValueError(f"object key of a hidden folder: {key!r}")
    return object_key(key)


def begins_keys(prefix: str) -> bool:
    """Whether any key can begin so."""
    folder, slash, rest = prefix.rpartition("/")
    if slash:
        try:
            checked(folder)
        except ValueError:
            return False
    elif rest.startswith("."):
        return False
    return re.fullmatch(r"[a-z0-9._-]*", rest) is not None
