"""Page numbers at the head or foot of a page: they stand between a sentence and its end."""

from __future__ import annotations

LONGEST = 12  # characters: "– 123 –"


def is_folio(line: str) -> bool:
    """Whether a first or last line is a page number, or what was read in its place.

    By its looks alone: the ledger of pages does not understand every folio.
    """
    return len(line) <= LONGEST and not any(map(str.isalpha, line))


def running(text: str) -> str:
    """The text of a page without folios in its first and last line."""
    first, _, rest = text.partition("\n")
    text = rest if is_folio(first) else text
    rest, _, last = text.rpartition("\n")
    return rest if is_folio(last) else text
