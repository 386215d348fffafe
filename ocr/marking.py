"""Secrecy markings: stamps and lines that say who may see a paper, not sentences that speak of secrecy.

The degrees are those of the Law on the Protection of State Secrets (tuyệt mật, tối mật, mật); internal
circulation is a limit of its own. A marking stands alone: on its line, or parted by a wide gap from
a heading that the engine read as the same line. The words within a sentence, and the last line of a
heading about secrecy, mark nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from domain.text import Line, OcrPage, Word
from ocr.letters import bare

SECRET, TOP_SECRET, HIGHLY_SECRET = "MẬT", "TUYỆT MẬT", "TỐI MẬT"
INTERNAL = "LƯU HÀNH NỘI BỘ"

_DEGREES = {"MAT": SECRET, "TOIMAT": HIGHLY_SECRET, "TUYETMAT": TOP_SECRET}
_ANNOUNCED = re.compile(r"^(?:MUC)?(?:DO|DAU)MAT(?=.)")  # "Độ mật: Tối mật"; "Mức độ mật: Mật"
# How engines read the letters of MẬT; MÁT, MẮT and MẤT are other words, and seldom stand alone.
_READ_AS_MAT = frozenset({"MẬT", "MÂT", "MẠT", "MẶT", "MAT"})
_INTERNAL = "LUUHANHNOIBO"
_INTERNAL_OPENINGS = ("TAI LIEU", "SACH", "CHI", "BAN", "AN PHAM", "XUAT BAN PHAM", "GIAO TRINH", "DE CUONG")
# Words by which a line speaks of internal circulation instead of ordering it.
_SPEAKING = frozenset(
    "KHONG DUOC DE CAP PHEP VE KHI PHAI LA BI CO CHO KHAC THEO NHUNG CAC VIEC QUY DINH".split()  # noqa: SIM905
)
_MOST_WORDS = 10
# A heading that breaks before MẬT ends with one of these.
_LEADING_TO_SECRET = frozenset(
    "BI BAO DO MUC DAU LOAI TOI TUYET HOAC VA THAN NIEM TRAT MAT LIEU BAN TIN LUAT NUOC GIU".split()  # noqa: SIM905
)
# First words of the head of an official paper, beside which the stamp stands.
_HEADS = re.compile(
    r"(?:UBND|ỦY BAN NHÂN DÂN|UỶ BAN NHÂN DÂN|HĐND|HỘI ĐỒNG NHÂN DÂN|BỘ|SỞ|(?:TỈNH|HUYỆN|THÀNH) [ỦU][YỶ]"
    r"|CÔNG AN|CỘNG H[OÒ][AÀ] XÃ HỘI|VĂN PHÒNG|VIỆN KIỂM SÁT|T[OÒ][AÀ] ÁN|CHÍNH PHỦ|THỦ TƯỚNG)\b"
)
_STAMP_ZONES = (0.45, 0.85)  # MẬT alone counts in the upper part of the page and at its foot
_WIDE_GAP = 1.6  # of the row's height
_DIGITS_FOR_LETTERS = str.maketrans("01", "OI")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A line, or what stands apart on it."""

    text: str
    before: str  # the line before in the same paragraph, bare; "" where there is none
    top: float  # share of the page's height


def confidential_marking(page: OcrPage) -> str | None:
    """The weightiest marking that the page bears; None where it bears none."""
    found = {marking for piece in _pieces(page) if (marking := _marking(piece))}
    return next((degree for degree in (TOP_SECRET, HIGHLY_SECRET, SECRET, INTERNAL) if degree in found), None)


def _pieces(page: OcrPage) -> Iterator[_Piece]:
    last: Line | None = None
    for line in page.lines:
        together = last is not None and (last.block, last.paragraph) == (line.block, line.paragraph)
        before = bare(last.text) if last is not None and together else ""
        top = line.box.top / max(1, page.height)
        yield _Piece(line.text, before, top)
        parts = _apart(line)
        if len(parts) > 1:
            for part in parts:
                yield _Piece(" ".join(word.text for word in part), "", top)
        last = line


def _apart(line: Line) -> list[list[Word]]:
    """The line's words, parted where the gap is too wide for one sentence."""
    height = min(line.size, 2 * line.box.height) if line.size > 0 else line.box.height
    parts: list[list[Word]] = []
    for word in line.words:
        if parts and word.box.left - parts[-1][-1].box.right <= _WIDE_GAP * height:
            parts[-1].append(word)
        else:
            parts.append([word])
    return parts


def _marking(piece: _Piece) -> str | None:
    plain = bare(piece.text).translate(_DIGITS_FOR_LETTERS)
    return _degree(piece, plain) or _beside_a_head(piece, plain) or _internal(piece, plain)


def _degree(piece: _Piece, plain: str) -> str | None:
    letters = plain.replace(" ", "")
    announced = _ANNOUNCED.match(letters)
    if announced:
        return _DEGREES.get(letters[announced.end() :])
    degree = _DEGREES.get(letters) or _misread(letters)
    if degree is None or not _as_stamped(piece.text) or _leads_to_secret(piece.before):
        return None
    upper, foot = _STAMP_ZONES
    return degree if degree != SECRET or piece.top <= upper or piece.top >= foot else None


def _misread(letters: str) -> str | None:
    longest = "TUYETMAT"
    return (
        TOP_SECRET if len(letters) == len(longest) and Levenshtein.distance(letters, longest) == 1 else None
    )


def _as_stamped(text: str) -> bool:
    """Whether it is in capitals and its last word may be MẬT; not "mặt" or "Mật ong"."""
    letters = "".join(char for char in text if char.isalnum())
    return letters.isupper() and letters[-3:].translate(_DIGITS_FOR_LETTERS) in _READ_AS_MAT


def _leads_to_secret(before: str) -> bool:
    return bool(before) and before.rsplit(" ", 1)[-1] in _LEADING_TO_SECRET


def _beside_a_head(piece: _Piece, plain: str) -> str | None:
    """MẬT at the end of a paper's head: "UBND TỈNH ĐẮK LẮK MẬT"."""
    words = plain.split()
    if len(words) < 3 or words[-1] != "MAT" or not _as_stamped(piece.text) or piece.top > _STAMP_ZONES[0]:
        return None
    if not _HEADS.match(piece.text):
        return None
    degree = _DEGREES.get("".join(words[-2:]), SECRET)
    rest = words[:-1] if degree == SECRET else words[:-2]
    return None if _LEADING_TO_SECRET & set(rest) - {"DO", "VA", "BAN"} else degree


def _internal(piece: _Piece, plain: str) -> str | None:
    letters = plain.replace(" ", "")
    if _in_brackets(piece.text):
        return INTERNAL
    if not _begins_a_line(piece.text):
        return None
    if Levenshtein.distance(letters, _INTERNAL, score_cutoff=1) <= 1:
        return INTERNAL
    if not letters.endswith(_INTERNAL) or len(plain.split()) > _MOST_WORDS:
        return None
    opened = plain.startswith(_INTERNAL_OPENINGS)
    return INTERNAL if opened and not _SPEAKING & set(plain.split()) else None


def _begins_a_line(text: str) -> bool:
    """Whether it begins as a line of its own does: in capitals or in brackets, not within a sentence."""
    first = next((char for char in text if not char.isspace()), "")
    return not first.islower()


def _in_brackets(text: str) -> bool:
    """ "(LƯU HÀNH NỘI BỘ)" in capitals within a longer line, as on title pages."""
    inside = re.findall(r"\(([^()]*)\)", text)
    return any(part.isupper() and bare(part).replace(" ", "") == _INTERNAL for part in inside)
