"""What a folded syllable of Vietnamese is built of."""

from __future__ import annotations

import re

# Longer ones first, so that of two readings the longer onset is taken: "gia" is gi-a.
ONSETS = ("ngh", "ch", "gh", "gi", "kh", "ng", "nh", "ph", "qu", "th", "tr", *"bcdghklmnprstvx", "")
VOWELS = (
    "oai", "oay", "oao", "oeo", "uay", "uoi", "uou", "ieu", "yeu", "uya", "uye", "uyu",
    "ai", "ao", "au", "ay", "eo", "eu", "ia", "ie", "iu", "oa", "oe", "oi", "oo",
    "ua", "ue", "ui", "uo", "uu", "uy", "ya", "ye", *"aeiouy",
)  # fmt: skip
CODAS = ("ch", "ng", "nh", *"cmnpt", "")

SYLLABLE = re.compile("".join(f"({'|'.join(parts)})" for parts in (ONSETS, VOWELS, CODAS)))


def is_syllable(word: str) -> bool:
    """Whether a folded word is built as Vietnamese syllables are."""
    return SYLLABLE.fullmatch(word) is not None
