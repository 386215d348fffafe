"""A stretch of a page around what was looked for, with the words marked."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from domain.queries import Snippet
from indexing.queries import Parsed
from indexing.text import fold, folded_tokens, words

WINDOW = 30  # words
_IN_ORDER = 2  # a word that follows the one it follows in the query tells more than a word alone


def snippet(text: str, parsed: Parsed, *, window: int = WINDOW) -> Snippet:
    """About ``window`` words of an NFC text where it answers best; its start where it does not.

    Marks are code points of the snippet and lie on word borders. Line breaks become spaces,
    one for one.
    """
    spans = words(text)
    if not spans:
        return Snippet("")
    tokens = folded_tokens(text)
    if len(tokens) != len(spans):  # a letter that folds to something that parts words; none is known
        tokens = [fold(text[start:end]) for start, end in spans]
    first = _best_start(tokens, parsed, window)
    shown = spans[first : first + window]
    begin, end = shown[0][0], shown[-1][1]
    marks = tuple(
        (start - begin, stop - begin)
        for (start, stop), token in zip(shown, tokens[first : first + window], strict=True)
        if token in parsed.words
    )
    return Snippet("".join(" " if char.isspace() else char for char in text[begin:end]), marks)


def _best_start(tokens: Sequence[str], parsed: Parsed, window: int) -> int:
    """The first word of the best window, set so that what it marks stands in its middle."""
    worth = _worth(tokens, parsed)
    total = best = sum(worth[:window])
    best_first = 0
    for first in range(1, max(1, len(tokens) - window + 1)):
        total += worth[first + window - 1] - worth[first - 1]
        if total > best:
            best, best_first = total, first
    marked = [at for at in range(best_first, min(best_first + window, len(tokens))) if worth[at]]
    if not marked:
        return 0
    middle = (marked[0] + marked[-1] + 1 - window) // 2
    return max(0, min(middle, len(tokens) - window))


def _worth(tokens: Sequence[str], parsed: Parsed) -> list[int]:
    pairs = {pair for phrase in parsed.phrases for pair in pairwise(phrase)}
    worth = [1 if token in parsed.words else 0 for token in tokens]
    for at in range(1, len(tokens)):
        if (tokens[at - 1], tokens[at]) in pairs:
            worth[at - 1] += _IN_ORDER
            worth[at] += _IN_ORDER
    return worth
