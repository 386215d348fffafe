"""Legal numbers in running text: found, mended and spelled in one way.

A legal number is ``number/[year/]notation`` ("14/2019/QĐ-TTg", "5925/KH-UBND", "2500/BTP-PBGDPL") or,
in the Party and in older laws, ``number-type/issuer`` ("66-NQ/TW"). A pattern finds where one may
begin; a small reader of bounded reach judges what follows, so a page costs time linear in its length.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from catalog.articles import article_before, has_cue
from catalog.notations import JOINT, TYPES, abbreviation, issuer_code, plain, reads_as_letters, type_code
from domain.records import Citation

_SLASH = "/⁄∕／"
_DASH = "‐‑‒–—−﹣－\xad_-"  # the plain one last: within [] it would span
_GAP = r"[^\S\r\n]{0,3}(?:\r?\n[^\S\r\n]{0,3}){0,2}"  # some spaces, or a line break or two
_DIGITS = r"[0-9OoIl|]"
_HEAD = re.compile(
    rf"(?:(?<![\w/⁄∕／\\])|(?<=[sS][ốôóoỐÔ]))"
    rf"(?P<number>{_DIGITS}{{1,6}})(?P<letter>[a-zA-ZđĐ])?(?={_GAP}[{_SLASH}{_DASH}])"
)
_YEAR = re.compile(rf"(?P<year>[12lI] ?[09Oo] ?{_DIGITS} ?{_DIGITS})(?={_GAP}[{_SLASH}{_DASH}])")
_SHORT_YEAR = re.compile(rf"(?P<year>[4-9][0-9])(?={_GAP}[{_SLASH}])")
_RUN = re.compile(r"(?:[^\W_]|&){1,24}")
_SEPARATOR = re.compile(rf"(?P<before>{_GAP})(?P<mark>[{_SLASH}]|[{_DASH}]{{1,2}})(?P<after>{_GAP})")
_NEXT_PIECE = re.compile(r"[^\S\r\n]{1,2}(?P<run>(?:[^\W_]|&){1,12})(?![^\W_])")
_PIECE_AFTER_DOT = re.compile(r"[.·~=](?P<run>[^\W_]{2,12})(?![^\W_])")
_SPLIT_NUMBER = re.compile(r"(?P<first>(?<![\w/.-])[0-9]{1,3}) $")
_ADDRESS = re.compile(r"(?:https?://|ftp://|www\.|\.(?:vn|com|org|net|info|edu|gov)(?::[0-9]{1,5})?/)\S+")
_TO_DIGITS = str.maketrans("OoIl|", "00111")
_BARE_ISSUERS = frozenset({"CP", "HĐBT", "SL", "TTg"})  # "Nghị định số 36/CP": before 1996 without a type
_MAX_SEGMENTS = 8
_MAX_TYPED = 200  # characters; nobody types a longer number


@dataclass(slots=True)
class _Reading:
    """What the reader has of one number; ``doubt`` grows with every repair."""

    start: int
    end: int
    number: str
    year: str | None = None
    dashed: bool = False  # number-type/issuer
    segments: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)  # before each segment but the first
    known: list[bool] = field(default_factory=list)
    doubt: float = 0.0

    @property
    def spelled(self) -> str:
        notation = self.segments[0]
        for mark, segment in zip(self.marks, self.segments[1:], strict=True):
            notation += mark + segment
        if self.dashed:
            return f"{self.number}-{notation}"
        return f"{self.number}/{self.year}/{notation}" if self.year else f"{self.number}/{notation}"


def find_citations(text: str, page: int) -> list[Citation]:
    """The legal numbers that ``text`` (of page ``page``, from 1) names, in their order.

    The same number with the same article is told once. Confidence is lower where something had to
    be mended, where no list knows the issuer, and where no word such as "số" stands before it.
    """
    text = unicodedata.normalize("NFC", text)
    found: dict[tuple[str, str | None], Citation] = {}
    for reading in _readings(text):
        raw = " ".join(text[reading.start : reading.end].split())
        citation = Citation(
            so_ky_hieu=reading.spelled,
            page=page,
            raw=raw,
            confidence=round(max(0.3, 0.98 - reading.doubt), 2),
            article=article_before(text, reading.start),
        )
        key = (citation.so_ky_hieu, citation.article)
        if key not in found or found[key].confidence < citation.confidence:
            found[key] = citation
    return list(found.values())


def normalise_number(raw: str) -> str | None:
    """The one spelling of a legal number that someone typed; None where ``raw`` is not one.

    "Quyết định số 14/2019/qd-ttg" gives "14/2019/QĐ-TTg". Words before the number are passed
    over, nothing but punctuation may follow it.
    """
    text = unicodedata.normalize("NFC", raw).strip().rstrip(" .,;:)”\"'")
    if not text or len(text) > _MAX_TYPED:
        return None
    for spelling in (text, text.upper()):
        for reading in _readings(spelling, typed=True):
            if reading.end == len(spelling) and not any(c.isdigit() for c in spelling[: reading.start]):
                return reading.spelled
    return None


def _readings(text: str, *, typed: bool = False) -> Iterator[_Reading]:
    addresses = [match.span() for match in _ADDRESS.finditer(text)]
    at = reached = 0
    for head in _HEAD.finditer(text):
        while at < len(addresses) and addresses[at][1] <= head.start():
            at += 1
        in_address = at < len(addresses) and addresses[at][0] <= head.start()
        if head.start() < reached or in_address or _follows_a_number(text, head.start()):
            continue
        reading = _read(text, head, typed=typed)
        if reading is not None:
            reached = reading.end
            yield reading


def _follows_a_number(text: str, start: int) -> bool:
    """Whether the digits at ``start`` go on from others: "0262.3855", "978-604", not a bullet's dash."""
    before = text[max(0, start - 2) : start]
    if len(before) < 2 or before[1] not in f".{_DASH}":
        return False
    return before[0].isdigit() if before[1] == "." else before[0].isalnum()


