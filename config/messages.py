"""From a code and its fields to the sentence a person reads, in Vietnamese or English."""

from __future__ import annotations

import locale
import os
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Literal

from domain.values import Json, Reason

Lang = Literal["vi", "en"]


@cache
def sentences(lang: Lang) -> Mapping[str, str]:
    """Every sentence of a language by its code; fields stand in braces."""
    source = files("config").joinpath("locale", f"{lang}.toml").read_text("utf-8")
    return dict(_flatten("", tomllib.loads(source)))


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
    """Fields as a person reads them: lists joined, nothing known as a dash, control characters away."""

    def __init__(self, fields: Mapping[str, Json], lang: Lang) -> None:
        super().__init__({name: _shown(value, lang) for name, value in fields.items()})

    def __missing__(self, name: str) -> str:
        return "–"


def _shown(value: Json, lang: Lang) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return sentence("word.yes" if value else "word.no", lang)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_shown(part, lang) for part in value)
    if isinstance(value, int):
        grouped = f"{value:,}"
        return grouped.replace(",", ".") if lang == "vi" else grouped
    return "".join(char for char in str(value) if char.isprintable())


def choose_lang(asked: str | None) -> Lang:
    """The language asked for; otherwise English where the locale is English, Vietnamese elsewhere."""
    if asked in ("vi", "en"):
        return asked  # type: ignore[return-value]
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "en" if value.lower().startswith("en") else "vi"
    found = locale.getlocale()[0] or ""
    return "en" if found.lower().startswith("en") else "vi"
