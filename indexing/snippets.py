"""A stretch of a page around what was looked for, with the words marked."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate, islice

from domain.queries import Snippet
from indexing.letters import MOST_WORDS, letters_of
from indexing.marks import Lettered, Sought, begun, folded, sought, worth, worth_of
from indexing.queries import Parsed
from indexing.text import aligned, words

WINDOW = 30  # words

_WHITE, _WORD = re.compile(r"[^\S ]"), re.compile("[^ ]+")
_last: tuple[Parsed, Sought, Lettered] | None = None  # one answer has many snippets for the same query


def snippet(text: str, parsed: Parsed, own: str | None = None, *, window: int = WINDOW) -> Snippet:
    """About ``window`` words of an NFC text where it answers best; its start where it does not.

    ``own`` are the letters of its words, if they are known. Marks are code points of the snippet and lie
    on word borders. Line breaks become spaces, one for one.
    """
    asked, lettered = _sought(parsed)
    plain = aligned(text) if not asked.written else None
    if plain is not None:
        if own is None or len(own) >= MOST_WORDS:  # of a longer page only so many are kept
            own = letters_of(plain.split())
        return _of_plain(text, plain, worth_of(own, lettered), window)
    chunks = text.split()
    parts = folded(chunks)
    told = _told(chunks, parts, asked)
    ends = list(accumulate(map(len, parts)))  # behind each chunk, in tokens
    if not ends or not ends[-1]:
        return Snippet("")
    first = min(_middle(told, window), max(0, ends[-1] - window))
    return _cut(text, ends, first, min(first + window, ends[-1]), told)


def _of_plain(text: str, plain: str, told: Mapping[int, int], window: int) -> Snippet:
    """The same where ``plain`` is the text as ``text.aligned`` has it."""
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
    return worth(chunks, parts, asked) | begun(chunks, parts, asked)


def _spans(plain: str, first: int, count: int) -> list[tuple[int, int]]:
    """Where so many words stand."""
    begin = len(plain) - len(plain.split(None, first)[first])
    return [found.span() for found in islice(_WORD.finditer(plain, begin), count)]


def _sought(parsed: Parsed) -> tuple[Sought, Lettered]:
    global _last
    last = _last
    if last is None or last[0] is not parsed:
        asked = sought(parsed)
        last = _last = (parsed, asked, Lettered.of(asked))
    return last[1:]


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
