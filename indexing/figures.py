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
from collections.abc import Iterator

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
_NUMBER_HINT = re.compile(rf"[0-9]+\s?(?:/|{_DASH})")
_STROKE = re.compile(rf"\s*({_DASH}|/)\s*")
_KIND = re.compile(r"([0-9]+(?:/[0-9]{4})?)[/-]([a-z]+)")

_AMOUNT = re.compile(r"[0-9]{1,3}(?:([.,\u00a0 ])[0-9]{3})(?:\1[0-9]{3})*(?![0-9])")
_DATE = re.compile(r"([0-9]{1,2})\s?[/.-]\s?([0-9]{1,2})\s?[/.-]\s?((?:1[89]|20)[0-9]{2})(?![0-9])")
# Without any of these there is neither an amount nor a date in figures.
_HINT = re.compile(r"[0-9](?:[.,\u00a0 ][0-9]{3}|\s?[/.-]\s?[0-9])")
_SPELLED = re.compile(r"ngay ([0-9]{1,2}) thang ([0-9]{1,2}) nam ((?:1[89]|20)[0-9]{2})\b")


def legal_numbers(text: str) -> list[str]:
    """The numbers of legal documents in a text, folded, each as one token, in their order."""
    return [number for _, number in _numbers(text)]


def legal_number_spans(text: str) -> list[tuple[int, int]]:
    """Where they stand in an NFC text, as (start, end) in code points."""
    return [span for span, _ in _numbers(text)]


def without_legal_numbers(text: str) -> str:
    """The text with the numbers of legal documents taken out."""
    text, parts, end = nfc(text), [], 0
    for (start, stop), _ in _numbers(text):
        parts.append(text[end:start])
        end = stop
    return " ".join([*parts, text[end:]])


def keys_of(number: str) -> tuple[str, ...]:
    """A legal number and what is remembered of it: ("14/2019/qd-ttg", "14/2019/qd", "14/2019")."""
    found = _KIND.match(number)
    if found is None:
        return (number,)
    known, kind = found.groups()
    return tuple(dict.fromkeys((number, f"{known}/{kind}", *([known] if "/" in known else []))))


def amounts_and_dates(text: str, folded: str) -> list[str]:
    """Each as one token however it is spelled; ``folded`` are the text's tokens parted by spaces."""
    found = []
    if _HINT.search(text) is not None:
        found = ["".join(filter(str.isdigit, text[start:end])) for start, end in _amounts(text)]
        found += ["/".join(map(_plain, match.groups())) for match in _DATE.finditer(text)]
    return found + ["/".join(map(_plain, match.groups())) for match in _SPELLED.finditer(folded)]


def without_amounts(text: str) -> str:
    """The text with each amount as one word: "1.000.000 đồng" as "1000000 đồng"."""
    parts, end = [], 0
    for start, stop in _amounts(text):
        parts += [text[end:start], "".join(filter(str.isdigit, text[start:stop]))]
        end = stop
    return "".join([*parts, text[end:]])


def _amounts(text: str) -> list[tuple[int, int]]:
    return [
        found.span()
        for found in _AMOUNT.finditer(text)
        if not found.start() or not _goes_on(text[found.start() - 1])
    ]


def _goes_on(char: str) -> bool:
    return char.isalnum() or char in "./,_"


def _numbers(text: str) -> Iterator[tuple[tuple[int, int], str]]:
    end = 0
    if _NUMBER_HINT.search(text) is None:
        return
    text = nfc(text)
    for hint in _NUMBER_HINT.finditer(text):
        start = hint.start()
        if start < end or (start and (text[start - 1].isalnum() or text[start - 1] in "_/")):
            continue
        found = _NUMBER.match(text, start)
        if found is not None and (number := _number(found)).isascii():
            end = found.end()
            yield found.span(), number


def _number(found: re.Match[str]) -> str:
    number, year, issuer = found.groups()
    told = _STROKE.sub(lambda stroke: "/" if stroke[1] == "/" else "-", fold(issuer))
    return "/".join([_plain(number), *([year] if year else [])]) + told


def _plain(digits: str) -> str:
    return digits.lstrip("0") or "0"
