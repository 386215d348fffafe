"""Letters without what engines most often get wrong: marks, case, spacing."""

from __future__ import annotations

import unicodedata

_MOST_REMEMBERED = 4096  # characters; a page of any language has a few hundred different ones


class _Bare(dict[int, str]):
    """What is left of each character, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        apart = unicodedata.normalize("NFD", chr(code).upper().replace("Đ", "D"))
        kept = "".join(char if char.isalnum() else " " for char in apart if not unicodedata.combining(char))
        if len(self) < _MOST_REMEMBERED:
            self[code] = kept
        return kept


_BARE = _Bare()


def bare(text: str) -> str:
    """Upper-case letters without marks, digits and single spaces: "Độ mật: Tối" gives "DO MAT TOI"."""
    return " ".join(text.translate(_BARE).split())
