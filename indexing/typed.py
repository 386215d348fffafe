"""The query language: what a person typed, taken apart. There is no syntax that could be wrong.

==================  ====================================================
words               in any order
"a phrase"          in this order; a quotation mark that has no other is none
-word  -"a phrase"  pages without it
loại:sách           of this value; ``năm:2018-2020``, ``cơ quan:"Sở Tư pháp"``
14/2019/QĐ-TTg      a legal number is one word, a hyphen in it excludes nothing
==================  ====================================================

Whatever else stands in a query parts words and means nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from domain.queries import Facet
from domain.records import RESOURCE_TYPES
from indexing.figures import legal_number_spans
from indexing.text import fold, folded_tokens, nfc

MAX_LENGTH = 500  # characters; the rest is not looked at
MAX_PARTS = 32  # phrases, exclusions and values together
MOST_YEARS = 200  # of a span of years

TITLE_FIELD, NUMBER_FIELD = "title", "number"
Field: TypeAlias = "Facet | str"

# Folded; a hyphen or an underline may stand for the space: co-quan:"Sở Tư pháp".
_NAMES: Mapping[str, Field] = {
    **dict.fromkeys(("loai", "loai tai lieu", "the loai", "type"), Facet.TYPE),
    **dict.fromkeys(("nam", "year"), Facet.YEAR),
    **dict.fromkeys(("co quan", "agency"), Facet.AGENCY),
    **dict.fromkeys(("linh vuc", "field"), Facet.FIELD),
    **dict.fromkeys(("tinh trang", "hieu luc", "status"), Facet.LEGAL_STATUS),
    **dict.fromkeys(("so", "so hieu", "ky hieu", "so ky hieu", "number"), NUMBER_FIELD),
    **dict.fromkeys(("tua", "tua de", "nhan de", "title"), TITLE_FIELD),
}
_LONGEST_NAME = max(name.count(" ") + 1 for name in _NAMES)

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))
_LETTERS = r"[^\W\d_]+"
_PART = re.compile(
    rf'(?P<minus>(?<!\S)-(?=["\w]))?(?:(?P<name>{_LETTERS}(?:[ _-]{_LETTERS}){{0,2}}):)?'
    r'(?:"(?P<phrase>[^"]*)"|(?P<value>(?<=:)[^\s"]+))'
    rf"|(?<!\S)-(?P<word>{_LETTERS}\w*)"
)
_SPAN = re.compile(r"([0-9]{4})(?:-|\.\.|–)([0-9]{4})")


@dataclass(slots=True)
class Typed:
    """``plain`` is the rest: words and legal numbers, as typed; ``whole`` with the phrases among them."""

    plain: str = ""
    whole: str = ""
    phrases: list[str] = field(default_factory=list)
    excluded: list[str] = field(default_factory=list)  # words and phrases
    filters: dict[Facet, tuple[str, ...]] = field(default_factory=dict)
    without: list[tuple[Facet, str]] = field(default_factory=list)  # -loại:sách
    fields: list[tuple[str, str]] = field(default_factory=list)  # TITLE_FIELD or NUMBER_FIELD, its value


def take_apart(text: str) -> Typed:
    """What is typed, each kind apart; at most MAX_PARTS that are not plain words."""
    asked = nfc(text[:MAX_LENGTH]).translate(_QUOTES)
    typed, plain, whole, end = Typed(), [], [], 0
    for found in list(_parts(asked))[:MAX_PARTS]:
        phrases = len(typed.phrases)
        kept = _take(typed, found)
        plain += [asked[end : found.start()], kept]
        whole += [*plain[-2:], *typed.phrases[phrases:]]
        end = found.end()
    typed.plain, typed.whole = (" ".join([*text, asked[end:]]) for text in (plain, whole))
    return typed


def _parts(asked: str) -> Iterator[re.Match[str]]:
    """Whatever has syntax, outside of legal numbers: in "QĐ -TTg" nothing is excluded."""
    numbers = legal_number_spans(asked)
    at = 0
    while (found := _PART.search(asked, at)) is not None:
        inside = next((end for start, end in numbers if start < found.start() < end), None)
        if inside is None:
            yield found
        at = inside or found.end()


def _take(typed: Typed, found: re.Match[str]) -> str:
    """Put a part where it belongs; what remains of it for the plain words."""
    minus, name, phrase = found["minus"], found["name"], found["phrase"]
    if found["word"] is not None:
        typed.excluded.append(found["word"])
        return ""
    value = phrase if phrase is not None else found["value"]
    before, known = _name(name or "")
    if not folded_tokens(value):
        return name or ""
    if known is None:
        if phrase is None:
            return found[0]
        (typed.excluded if minus and not name else typed.phrases).append(phrase)
        return name or ""
    if not isinstance(known, Facet):
        typed.fields.append((known, value))
    elif minus and not before:
        typed.without += [(known, one) for one in _values(known, value)]
    else:
        typed.filters[known] = tuple(dict.fromkeys([*typed.filters.get(known, ()), *_values(known, value)]))
    return before


def _name(typed: str) -> tuple[str, Field | None]:
    """The field that some words end with the name of, and the words before it."""
    words = re.split("[ _-]", typed) if typed else []
    for start in range(max(0, len(words) - _LONGEST_NAME), len(words)):
        known = _NAMES.get(fold(" ".join(words[start:])))
        if known is not None:
            return " ".join(words[:start]), known
    return typed, None


def _values(facet: Facet, typed: str) -> list[str]:
    """The values that are meant: every year of a span, the codes of a type's name."""
    if facet is Facet.YEAR and (span := _SPAN.fullmatch(typed.strip())):
        first, last = sorted(map(int, span.groups()))
        return [str(year) for year in range(first, min(last, first + MOST_YEARS) + 1)]
    if facet is Facet.TYPE:
        return _types(" ".join(folded_tokens(typed))) or [typed]
    return [typed.strip()]


def _types(folded: str) -> list[str]:
    """The codes of the types that are called so, or else of those whose names begin so."""
    names = {
        code: [" ".join(folded_tokens(name)) for name in (code, *labels)]
        for code, labels in RESOURCE_TYPES.items()
    }
    return [code for code, known in names.items() if folded in known] or [
        code for code, known in names.items() if any(name.startswith(folded) for name in known)
    ]