def _read(text: str, head: re.Match[str], *, typed: bool) -> _Reading | None:
    reading = _Reading(head.start(), head.end(), number="")
    cued = typed or has_cue(text, head.start())
    printed = head["number"]
    digits = printed.translate(_TO_DIGITS)
    if digits != printed:
        reading.doubt += 0.15
    reading.number = digits + (head["letter"] or "")
    cued = _join_split_number(text, reading) or cued
    separator = _SEPARATOR.match(text, head.end())
    if separator is None:
        return None
    position = separator.end()
    dashed = separator["mark"][0] in _DASH
    year = _year(text, position)
    if year is not None:
        reading.year = year["year"].translate(_TO_DIGITS).replace(" ", "")
        reading.doubt += 0.0 if reading.year == year["year"] and not dashed else 0.15
        separator = _SEPARATOR.match(text, year.end())
        if separator is None:
            return None
        if separator["mark"] not in _SLASH:
            reading.doubt += 0.15
        position, dashed = separator.end(), False
    reading.dashed = dashed
    if not _read_notation(text, position, reading, cued=cued):
        return None
    reading.doubt += 0.0 if cued else 0.03
    no_digit = not any(char.isdigit() for char in printed)
    return None if no_digit and not (reading.year and all(reading.known)) else reading


def _year(text: str, position: int) -> re.Match[str] | None:
    full = _YEAR.match(text, position)
    if full is not None:
        value = int(full["year"].translate(_TO_DIGITS).replace(" ", ""))
        return full if 1945 <= value <= 2099 else None
    return _SHORT_YEAR.match(text, position)


def _join_split_number(text: str, reading: _Reading) -> bool:
    """ "số 59 25/KH-UBND": whether a space that OCR put into the number was taken out."""
    window = max(0, reading.start - 12)
    split = _SPLIT_NUMBER.search(plain(text[window : reading.start]))
    if split is None or len(split["first"]) + len(reading.number) > 5:
        return False
    if not has_cue(text, window + split.start("first")):
        return False
    reading.number = split["first"] + reading.number
    reading.start = window + split.start("first")
    reading.doubt += 0.25
    return True


def _read_notation(text: str, position: int, reading: _Reading, *, cued: bool) -> bool:
    """Read TYPE-ISSUER…, QH13, or ISSUER-UNIT into ``reading``; False where it is none of them."""
    run = _RUN.match(text, position)
    if run is None:
        return False
    first = _first_segment(text, run, reading)
    if first is None:
        return False
    name, end, is_type = first
    reading.segments.append(name)
    reading.end = end
    if not is_type and name.startswith(("QH", "UBTVQH")) and name[-1].isdigit():
        return reading.year is not None and not reading.dashed
    if len(reading.segments) == 1:  # not already taken apart ("QĐTTg")
        _read_issuers(text, reading, is_type=is_type)
    return _holds(reading, is_type=is_type, cued=cued)


def _first_segment(text: str, run: re.Match[str], reading: _Reading) -> tuple[str, int, bool] | None:
    """The first segment, where it ends, and whether it is a type code."""
    for printed, end in _joined(text, run):
        code = type_code(printed)
        if code is not None:
            _note(reading, printed, code, text[run.start() : end], known=True)
            return code, end, True
    for printed, end in _joined(text, run):
        code = issuer_code(printed)
        if code is not None and (printed[0].isupper() or code[-1].isdigit()):
            _note(reading, printed, code, text[run.start() : end], known=True)
            return code, end, False
    whole = run.group()
    for cut in (2, 3, 4, 1):  # a dash that was lost: "QĐTTg"
        code, rest = type_code(whole[:cut]), whole[cut:]
        if code is not None and len(rest) > 1 and (issuer := issuer_code(rest)) is not None:
            reading.doubt += 0.2
            reading.known.append(True)
            reading.segments.append(code)
            reading.marks.append("-")
            return issuer, run.end(), True
    code = abbreviation(whole)
    if code is None or len(code) < 2:
        return None
    _note(reading, whole, code, whole, known=False)
    return code, run.end(), False


