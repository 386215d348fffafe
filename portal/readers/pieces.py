"""Text in pieces that are marked or not, as templates write it."""

from __future__ import annotations

from dataclasses import dataclass

from config.messages import printable
from domain.queries import Snippet


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    marked: bool = False


def pieces_of(snippet: Snippet) -> tuple[Piece, ...]:
    """The snippet cut at its marks; marks that nothing but space parts are one."""
    found: list[Piece] = []
    at = 0
    for start, end in _joined(snippet):
        if at < start:
            found.append(_piece(snippet.text[at:start], marked=False))
        found.append(_piece(" ".join(snippet.text[start:end].split()), marked=True))
        at = end
    if at < len(snippet.text):
        found.append(_piece(snippet.text[at:], marked=False))
    return tuple(found)


def _joined(snippet: Snippet) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in snippet.marks:
        if joined and snippet.text[joined[-1][1] : start].isspace():
            joined[-1] = joined[-1][0], end
        else:
            joined.append((start, end))
    return joined


def _piece(text: str, *, marked: bool) -> Piece:
    return Piece(printable(text), marked)
