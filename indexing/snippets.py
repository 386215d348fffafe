"""A stretch of a page around what was looked for, with the words marked."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate, islice

from domain.queries import Snippet
from indexing.marks import Sought, begun, folded, sought, worth
from indexing.queries import Parsed
from indexing.text import aligned, words

WINDOW = 30  # words

_WHITE, _WORD = re.compile(r"[^\S ]"), re.compile("[^ ]+")
_last: tuple[Parsed, Sought] | None = None  # one answer has many snippets for the same query


def snippet(text: str, parsed: Parsed, *, window: int = WINDOW) -> Snippet:
    """About ``window`` words of an NFC text where it answers best; its start where it does not.

    Marks are code points of the snippet and lie on word borders. Line breaks become spaces, one for one.
    """
    asked = _sought(parsed)
    plain = aligned(text) if not asked.written else None
    if plain is not None:
        return snippet_of(text, plain, _told((), (plain.split(),), asked), window=window)
    chunks = text.split()
    parts = folded(chunks)
    told = _told(chunks, parts, asked)
    ends = list(accumulate(map(len, parts)))  # behind each chunk, in tokens
    if not ends or not ends[-1]:
        return Snippet("")
    first = min(_middle(told, window), max(0, ends[-1] - window))
    return _cut(text, ends, first, min(first + window, ends[-1]), told)


def snippet_of(text: str, plain: str, told: Mapping[int, int], *, window: int = WINDOW) -> Snippet:
    """The same where it is known what each word that is asked for tells, by its ordinal (``in_words``).

    ``plain`` is the text as ``text.aligned`` has it.
    """
    if not plain.strip():
        return Snippet("")
    first = _middle(told, window)
    spans = _spans(plain, first, window)
    if first and len(spans) < window:  # the page ends within
        first = max(0, first + len(spans) - window)
        spans = _spans(plain, first, window)
    return _marked(text, spans, first, told)


def _told(chunks: Sequence[str], parts: Sequence[Sequence[str]], asked: Sought) -> dict[int, int]:
    """What each word that is asked for tells, by its ordinal."""
    told = worth(chunks, parts, asked)
    return told | begun(chunks, parts, asked) if asked.runs or asked.written else told


def _spans(plain: str, first: int, count: int) -> list[tuple[int, int]]:
    """Where so many words stand."""
    begin = len(plain) - len(plain.split(None, first)[first])
    return [found.span() for found in islice(_WORD.finditer(plain, begin), count)]


def in_words(parsed: Parsed) -> bool:
    """Whether words alone are asked for, wherever they stand: no phrases, figures or abbreviations."""
    asked = _sought(parsed)
    return not asked.runs and not asked.written


def _sought(parsed: Parsed) -> Sought:
    global _last
    last = _last
    if last is None or last[0] is not parsed:
        last = _last = (parsed, sought(parsed))
    return last[1]


def _cut(text: str, ends: Sequence[int], first: int, end: int, told: Mapping[int, int]) -> Snippet:
    """The text from one token to another (exclusive)."""
    opening, closing = bisect_right(ends, first), bisect_left(ends, end)
    rest = text.split(None, opening)[opening]
    behind = rest.split(None, closing - opening + 1)
    stretch = rest[: len(rest) - len(behind[-1])] if len(behind) > closing - opening + 1 else rest
    before = ends[opening - 1] if opening else 0
    spans = words(stretch)[first - before : end - before]
    return _marked(stretch, spans, first, told)


def _marked(text: str, spans: Sequence[tuple[int, int]], first: int, told: Mapping[int, int]) -> Snippet:
    """What stands in these words of a text, the first of which has that ordinal."""
    left, right = spans[0][0], spans[-1][1]
    marks = [(start - left, stop - left) for at, (start, stop) in enumerate(spans, first) if at in told]
    return Snippet(_WHITE.sub(" ", text[left:right]), tuple(marks))


def _middle(told: Mapping[int, int], window: int) -> int:
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
    return 0 if found is None else max(0, (found[0] + found[1] + 1 - window) // 2)