def _joined(text: str, run: re.Match[str]) -> list[tuple[str, int]]:
    """The run, and the run with the pieces that a stray space parted from it; the longest first."""
    found = [(run.group(), run.end())]
    whole, end = found[0]
    while len(found) < 5 and (piece := _NEXT_PIECE.match(text, end)) is not None:
        whole, end = whole + piece["run"], piece.end()
        if len(whole) > 16:
            break
        found.append((whole, end))
    return found[::-1]


def _note(reading: _Reading, printed: str, code: str, as_printed: str, *, known: bool) -> None:
    reading.known.append(known)
    if not known:
        reading.doubt += 0.08
    if printed != code:
        reading.doubt += 0.1
    if printed != as_printed:  # spaces within
        reading.doubt += 0.1


def _read_issuers(text: str, reading: _Reading, *, is_type: bool) -> None:
    while len(reading.segments) < _MAX_SEGMENTS:
        separator = _SEPARATOR.match(text, reading.end)
        if separator is None:
            if len(reading.segments) == 1 and is_type:
                _read_issuer_after_space(text, reading)
            return
        spaced = bool(separator["before"]) or separator["after"][:1] == " "
        joint = reading.segments[0] in JOINT
        if len(reading.segments) > 1 and spaced and not joint:
            return  # "471/QĐ-TTg - UBND tỉnh …": the dash belongs to the sentence
        run = _RUN.match(text, separator.end())
        issuer = None if run is None else _issuer(text, run)
        if issuer is None:
            return
        code, printed, end, known = issuer
        broken = "\n" in separator["after"] and separator["mark"][0] in _DASH
        together = issuer_code(reading.segments[-1] + printed) if broken else None
        if together is not None and len(reading.segments) > 1:  # parted at the line's end: "PBGD-⏎PL"
            reading.segments[-1] = together
            reading.doubt += 0.05
        else:
            mark = "/" if separator["mark"] in _SLASH else "-"
            reading.segments.append(code)
            reading.marks.append(mark)
            _note(reading, printed, code, printed, known=known)
            reading.doubt += 0.03 if spaced else 0.0
        reading.end = end


def _read_issuer_after_space(text: str, reading: _Reading) -> None:
    """ "14/2019/QĐ TTg": the dash was lost or misread; only a known issuer will do."""
    piece = _NEXT_PIECE.match(text, reading.end) or _PIECE_AFTER_DOT.match(text, reading.end)
    code = None if piece is None or not piece["run"][0].isupper() else issuer_code(piece["run"])
    if piece is not None and code is not None:
        reading.segments.append(code)
        reading.marks.append("-")
        reading.known.append(True)
        reading.doubt += 0.25
        reading.end = piece.end()


def _issuer(text: str, run: re.Match[str]) -> tuple[str, str, int, bool] | None:
    """(code, as printed, end, known) of an issuer or unit at ``run``."""
    for printed, end in _joined(text, run):
        code = issuer_code(printed) or (printed if printed in TYPES else None)
        if code is not None:
            return code, printed, end, True
    whole = run.group()
    glued = _without_tail(whole)
    if glued is not None:
        return glued[0], glued[1], run.start() + len(glued[1]), True
    code = abbreviation(whole)
    if code is None:
        return None
    end = run.end()
    piece = _NEXT_PIECE.match(text, end)
    if piece is not None and _continues(whole, piece["run"], text[piece.end() : piece.end() + 12]):
        return code + piece["run"], whole, piece.end(), False
    return code, whole, end, False


def _without_tail(run: str) -> tuple[str, str] | None:
    """ "TTgngày" is TTg with the next word stuck to it: (code, what was printed of it)."""
    for length in range(min(len(run) - 2, 10), 1, -1):
        kept, tail = run[:length], run[length:]
        if tail.islower() and kept[0].isupper() and (code := issuer_code(kept)) is not None:
            return code, kept
    return None


def _continues(first: str, second: str, after: str) -> bool:
    """Whether ``second`` is the rest of an abbreviation that a space parted, before small letters."""
    return (
        second.isupper()
        and len(first) + len(second) <= 8
        and not any(char in "AEIOUY" for char in plain(second).upper())
        and after.strip()[:1].islower()
    )


def _holds(reading: _Reading, *, is_type: bool, cued: bool) -> bool:
    """Whether what was read has the structure of a legal number, and not just its punctuation."""
    first, *rest = reading.segments
    short_year = reading.year is not None and len(reading.year) == 2
    if reading.dashed:
        return is_type and bool(rest) and reading.marks[0] == "/" and first not in JOINT
    if not rest:
        reading.doubt += 0.2
        return cued and reading.year is None and first in _BARE_ISSUERS
    if short_year and not all(reading.known):
        return False
    if is_type:
        return True
    if reading.year is not None or reading.marks[0] != "-":
        return False
    if reading.known[0] or cued:
        return True
    spelled = reads_as_letters(first) and (reads_as_letters(rest[0]) or rest[0][-1].isdigit())
    reading.doubt += 0.2
    return spelled and len(reading.number) >= 2
