"""What else a syllable may have been meant to be: one slip of a hand or of recognition away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from indexing.syllables import is_syllable

MOST_VARIANTS = 48
_LETTERS = "aeiouybcdghklmnpqrstvx"
_LONGEST = 8  # letters of what can be a syllable with a slip; "nghieng" has 7

# What sounds alike in one region or another, or looks alike to a reader of worn print.
_CONFUSED = (
    ("i", "y"), ("ch", "tr"), ("s", "x"), ("d", "gi"), ("d", "r"), ("gi", "r"), ("l", "n"), ("n", "ng"),
    ("n", "nh"), ("c", "t"), ("c", "k"), ("g", "gh"), ("ng", "ngh"), ("v", "d"), ("m", "rn"), ("u", "v"),
    ("e", "c"), ("o", "c"), ("h", "n"), ("u", "n"), ("u", "ii"), ("o", "0"), ("l", "1"), ("i", "1"),
    ("i", "l"), ("i", "j"), ("ph", "f"), ("qu", "w"), ("gi", "z"), ("d", "z"),
)  # fmt: skip

# Keys of the Telex and VNI input methods, typed where none was switched on: "ddaats", "d9a61t".
_DOUBLED = {"aa": "a", "ee": "e", "oo": "o", "dd": "d", "aw": "a", "ow": "o", "uw": "u", "w": "u"}
_TELEX = re.compile("aa|ee|oo|dd|[aou]w|w")
_TONE = re.compile("(?<=[aeiouy])([a-z]*?)[sfrxj]([a-z]*)$")


@lru_cache(1_000)
def variants(word: str) -> tuple[str, ...]:
    """Folded syllables one slip away, the likeliest first, at most MOST_VARIANTS; never the word itself.

    () for what is no syllable even with a slip: numbers, codes, long foreign words.
    """
    if not 1 < len(word) <= _LONGEST or word.isdigit() or not word.isalnum():
        return ()
    found: dict[str, None] = {}
    for one in (*_without_keys(word), *_confusions(word), *_slips(word)):
        if one != word and is_syllable(one):
            found[one] = None
        if len(found) == MOST_VARIANTS:
            break
    return tuple(found)


def _without_keys(word: str) -> Iterator[str]:
    yield re.sub(r"\d", "", word)
    plain = _TELEX.sub(lambda keys: _DOUBLED[keys[0]], word)
    yield plain
    yield _TONE.sub(r"\1\2", plain)


def _confusions(word: str) -> Iterator[str]:
    for pair in _CONFUSED:
        for wrong, right in (pair, pair[::-1]):
            at = word.find(wrong)
            while at >= 0:
                yield word[:at] + right + word[at + len(wrong) :]
                at = word.find(wrong, at + 1)


def _slips(word: str) -> Iterator[str]:
    """Two letters exchanged, one too many, another one, one missing."""
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    yield from (left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1)
    yield from (left + right[1:] for left, right in cuts if right)
    yield from (left + letter + right[1:] for left, right in cuts if right for letter in _LETTERS)
    yield from (left + letter + right for left, right in cuts for letter in _LETTERS)
