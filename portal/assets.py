"""Styles, scripts and signs: addressed by what they hold, so that a browser may keep them for ever."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".webmanifest": "application/manifest+json",
}
_WORTH_PACKING = frozenset({".css", ".js", ".svg", ".webmanifest"})


@dataclass(frozen=True, slots=True)
class Asset:
    data: bytes
    packed: bytes | None  # gzip
    media_type: str


@cache
def _assets() -> tuple[Mapping[str, str], Mapping[str, Asset]]:
    """Name -> address, and address -> what it holds: a few hundred kilobytes in memory."""
    addresses: dict[str, str] = {}
    held: dict[str, Asset] = {}
    for name, source in _walk("", files("portal").joinpath("static")):
        stem, dot, suffix = name.rpartition(".")
        media_type = _TYPES.get(f"{dot}{suffix}")
        if media_type is None:
            continue  # licences, the lock
        data = source.read_bytes()
        address = f"{stem}.{hashlib.sha256(data).hexdigest()[:12]}{dot}{suffix}"
        addresses[name] = f"/static/{address}"
        packed = gzip.compress(data, 9, mtime=0) if f"{dot}{suffix}" in _WORTH_PACKING else None
        held[address] = Asset(data, packed, media_type)
    return addresses, held


def _walk(prefix: str, folder: Traversable) -> list[tuple[str, Traversable]]:
    found: list[tuple[str, Traversable]] = []
    for one in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if one.is_dir():
            found += _walk(f"{prefix}{one.name}/", one)
        else:
            found.append((f"{prefix}{one.name}", one))
    return found


def asset(name: str) -> str:
    """The address of a file of ``static/``. KeyError where there is none: a template's mistake."""
    return _assets()[0][name]


def held(address: str) -> Asset | None:
    """What lies at an address under ``/static/``."""
    return _assets()[1].get(address)
