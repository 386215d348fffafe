"""Reading the addresses that settings give to adapters."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote


def path_of(url: str) -> Path:
    """The absolute path in ``scheme:///a/b%20c`` (SQLAlchemy's fourth slash included).

    ValueError for an address that names a host or a relative path.
    """
    rest = url.partition("://")[2]
    path = unquote(rest)
    if path.startswith("//"):  # sqlite:////abs: the third slash parts the empty host from the path
        path = path[1:]
    if not path.startswith("/"):
        raise ValueError(f"not an absolute path: {url!r}")
    return Path(path)
