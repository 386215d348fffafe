"""A folded word as one character, a letter: what is slow to do with words is quick to do with strings.

A syllable of Vietnamese, a number of up to five digits and a word of up to four plain letters (cty, ubnd)
have a letter of their own; what else can stand on a page shares 400,000 others by its digest. No letter
is white space to an engine. Letters are kept in indexes: to change them is to change the layout.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import NamedTuple

from indexing.syllables import CODAS, ONSETS, SYLLABLE, VOWELS
from indexing.text import MAX_TOKEN, Remembered, fold, words_in

NONE = "\0"  # the letter of no word: between what does not follow on each other
MOST_WORDS = 5_000  # of a page whose letters are kept; a page of a book has some hundred

_SYLLABLES, _NUMBERS, _SINGLE = 0x4E00, 0x8000, 0xA800
_SHORT, _SHORTEST, _LONGEST = 0x10000, 2, 4  # words by their letters as digits of base 27, a being 1
_LONG_NUMBERS = _SHORT + 27**_LONGEST  # of five digits
_OTHERS = _LONG_NUMBERS + 100_000
_ONSET_AT, _VOWELS_AT, _CODA_AT = (
    {part: place for place, part in enumerate(parts)} for parts in (ONSETS, VOWELS, CODAS)
)
_SPACE = array("I", [ord(" ")])
_AS_ARRAY = f"utf-32-{sys.byteorder[0]}e"


def letter(word: str) -> str:
    """The letter of a folded word."""
    if found := SYLLABLE.fullmatch(word):
        onset, vowels, coda = found.groups()
        place = (_ONSET_AT[onset] * len(VOWELS) + _VOWELS_AT[vowels]) * len(CODAS) + _CODA_AT[coda]
        return chr(_SYLLABLES + place)
    if word.isascii():
        if word.isdigit() and len(word) <= 5 and (word[0] != "0" or word == "0"):
            return chr((_NUMBERS if len(word) < 5 else _LONG_NUMBERS) + int(word))
        if len(word) == 1:
            return chr(_SINGLE + ord(word))
        if _SHORTEST <= len(word) <= _LONGEST and word.isalpha() and word.islower():
            place = 0
            for one in word:
                place = place * 27 + ord(one) - ord("a") + 1
            return chr(_SHORT + place)
    # A checksum would not do: the short ones of one form would meet those of another.
    digest = int.from_bytes(blake2b(word.encode(), digest_size=8).digest())
    return chr(_OTHERS + digest % (0x110000 - _OTHERS))


def _letters_of_stretch(stretch: str) -> str:
    return "".join(letter(fold(word)[:MAX_TOKEN]) for word in words_in(stretch))


_known = Remembered(letter)
_known_stretches = Remembered(_letters_of_stretch)


def letters_of(words: Iterable[str]) -> str:
    """One for each folded word."""
    return "".join(map(_known.__getitem__, words))


def letters_in(stretches: Iterable[str]) -> str:
    """One for each word of what stands between the spaces of a text."""
    return "".join(map(_known_stretches.__getitem__, stretches))


def pairs_in(letters: str) -> str:
    """Each letter with the one behind it, as tokens parted by spaces."""
    if len(letters) < 2:
        return ""
    # Slices of arrays are ten times as quick as strings one by one.
    single = array("I", letters.encode(_AS_ARRAY))
    tokens = array("I", bytes(12 * (len(single) - 1)))
    tokens[0::3], tokens[1::3], tokens[2::3] = single[:-1], single[1:], _SPACE * (len(single) - 1)
    return tokens[:-1].tobytes().decode(_AS_ARRAY)


class Words(NamedTuple):
    """A page by the letters of its words."""

    own: str
    before: str  # at the end of the page before
    after: str  # at the start of the page after
    heading: str

    @classmethod
    def of(cls, own: str, before: str, after: str, heading: str) -> Words:
        """Of the texts."""
        return cls(*(letters_in(text.split())[:MOST_WORDS] for text in (own, before, after, heading)))

    @classmethod
    def unpacked(cls, kept: bytes) -> Words:
        return cls(*kept.decode("utf-16-le").split(NONE))

    def packed(self) -> bytes:
        return NONE.join(self).encode("utf-16-le")


def pairs_of(words: Sequence[str]) -> list[str]:
    """The tokens of neighbours among folded words."""
    return pairs_in(letters_of(words)).split(" ") if len(words) > 1 else []
