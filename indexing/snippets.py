"""A stretch of a page around what was looked for, with the words marked."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate

from domain.queries import Snippet
from indexing.marks import Sought, begun, folded, sought, worth
from indexing.queries import Parsed
from indexing.text import words

WINDOW = 30  # words

_WHITE = re.compile(r"\s")
_last: tuple[Parsed, Sought] | None = None  # one answer has many snippets for the same query


def snippet(text: str, parsed: Parsed, *, window: int = WINDOW, near: int | None = None) -> Snippet:
    """About ``window`` words of an NFC text where it answers best; its start where it does not.

    ``near`` is the stretch without spaces from which on most of what is asked for stands, where that
    is known: then little of the page has to be looked at. Marks are code points of the snippet and lie
    on word borders. Line breaks become spaces, one for one.
    """
    asked = _sought(parsed)
    if near is not None and not asked.runs and not asked.written:
        text = _from(text, max(0, near - window // 2), 2 * window)
    chunks = text.split()
    parts = folded(chunks)
    told = worth(chunks, parts, asked)
    if asked.runs or asked.written:
        told |= begun(chunks, parts, asked)
    ends = list(accumulate(map(len, parts)))  # behind each chunk, in tokens
    if not ends or not ends[-1]:
        return Snippet("")
    first = _best_start(told, ends[-1], window)
    return _cut(text, ends, first, min(first + window, ends[-1]), told)


def _sought(parsed: Parsed) -> Sought:
    global _last
    last = _last
    if last is None or last[0] is not parsed:
        last = _last = (parsed, sought(parsed))
    return last[1]


def _from(text: str, first: int, count: int) -> str:
    """So many stretches of a text."""
    rest = text.split(None, first)[first:]
    behind = rest[0].split(None, count) if rest else []
    return rest[0][: len(rest[0]) - len(behind[-1])] if len(behind) > count else "".join(rest)


def _cut(text: str, ends: Sequence[int], first: int, end: int, told: Mapping[int, int]) -> Snippet:
    """The text from one token to another (exclusive)."""
    opening, closing = bisect_right(ends, first), bisect_left(ends, end)
    rest = text.split(None, opening)[opening]
    behind = rest.split(None, closing - opening + 1)
    stretch = rest[: len(rest) - len(behind[-1])] if len(behind) > closing - opening + 1 else rest
    before = ends[opening - 1] if opening else 0
    spans = words(stretch)[first - before : end - before]
    left, right = spans[0][0], spans[-1][1]
    marks = tuple((start - left, stop - left) for at, (start, stop) in enumerate(spans, first) if at in told)
    return Snippet(_WHITE.sub(" ", stretch[left:right]), marks)


def _best_start(told: Mapping[int, int], count: int, window: int) -> int:
    """The first token of the best window, set so that what it marks stands in its middle."""
    at = sorted(told)
    total = best = left = 0
    found: tuple[int, int] | None = None
    for ordinal in at:
        total += told[ordinal]
        while ordinal - at[left] >= window:
            total -= told[at[left]]
            left += 1
        if total > best:
            best, found = total, (at[left], ordinal)
    if found is None:
        return 0
    return max(0, min((found[0] + found[1] + 1 - window) // 2, count - window))
