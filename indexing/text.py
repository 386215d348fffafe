"""Normalise and fold Vietnamese text: one definition, done once here, for every engine.

The engines are given tokens parted by spaces and split at those only. Left to themselves they
differ (on "3,5%", on "1.000.000") and cut decomposed text apart ("Điều" falls to pieces).

Token forms of a page's text:

========  =========================================  ==========================
folded    without marks, đ as d                      ``hoa giai o co so``
exact     as written, lower case, tones placed once  ``hòa giải ở cơ sở``
coded     the same, folded, its marks behind it      ``hoaAB giaiAAD oD coAN soAO``
bigram    two neighbours                             ``hoa_giai giai_o``
========  =========================================  ==========================

Each word of the text is one token of either form: the token's ordinal is the word's on the page.
A language has few words and few letters: for the index, what a stretch between spaces is coded as is
remembered; to be folded alone, a text goes through one table as a whole.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Callable, Sequence
from itertools import pairwise
from string import ascii_uppercase

MAX_TOKEN = 60  # characters; what is longer is no word, and engines refuse monsters
REMEMBERED = 60_000  # stretches, some 10 MB; then all are forgotten at once
LONGEST_REMEMBERED = 40  # characters

# A combining mark that found no composed letter stays within its word.
_MARKS = "\u0300-\u036f"
_WORD = re.compile(rf"[^\W_](?:[^\W_]|[{_MARKS}])*")


def _fold_table() -> dict[int, str | None]:
    table: dict[int, str | None] = dict.fromkeys(range(0x300, 0x370), None)
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        letters = "".join(
            part for part in unicodedata.normalize("NFD", chr(code)) if not unicodedata.combining(part)
        )
        if letters != chr(code):
            table[code] = letters
    # The eth looks like the đ of older fonts and comes out of OCR and typing in its place.
    table |= {ord("đ"): "d", ord("ð"): "d", ord("ø"): "o", ord("ł"): "l"}
    return table


_FOLD = _fold_table()

# Where newer spelling sets the tone on the second vowel, and where older spelling has it.
_OLD_TONES = dict(
    zip(
        ["oà", "oá", "oả", "oã", "oạ", "oè", "oé", "oẻ", "oẽ", "oẹ", "uỳ", "uý", "uỷ", "uỹ", "uỵ"],
        ["òa", "óa", "ỏa", "õa", "ọa", "òe", "óe", "ỏe", "õe", "ọe", "ùy", "úy", "ủy", "ũy", "ụy"],
        strict=True,
    )
)
_NEW_STYLE = re.compile(r"(?:o[àáảãạèéẻẽẹ]|(?<!q)u[ỳýỷỹỵ])(?!\w)")


def nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def lower(text: str) -> str:
    """NFC, lower case, and the tone where older spelling has it: "Hoà" and "Hòa" are one word."""
    return _NEW_STYLE.sub(lambda found: _OLD_TONES[found[0]], nfc(nfc(text).casefold()))


def fold(text: str) -> str:
    """Lower case without any marks: "Đất đai" is "dat dai". Folding again changes nothing."""
    return nfc(nfc(text).casefold().translate(_FOLD))


_LETTERS = "àáảãạăằắẳẵặâầấẩẫậđðèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ"
# Each letter with marks among those of its base, A being the base itself, Z whatever else.
_CODES: dict[str, str] = {}
for _letter in _LETTERS:
    _CODES[_letter] = chr(ord("B") + sum(fold(other) == fold(_letter) for other in _CODES))


def words(text: str) -> list[tuple[int, int]]:
    """Where the words of an NFC text stand, as (start, end) in code points; a word is a token."""
    return [found.span() for found in _WORD.finditer(text)]


def coded(word: str) -> str:
    """A word folded, then a capital for each letter up to the last one with a mark: "hòa" is "hoaAB".

    Plain letters are quick to handle, and ``hoa[A-Z]*`` is the word with any marks.
    """
    written = lower(word)
    marks = "".join("A" if letter.isascii() else _CODES.get(letter, "Z") for letter in written)
    return fold(word)[:MAX_TOKEN] + marks.rstrip("A")[:MAX_TOKEN]


# Nearly every text is of these characters. Each is a byte, NUL being the first as charmap_build wants it,
# so that a text is folded by one pass of ``bytes.translate`` and all of its words keep their places.
# Indexes keep texts in these bytes: to change them is to change the layout.
_PRINTED = "".join(map(chr, (0, *b"\t\n\r", *range(0x20, 0x7F)))) + "“”‘’„…–—•·§°«»©®×±\xa0"
_COMMON = f"{_PRINTED}{_LETTERS}{_LETTERS.upper()}".ljust(256, "\ufffe")
_BYTES = codecs.charmap_build(_COMMON)
_ALIGNED = bytes(ord(fold(char)) if _WORD.match(char) else ord(" ") for char in _COMMON)


def aligned(text: str) -> str | None:
    """An NFC text with its words folded and nothing but spaces between, each character in its place.

    None for a text with rarer characters. Words are not cut.
    """
    try:
        return codecs.charmap_encode(text, "strict", _BYTES)[0].translate(_ALIGNED).decode("ascii")
    except UnicodeEncodeError:
        return None


_AS_BYTES, _AS_UTF_8 = b"\1", b"\2"


def packed(text: str) -> bytes:
    """A text in few bytes, mostly one for each character; lone surrogates become question marks."""
    try:
        return _AS_BYTES + codecs.charmap_encode(text, "strict", _BYTES)[0]
    except UnicodeEncodeError:
        return _AS_UTF_8 + text.encode(errors="replace")


def unpacked(kept: bytes) -> str:
    if kept.startswith(_AS_BYTES):
        return codecs.charmap_decode(kept[1:], "strict", _COMMON)[0]
    return kept[1:].decode()


_CAPITALS = ascii_uppercase.encode()


def uncoded(tokens: str) -> str:
    """Coded tokens parted by spaces, folded: folding leaves no capitals, so that all are marks."""
    return tokens.encode().translate(None, _CAPITALS).decode()


class Remembered(dict[str, str]):
    """What a form makes of a stretch without spaces, remembered for short ones."""

    def __init__(self, form: Callable[[str], str]) -> None:
        super().__init__()
        self._form = form

    def __missing__(self, stretch: str) -> str:
        made = self._form(stretch)
        if len(stretch) <= LONGEST_REMEMBERED:
            if len(self) >= REMEMBERED:
                self.clear()
            self[stretch] = made
        return made


def words_in(stretch: str) -> list[str]:
    """The words as written, NFC."""
    return _WORD.findall(nfc(stretch))


def folded_tokens(text: str) -> list[str]:
    plain = aligned(text)
    if plain is None:
        return [fold(word)[:MAX_TOKEN] for word in words_in(text)]
    tokens = plain.split()
    return tokens if max(map(len, tokens), default=0) <= MAX_TOKEN else [one[:MAX_TOKEN] for one in tokens]


def exact_tokens(text: str) -> list[str]:
    return [lower(word)[:MAX_TOKEN] for word in words_in(text)]


def bigrams(tokens: Sequence[str]) -> list[str]:
    return list(map("_".join, pairwise(tokens)))
