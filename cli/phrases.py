"""Figures and codes as people read them."""

from __future__ import annotations

import datetime as dt

from config.messages import Lang, explain, number, sentence
from domain.holdings import Counts, Item
from domain.records import RESOURCE_TYPES
from domain.values import Reason


def type_name(code: str | None, lang: Lang) -> str:
    if code is None:
        return "–"
    vietnamese, english = RESOURCE_TYPES.get(code, (code, code))
    return english if lang == "en" else vietnamese


def figure(count: int | None, lang: Lang) -> str:
    """A count; one not known yet is said to be so, never 0."""
    return sentence("word.not_counted", lang) if count is None else number(count, lang)


def page_figures(counts: Counts, lang: Lang) -> str:
    """Declared and scanned pages: "120/118", a dash where one is not known."""
    declared, scanned = (
        "–" if count is None else number(count, lang) for count in (counts.declared, counts.scanned)
    )
    return f"{declared}/{scanned}"


def percent(confidence: float | None, lang: Lang) -> str:
    return "–" if confidence is None else f"{number(round(100 * confidence, 1), lang)} %"


def state_name(item: Item, lang: Lang) -> str:
    return sentence(f"state.{item.state}", lang)


def why(reason: Reason | None, lang: Lang) -> str:
    return "" if reason is None else explain(reason, lang)


def local_time(moment: dt.datetime) -> str:
    """The catalogue keeps UTC; people read their own clock."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def item_row(item: Item, lang: Lang) -> tuple[str, ...]:
    """One line of a list; the heads are ITEM_HEADS."""
    return (
        item.accession,
        item.title,
        type_name(item.resource_type, lang),
        page_figures(item.counts, lang),
        percent(item.confidence, lang),
        state_name(item, lang),
    )


ITEM_HEADS = ("accession", "title", "type", "pages", "confidence", "state")
ITEM_FIGURES = (3, 4)  # columns of figures
