"""A stretch of a page around what was looked for, with the words marked."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from domain.queries import Snippet
from indexing.queries import Parsed
from indexing.text import fold, folded_tokens, words

WINDOW = 30  # words
IN_ORDER = 2  # a word behind the one it follows in the query tells more than a word alone


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
    worth = _worth(tokens, parsed)
    first = _best_start(worth, window)
    shown = spans[first : first + window]
    begin, end = shown[0][0], shown[-1][1]
    marks = tuple(
        (start - begin, stop - begin)
        for (start, stop), value in zip(shown, worth[first : first + window], strict=True)
        if value
    )
    return Snippet("".join(" " if char.isspace() else char for char in text[begin:end]), marks)


def _best_start(worth: Sequence[int], window: int) -> int:
    """The first word of the best window, set so that what it marks stands in its middle."""
    total = best = sum(worth[:window])
    best_first = 0
    for first in range(1, max(1, len(worth) - window + 1)):
        total += worth[first + window - 1] - worth[first - 1]
        if total > best:
            best, best_first = total, first
    marked = [at for at in range(best_first, min(best_first + window, len(worth))) if worth[at]]
    if not marked:
        return 0
    middle = (marked[0] + marked[-1] + 1 - window) // 2
    return max(0, min(middle, len(worth) - window))


def _worth(tokens: Sequence[str], parsed: Parsed) -> list[int]:
    """What each word of the page tells; 0 for a word that was not asked for.

    Words of a quoted phrase count only next to each other, as they were quoted.
    """
    alone = {*parsed.words, *(phrase[0] for phrase in parsed.phrases if len(phrase) == 1)}
    pairs = {pair for run in (parsed.words, *parsed.phrases) for pair in pairwise(run)}
    worth = [1 if token in alone else 0 for token in tokens]
    for at, pair in enumerate(pairwise(tokens)):
        if pair in pairs:
            worth[at] += IN_ORDER
            worth[at + 1] += IN_ORDER
    return worth
