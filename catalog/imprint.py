"""What covers, title pages and colophons say besides the title: publisher, place, year, ISBN and the like.

Each finder takes lines (or their text) and answers None where it finds nothing. They know a line
by its words and not by its place; ``catalog.titlepage`` knows places.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from catalog.casing import is_province, place_name, publisher_name
from catalog.notations import plain

_MOTTO = re.compile(r"cong hoa xa hoi|chu nghia viet nam|doc lap\W{1,5}tu do|tu do\W{1,5}hanh phuc")
_PUBLISHER = re.compile(r"\b(?:nha xuat ban|nxb\.?)\s{0,2}[:.]?\s{0,2}(?P<name>[^\d,;:()]{2,60})")
_PLACE_YEAR = re.compile(
    r"\W{0,3}(?P<place>(?:tp\.?|thanh pho|tinh)?\s{0,2}[^\W\d_][^\d,;:()/]{1,40}?)"
    r"(?P<mark>\s{0,2}[,\-–—.:]{0,2}\s{0,2})"
    r"(?:thang\s\d{1,2}\s?[,/\-]?\s?)?(?:nam\s)?(?P<year>(?:19|20)\d\d)\W{0,3}"
)
_DATELINE = re.compile(
    r"(?P<place>[^\d,;:()/]{2,40}),\s{0,3}ngay\s{0,3}[\d.…\s]{0,8}thang\s{0,3}[\d.…\s]{0,8}"
    r"nam\s{0,3}(?P<year>(?:19|20)\d\d)"
)
_YEAR_ALONE = re.compile(r"\W{0,3}(?:(?:xuat ban )?nam\s)?(?P<year>(?:19|20)\d\d)\W{0,3}")
_DEPOSIT = re.compile(
    r"(?:luu chieu|in xong|xuat ban)\D{0,30}(?:quy\s[ivx]{1,3}\D{1,3}|thang\s\d{1,2}\D{1,3})?"
    r"(?:nam\s|[/\-])?(?P<year>(?:19|20)\d\d)\b"
)
_ISBN = re.compile(r"isbn\W{0,6}(?:13\W{1,3})?(?P<number>(?:[\doil][\s\-–.]{0,2}){9,12}[\dxoil])")
_PERMIT = re.compile(
    r"(?:giay phep(?: xuat ban| xb)?|gpxb|quyet dinh xuat ban|qdxb|(?:so )?dkxb|so dang ky xuat ban|"
    r"xac nhan dang ky xuat ban)\s{0,2}(?:so)?\s{0,2}[:.]?\s{0,2}"
    r"(?P<number>\d[\w\-–./& ]{2,50}?)(?=\s{0,2}(?:,|;|\.\s|\.$|$|\n|ngay\b|cap\b|do\b|cua\b|\())"
)
_EDITION = re.compile(
    r"\b(?:tai ban|in|xuat ban)\s{1,2}lan\s{1,2}(?:thu\s{1,2})?"
    r"(?:\d{1,2}|nhat|hai|ba|tu|nam|sau|bay|tam|chin|muoi)\b"
    r"(?:[^.;\n]{0,6}(?:co )?(?:sua chua|bo sung|chinh ly)[^.;()\n]{0,40})?"
    r"|\btai ban(?:[^.;\n]{0,6}co)? (?:sua chua|bo sung|chinh ly)[^.;()\n]{0,40}"
)
_PRINTED = re.compile(
    r"^\W{0,3}(?:gia\b|tai ban|in lan|luu hanh|sach khong ban|tai lieu luu|(?:ma so|isbn)|\d+\W{0,3}$)"
)


def is_motto(text: str) -> bool:
    """A line of "Cộng hòa xã hội chủ nghĩa Việt Nam, Độc lập – Tự do – Hạnh phúc"."""
    return _MOTTO.search(plain(text)) is not None


def is_imprint(text: str) -> bool:
    """Publisher, place and year, edition, price, a number alone: part of no title."""
    said = plain(text)
    return bool(
        re.match(r"\W{0,3}(?:nha xuat ban|nxb)\b", said)
        or place_and_year(text) is not None
        or _YEAR_ALONE.fullmatch(said)
        or _DATELINE.search(said)
        or _ISBN.search(said)
        or _PRINTED.match(said)
    )


def publisher(lines: Iterable[str]) -> str | None:
    """ "Nhà xuất bản …", however it is abbreviated or cased."""
    for line in lines:
        found = _PUBLISHER.search(plain(line))
        if found is None:
            continue
        name = line[found.start("name") : found.end("name")].split(" - ")[0].strip(" .-–—|")
        if len(name) >= 2 and not plain(name).startswith(("so ", "theo ", "nay ")):
            return f"Nhà xuất bản {publisher_name(name)}"
    return None


def place_and_year(line: str) -> tuple[str, int] | None:
    """From a line that is nothing else: "HÀ NỘI - 2019", "Lào Cai, tháng 11 năm 2019"."""
    said = plain(line)
    found = _PLACE_YEAR.fullmatch(said)
    if found is None:
        return None
    place = line[found.start("place") : found.end("place")].strip(" .,-–—")
    if not is_province(re.sub(r"^(?:TP\.?|Thành phố|Tỉnh)\s+", "", place, flags=re.IGNORECASE)):
        words = place.split()
        named = (
            bool(found["mark"].strip())
            and len(words) <= 4
            and all(word[:1].isupper() or not word[:1].isalpha() for word in words)
        )
        if not named or plain(place).startswith(
            ("nam", "thang", "quy", "ky", "nha xuat", "nxb", "so ", "luat", "bo luat")
        ):
            return None
    return place_name(place), int(found["year"])


def dateline(line: str) -> tuple[str, int] | None:
    """Place and year of "Lào Cai, ngày 05 tháng 8 năm 2019", also where another column runs before it."""
    found = _DATELINE.search(plain(line))
    if found is None:
        return None
    words = line[found.start("place") : found.end("place")].split()
    named: list[str] = []
    for word in reversed(words[-4:]):
        if not word[:1].isupper() or any(char in "/-:" for char in word):
            break
        named.insert(0, word)
    return (place_name(" ".join(named)), int(found["year"])) if named else None


def year_alone(line: str) -> int | None:
    """From a line that holds nothing but a year."""
    found = _YEAR_ALONE.fullmatch(plain(line))
    return int(found["year"]) if found else None


def deposit_year(text: str) -> int | None:
    """The year of "In xong và nộp lưu chiểu quý IV năm 2019"."""
    found = _DEPOSIT.search(plain(text))
    return int(found["year"]) if found else None


def isbn(text: str) -> tuple[str, bool] | None:
    """The ISBN with its hyphens as printed, and whether its check digit agrees."""
    best: tuple[str, bool] | None = None
    for found in _ISBN.finditer(plain(text)):
        printed = found["number"].translate(str.maketrans("oil–", "011-")).upper()
        number = re.sub(r"[\s.]{1,2}", "-", printed.strip(" .-"))
        number = re.sub(r"-{2,}", "-", number)
        if checked_isbn(number):
            return number, True
        best = best or (number, False)
    return best


def checked_isbn(number: str) -> bool:
    """Whether an ISBN-10's or ISBN-13's check digit agrees."""
    digits = number.replace("-", "")
    if re.fullmatch(r"97[89]\d{10}", digits):
        return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 == 0
    if re.fullmatch(r"\d{9}[\dX]", digits):
        values = [10 if digit == "X" else int(digit) for digit in digits]
        return sum(value * (10 - place) for place, value in enumerate(values)) % 11 == 0
    return False


def permit(text: str) -> str | None:
    """The number of the publishing permit, as printed: "123/GP-STTTT"."""
    found = _PERMIT.search(plain(text))
    if found is None:
        return None
    number = " ".join(text[found.start("number") : found.end("number")].split()).strip(" .-–")
    return number if len(number) >= 3 else None


def edition(text: str) -> str | None:
    """ "Tái bản lần thứ 2", "In lần thứ hai có sửa chữa, bổ sung"."""
    found = _EDITION.search(plain(text))
    if found is None:
        return None
    said = " ".join(text[found.start() : found.end()].split()).strip(" ,.-–(")
    return said[0].upper() + said[1:].lower() if said.isupper() else said[0].upper() + said[1:]
