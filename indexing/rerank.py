"""A second look at the first items of an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from indexing.queries import Parsed

WINDOW = 30  # items, each by its best page, that are looked at again


@dataclass(frozen=True, slots=True)
class Candidate:
    """One item by its best page."""

    score: float  # the engine's
    title: str
    heading: str
    text: str
    so_ky_hieu: str | None


def reranked(parsed: Parsed, candidates: Sequence[Candidate]) -> list[float]:  # noqa: ARG001
    """New scores in the order given, higher is better; the same for both engines."""
    return [candidate.score for candidate in candidates]
