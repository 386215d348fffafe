"""Natural order: page 2 before page 10."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from natsort import natsort_keygen, ns

_natural_key = natsort_keygen(alg=ns.INT | ns.PATH)


def natural_order(names: Iterable[str]) -> list[str]:
    """The names with their numbers counted as numbers, blind to case and normal form.

    Names that differ only in case or normal form follow each other in the order of their code
    points, so the result depends on the names alone, never on the order a file system gave them in.
    """
    return sorted(names, key=_key)


def _key(name: str) -> tuple[object, str]:
    return _natural_key(unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())), name
