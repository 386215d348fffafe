"""Clean, merge and check bibliographic records. Pure; nothing here knows a database.

What enters may be hostile (a damaged PDF's properties, a spreadsheet's cells), so that every
value is bounded, NFC, and free of characters that steer a terminal or a text's direction.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import cache

from catalog.citations import normalise_number
from domain.errors import FieldNotKnown, FieldNotValid
from domain.records import FIELDS, RESOURCE_TYPES, Citation, FieldValue, Record, Source
from domain.values import Json

YEARS = range(1900, 2101)  # no legal book of the shelf is older; a later year is a misprint
TEXT_LIMIT = 1_000  # characters of one text; longer ones are cut
ABSTRACT_LIMIT = 20_000
LIST_LIMIT = 50  # values of one list
COUNT_LIMIT = 1_000_000  # pages; more is a telephone number in the wrong column
SHOWN_LIMIT = 100  # characters of a refused value that its error repeats

_WEIGHT = {source: weight for weight, source in enumerate(reversed(Source))}
_EXPECTED = {
    "year": f"{YEARS.start}–{YEARS.stop - 1}",
    "count": f"1–{COUNT_LIMIT}",
    "legal_number": "14/2019/QĐ-TTg",
    "list": "a; b; c",
    "isbn": "ISBN-10, ISBN-13",
}


def merge(*records: Record) -> Record:
    """One record of several: field by field the weightier source, then the higher confidence, then the later.

    A field that staff have emptied (value None) stays empty. Citations are gathered by document,
    page and article, in the order of their pages; a confirmed one outweighs.
    """
    fields: dict[str, FieldValue] = {}
    for record in records:
        for name, found in record.fields.items():
            if name not in fields or _weight(found) >= _weight(fields[name]):
                fields[name] = found
    ordered = {name: fields[name] for name in FIELDS if name in fields}
    return Record(fields={**ordered, **fields}, cites=_gathered(records))


def _weight(found: FieldValue) -> tuple[int, float]:
    return (_WEIGHT[found.source], found.confidence)


def _gathered(records: Sequence[Record]) -> tuple[Citation, ...]:
    cites: dict[tuple[str, int, str | None], Citation] = {}
    for cite in (cite for record in records for cite in record.cites):
        key = (cite.so_ky_hieu, cite.page, cite.article)
        if key not in cites or _certainty(cite) >= _certainty(cites[key]):
            cites[key] = cite
    return tuple(sorted(cites.values(), key=lambda cite: cite.page))


def _certainty(cite: Citation) -> tuple[bool, float]:
    return (cite.confirmed_by is not None, cite.confidence)


def clean(fields: Mapping[str, FieldValue]) -> dict[str, FieldValue]:
    """The fields that we know and whose values can be true, in their tidy form and the order of display.

    What does not hold is left out rather than mended: a year 2091 is not known, it is not 2019.
    None stays only where staff emptied the field.
    """
    kept: dict[str, FieldValue] = {}
    for name in FIELDS:
        if name not in fields:
            continue
        given = fields[name]
        value = _checked(name, given.value)
        if value is not None or (given.value is None and given.source is Source.STAFF):
            confidence = min(1.0, max(0.0, given.confidence)) if given.confidence == given.confidence else 0.0
            kept[name] = FieldValue(value, given.source, confidence)
    return kept


def parse_field(name: str, text: str) -> Json:
    """The value that a person typed for a field; None where they emptied it.

    A list's values are parted by semicolons. A resource type may be given by its code or by its
    label in either language, with or without diacritics. Raises FieldNotKnown, FieldNotValid.
    """
    if name not in FIELDS:
        raise FieldNotKnown(field=tidy(name, SHOWN_LIMIT), known=list(FIELDS))
    typed = tidy(text, ABSTRACT_LIMIT)
    if not typed:
        return None
    value = _checked(name, typed)
    if value is None:
        raise FieldNotValid(field=name, value=typed[:SHOWN_LIMIT], expected=_expected(name))
    return value


def tidy(text: str, limit: int = TEXT_LIMIT) -> str:
    """``text`` on one line: NFC, single spaces, nothing that steers or hides, at most ``limit`` long."""
    # Cut before normalising, too: a megabyte in a property should cost nothing.
    spaced = "".join(" " if char.isspace() else char for char in text[: limit * 4])
    visible = "".join(char for char in spaced if unicodedata.category(char) not in _INVISIBLE)
    return " ".join(unicodedata.normalize("NFC", visible).split())[:limit].rstrip()


_INVISIBLE = frozenset(
    {"Cc", "Cf", "Cs", "Co", "Cn"}
)  # Cf: among them the marks that turn a text's direction


def _expected(name: str) -> str:
    if FIELDS[name] == "resource_type":
        return ", ".join(f"{code} ({label})" for code, (label, _) in RESOURCE_TYPES.items())
    return _EXPECTED.get(name, _EXPECTED.get(FIELDS[name], FIELDS[name]))


def _checked(name: str, value: Json) -> Json:
    """The value in its tidy form; None where it cannot be one of this field."""
    if value is None:
        return None
    if name == "isbn":
        return _isbn(value)
    return _KINDS[FIELDS[name]](value) if name != "abstract" else _text(value, ABSTRACT_LIMIT)


_LARGEST_NUMBER = 10**18  # Python refuses to spell numbers of thousands of digits; nothing here has twenty


def _text(value: Json, limit: int = TEXT_LIMIT) -> str | None:
    if isinstance(value, float):  # a spreadsheet knows no whole numbers
        value = int(value) if value.is_integer() else str(value) if math.isfinite(value) else None
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    if isinstance(value, int) and abs(value) > _LARGEST_NUMBER:
        return None
    return tidy(str(value), limit) or None


def _list(value: Json) -> Json:
    """A list of different texts; a text is one, its values parted by semicolons."""
    if isinstance(value, str):
        value = value.split(";")
    if not isinstance(value, Sequence):
        return None
    texts = (_text(part) for part in value[:LIST_LIMIT])
    return list(dict.fromkeys(text for text in texts if text)) or None


def _whole(value: Json, allowed: range) -> int | None:
    """A whole number within ``allowed``; "1.234" is how a form here writes 1234."""
    if isinstance(value, float):
        value = int(value) if value.is_integer() else None
    if isinstance(value, str):
        digits = re.fullmatch(r"[0-9]{1,9}|[0-9]{1,3}(?:\.[0-9]{3}){1,2}", value.strip())
        value = int(digits[0].replace(".", "")) if digits else None
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if value in allowed else None


def _year(value: Json) -> Json:
    return _whole(value, YEARS)


def _count(value: Json) -> Json:
    return _whole(value, range(1, COUNT_LIMIT + 1))


def _legal_number(value: Json) -> Json:
    text = _text(value)
    return normalise_number(text) if text else None


def _resource_type(value: Json) -> Json:
    text = _text(value)
    return _types_by_name().get(_plain(text)) if text else None


@cache
def _types_by_name() -> Mapping[str, str]:
    """Every spelling we take for a resource type, plain, and its code."""
    names: dict[str, str] = {}
    for code, labels in RESOURCE_TYPES.items():
        for name in (code, code.replace("_", " "), *labels):
            names[_plain(name)] = code
    return names


def _plain(text: str) -> str:
    bare = unicodedata.normalize("NFD", text.casefold()).replace("đ", "d")
    return " ".join("".join(char for char in bare if not unicodedata.combining(char)).split())


def _isbn(value: Json) -> Json:
    """Ten or thirteen digits without hyphens, where the check digit is right (ISO 2108)."""
    bare = re.sub(r"[\s\-‐‑–]", "", _text(value) or "").upper()
    bare = re.sub(r"^ISBN:?(?:1[03]:)?", "", bare)
    if re.fullmatch(r"97[89][0-9]{10}", bare):
        holds = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(bare)) % 10 == 0
    elif re.fullmatch(r"[0-9]{9}[0-9X]", bare):
        digits = [10 if char == "X" else int(char) for char in bare]
        holds = sum(digit * (10 - place) for place, digit in enumerate(digits)) % 11 == 0
    else:
        return None
    return bare if holds else None


_KINDS: Mapping[str, Callable[[Json], Json]] = {
    "text": _text,
    "list": _list,
    "year": _year,
    "count": _count,
    "legal_number": _legal_number,
    "resource_type": _resource_type,
}


def fingerprint(record: Record) -> str:
    """Sixteen hexadecimal digits that change when any field does."""
    told = json.dumps({name: asdict(value) for name, value in record.fields.items()}, sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]
