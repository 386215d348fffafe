"""Letters without what engines most often get wrong: marks, case, spacing."""

from __future__ import annotations

import unicodedata


def bare(text: str) -> str:
    """Upper-case letters without marks, digits and single spaces: "Độ mật: Tối" gives "DO MAT TOI"."""
    apart = unicodedata.normalize("NFD", text.upper().replace("Đ", "D"))
    kept = "".join(char if char.isalnum() else " " for char in apart if not unicodedata.combining(char))
    return " ".join(kept.split())
