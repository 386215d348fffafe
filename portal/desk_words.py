"""Values and codes as staff read and write them."""

from __future__ import annotations

from collections.abc import Sequence

from config.messages import Lang, sentence
from domain.holdings import Item
from domain.records import RESOURCE_TYPES
from domain.values import Json


def value_text(value: Json, lang: Lang) -> str:
    """A record's value as it is shown; a list's values parted by semicolons."""
    if isinstance(value, str) and value in RESOURCE_TYPES:
        return type_name(value, lang)
    return typed_text(value)


def typed_text(value: Json) -> str:
    """A value as it stands in the field of a form, to be typed back."""
    if value is None:
        return ""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(map(str, value))
    return str(value)


def type_name(code: str | None, lang: Lang) -> str:
    if code is None:
        return "–"
    vietnamese, english = RESOURCE_TYPES.get(code, (code, code))
    return english if lang == "en" else vietnamese


def state_code(item: Item) -> str:
    """The code of the state's word; what waits for a PDF is called so."""
    waits = item.reason is not None and item.reason.code == "item.awaiting_pdf"
    return "outcome.waiting" if waits else f"state.{item.state}"


def state_name(item: Item, lang: Lang) -> str:
    return sentence(state_code(item), lang)
