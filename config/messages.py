"""From a code and its fields to the sentence a person reads, in Vietnamese or English."""

from __future__ import annotations

import locale
import os
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Literal

from domain.values import Json, Reason

Lang = Literal["vi", "en"]


@cache
def sentences(lang: Lang) -> Mapping[str, str]:
    """Every sentence of a language by its code; fields stand in braces.

    They are in ``locale/vi.toml``, and in ``locale/vi/`` a file for each part of the portal.
    """
    folder = files("config").joinpath("locale")
    found: dict[str, str] = {}
    for source in (folder.joinpath(f"{lang}.toml"), *folder.joinpath(lang).iterdir()):
        told = dict(_flatten("", tomllib.loads(source.read_text("utf-8"))))
        if twice := found.keys() & told.keys():
            raise ValueError(f"said twice: {sorted(twice)}")
        found |= told
    return found


def _flatten(prefix: str, table: Mapping[str, object]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in table.items():
        code = f"{prefix}{name}"
        if isinstance(value, Mapping):
            found += _flatten(f"{code}.", value)
        else:
            found.append((code, str(value)))
    return found


def sentence(code: str, lang: Lang, fields: Mapping[str, Json] | None = None) -> str:
    """The sentence for ``code``; the code itself where there is none, so that nothing is hidden."""
    text = sentences(lang).get(code)
    if text is None:
        told = ", ".join(f"{name}: {value}" for name, value in (fields or {}).items())
        return f"{code} ({told})" if told else code
    return text.format_map(_Shown(fields or {}, lang))


def explain(reason: Reason, lang: Lang) -> str:
    return sentence(reason.code, lang, reason.fields)


class _Shown(dict[str, str]):
    """Fields as a person reads them: lists joined, what is not known as a dash, control characters away."""

    def __init__(self, fields: Mapping[str, Json], lang: Lang) -> None:
        super().__init__({name: _shown(name, value, lang) for name, value in fields.items()})

    def __missing__(self, name: str) -> str:
        return "–"


_WORDS = {"state": "state", "to": "state", "allowed": "state", "verb": "verb", "column": "field"}  # of ours
_BYTES = frozenset({"free", "needed"})
# Names and places, not quantities; numbers in a list are names too: pages, rows.
_UNGROUPED = frozenset(
    {"port", "pid", "year", "found", "known", "status", "code", "page", "number", "image", "row", "seed"}
)
_LONGEST = 600  # code points of one field; a hostile name or a library's message may have any length


def _shown(name: str, value: Json, lang: Lang) -> str:
    if value is None or value in ("", [], ()):
        return "–"
    if isinstance(value, bool):
        return sentence("word.yes" if value else "word.no", lang)
    if isinstance(value, Sequence) and not isinstance(value, str):
        listed = (str(part) if type(part) is int else _shown(name, part, lang) for part in value)
        return ", ".join(listed)
    if isinstance(value, int | float):
        if name in _UNGROUPED:
            return str(value)
        return size(int(value), lang) if name in _BYTES else number(value, lang)
    text = printable(str(value))
    if name in _WORDS:
        return sentences(lang).get(f"{_WORDS[name]}.{text}", text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def number(value: float, lang: Lang) -> str:
    """A quantity with its language's separators: 1.234,5 in Vietnamese, 1,234.5 in English."""
    text = f"{value:,.1f}" if isinstance(value, float) and not value.is_integer() else f"{int(value):,}"
    return text.translate(str.maketrans(",.", ".,")) if lang == "vi" else text


def size(count: int, lang: Lang) -> str:
    """A number of bytes in the largest unit (1,000) that leaves at least one."""
    amount, unit = float(count), 0
    while amount >= 1000 and unit < 4:
        amount, unit = amount / 1000, unit + 1
    return f"{number(round(amount, 1), lang)} {('byte', 'kB', 'MB', 'GB', 'TB')[unit]}"


def printable(text: str) -> str:
    """Without what could steer a terminal or turn the direction of text: controls and format characters."""
    composed = unicodedata.normalize("NFC", text)
    if composed.isprintable():  # as most is
        return composed
    return "".join(char if char.isprintable() else " " if char.isspace() else "" for char in composed)


def choose_lang(asked: str | None) -> Lang:
    """The language asked for; otherwise English where the locale is English, Vietnamese elsewhere.

    ``TUSACH_LANG`` is read here and not with the settings: help is written before those are loaded.
    """
    if asked in ("vi", "en"):
        return asked  # type: ignore[return-value]
    for name in ("TUSACH_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "en" if value.lower().startswith("en") else "vi"
    found = locale.getlocale()[0] or ""
    return "en" if found.lower().startswith("en") else "vi"
