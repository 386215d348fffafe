"""Numbers that are spelled in many ways, each as one token: of legal documents, amounts and dates.

===============  =====================================  ==================
legal number     14/2019/QĐ-TTg · 014/2019/qđ – ttg     ``14/2019/qd-ttg``
amount           1.000.000 · 1,000,000 · 1 000 000      ``1000000``
date             01/07/2020 · ngày 1 tháng 7 năm 2020   ``1/7/2020``
===============  =====================================  ==================

Most pages have few figures: a text is looked through for a figure with a stroke or the like behind
it, and the dear patterns are tried there only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from indexing.text import fold, nfc

# 14/2019/QĐ-TTg · 91/2015/QH13 · 05/CT-UBND · 43-CP · 17-LCT/HĐNN8. Readings add spaces at the strokes;
# before the second hyphen none is allowed, since there a dash and the next clause may follow.
_DASH = "[-‐‑‒–—−]"
_LETTER = r"[^\W\d_]"
_NUMBER = re.compile(
    rf"([0-9]{{1,5}})(?:\s?/\s?((?:19|20)[0-9][0-9]))?"
    rf"((?:\s?/\s?|{_DASH}){_LETTER}{{1,6}}(?:[0-9]{{1,3}}|\s?{_DASH}\s?{_LETTER}{{1,8}}[0-9]{{0,2}})?"
    rf"(?:[-/]{_LETTER}{{1,8}}[0-9]{{0,2}}){{0,3}})(?!\w)"
)
_STROKE = re.compile(rf"\s*({_DASH}|/)\s*")
_KIND = re.compile(r"([0-9]+(?:/[0-9]{4})?)[/-]([a-z]+)")

_AMOUNT = re.compile(r"[0-9]{1,3}(?:([.,\u00a0 ])[0-9]{3})(?:\1[0-9]{3})*(?![0-9])")
_DATE = re.compile(r"([0-9]{1,2})\s?[/.-]\s?([0-9]{1,2})\s?[/.-]\s?((?:1[89]|20)[0-9]{2})(?![0-9])")
# Where there is none of these, there is no figure but a plain one. One digit by itself in front, since
# the search for a set of characters is quick and that for a repeated one is not; few behind it, since
# no figure has more, and endless digits are not to be gone through from each of them.
_HINT = re.compile(rf"[0-9][0-9]{{0,4}}+(?:\s?(?:/|{_DASH})|[.,\u00a0 ][0-9]{{3}}|\s?\.\s?[0-9])")
_SPELLED = re.compile(r"ngay ([0-9]{1,2}) thang ([0-9]{1,2}) nam ((?:1[89]|20)[0-9]{2})\b")


@dataclass(frozen=True, slots=True)
class Figures:
    """Where they stand in an NFC text, as (start, end) in code points, in their order."""

    numbers: list[tuple[tuple[int, int], str]]  # of legal documents
    amounts: list[tuple[tuple[int, int], str]]
    dates: list[str]


def figures(text: str) -> Figures:
    found = Figures([], [], [])
    end = 0
    for hint in _HINT.finditer(text):
        start = hint.start()
        before = text[start - 1] if start else " "
        if start < end or before.isalnum() or before in "_/":
            continue
        if (number := _NUMBER.match(text, start)) and (told := _number(number)).isascii():
            found.numbers.append((number.span(), told))
            end = number.end()
        elif before in ".,":
            continue
        elif date := _DATE.match(text, start):
            found.dates.append("/".join(map(_plain, date.groups())))
            end = date.end()
        elif amount := _AMOUNT.match(text, start):
            found.amounts.append((amount.span(), "".join(filter(str.isdigit, amount[0]))))
            end = amount.end()
    return found


def legal_numbers(text: str) -> list[str]:
    """The numbers of legal documents in a text, folded, each as one token, in their order."""
    return [number for _, number in figures(nfc(text)).numbers]


def legal_number_spans(text: str) -> list[tuple[int, int]]:
    """Where they stand in an NFC text, as (start, end) in code points."""
    return [span for span, _ in figures(text).numbers]


def without_legal_numbers(text: str) -> str:
    """The text with the numbers of legal documents taken out."""
    text = nfc(text)
    return _replaced(text, [(span, " ") for span, _ in figures(text).numbers])


def without_amounts(text: str) -> str:
    """The text with each amount as one word: "1.000.000 đồng" as "1000000 đồng"."""
    text = nfc(text)
    return _replaced(text, figures(text).amounts)


def amounts_and_dates(text: str, folded: str) -> list[str]:
    """Each as one token however it is spelled; ``folded`` are the text's tokens parted by spaces."""
    found = figures(nfc(text))
    return [*(amount for _, amount in found.amounts), *found.dates, *spelled_dates(folded)]


def spelled_dates(folded: str) -> list[str]:
    """The dates in folded tokens that are spelled "ngay 1 thang 7 nam 2020"."""
    return ["/".join(map(_plain, match.groups())) for match in _SPELLED.finditer(folded)]


def _replaced(text: str, by: Iterable[tuple[tuple[int, int], str]]) -> str:
    parts, end = [], 0
    for (start, stop), word in by:
        parts += [text[end:start], word]
        end = stop
    return "".join([*parts, text[end:]])


def keys_of(number: str) -> tuple[str, ...]:
    """A legal number and what is remembered of it: ("14/2019/qd-ttg", "14/2019/qd", "14/2019")."""
    found = _KIND.match(number)
    if found is None:
        return (number,)
    known, kind = found.groups()
    return tuple(dict.fromkeys((number, f"{known}/{kind}", *([known] if "/" in known else []))))


def _number(found: re.Match[str]) -> str:
    number, year, issuer = found.groups()
    told = _STROKE.sub(lambda stroke: "/" if stroke[1] == "/" else "-", fold(issuer))
    return "/".join([_plain(number), *([year] if year else [])]) + told


def _plain(digits: str) -> str:
    return digits.lstrip("0") or "0"
