"""Normalise and fold Vietnamese text: one definition, done once here, for every engine.

The engines are given tokens parted by spaces and split at those only. Left to themselves they
differ (on "3,5%", on "1.000.000") and cut decomposed text apart ("Điều" falls to pieces).

Token forms of a page's text:

========  =========================================  ==========================
folded    without marks, đ as d                      ``hoa giai o co so``
exact     as written, lower case, tones placed once  ``hòa giải ở cơ sở``
bigram    two neighbours                             ``hoa_giai giai_o``
number    a legal number as one token                ``14/2019/qd-ttg``
========  =========================================  ==========================
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

MAX_TOKEN = 60  # characters; what is longer is no word, and engines refuse monsters

# A combining mark that found no composed letter stays within its word.
_MARKS = "\u0300-\u036f"
_WORD = re.compile(rf"[^\W_](?:[^\W_]|[{_MARKS}])*")
_FOLDED_WORD = re.compile(r"[^\W_]+")


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


def words(text: str) -> list[tuple[int, int]]:
    """Where the words of an NFC text stand, as (start, end) in code points; a word is a token."""
    return [found.span() for found in _WORD.finditer(text)]


def folded_tokens(text: str) -> list[str]:
    return [token[:MAX_TOKEN] for token in _FOLDED_WORD.findall(fold(text))]


def exact_tokens(text: str) -> list[str]:
    return [token[:MAX_TOKEN] for token in _WORD.findall(lower(text))]


def bigrams(tokens: Sequence[str]) -> list[str]:
    return [f"{first}_{second}" for first, second in pairwise(tokens)]


# 14/2019/QĐ-TTg · 91/2015/QH13 · 05/CT-UBND · 43-CP · 17-LCT/HĐNN8. Readings add spaces at the strokes;
# before the second hyphen none is allowed, since there a dash and the next clause may follow.
_DASH = "[-‐‑‒–—−]"
_NUMBER = re.compile(
    rf"(?<![\w/])(\d{{1,5}})(?:\s?/\s?((?:19|20)\d\d))?"
    rf"((?:\s?/\s?|{_DASH})[a-z]{{1,6}}(?:\d{{1,3}}|\s?{_DASH}\s?[a-z]{{1,8}}\d{{0,2}})?(?:[-/][a-z]{{1,8}}\d{{0,2}}){{0,3}})(?!\w)"
)
_STROKE = re.compile(rf"\s*({_DASH}|/)\s*")


def legal_numbers(text: str) -> list[str]:
    """The numbers of legal documents in a text, folded, each as one token, in their order."""
    return [_number(found) for found in _NUMBER.finditer(fold(text))]


def without_legal_numbers(text: str) -> str:
    """The folded text with the numbers of legal documents taken out."""
    return _NUMBER.sub(" ", fold(text))


def _number(found: re.Match[str]) -> str:
    number, year, issuer = found.groups()
    told = _STROKE.sub(lambda stroke: "/" if stroke[1] == "/" else "-", issuer)
    return "/".join([number.lstrip("0") or "0", *([year] if year else [])]) + told
