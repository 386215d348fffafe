"""Figures and codes as people read them."""

from __future__ import annotations

import datetime as dt

from config.messages import Lang, explain, number, sentence
from domain.holdings import BatchEntry, Counts, Item
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
    """The state as people say it; what waits for a PDF is called so."""
    if item.reason and item.reason.code == "item.awaiting_pdf":
        return sentence("outcome.waiting", lang)
    return sentence(f"state.{item.state}", lang)


def why(reason: Reason | None, lang: Lang) -> str:
    return "" if reason is None else explain(reason, lang)


def notes(entry: BatchEntry, lang: Lang) -> list[str]:
    """What there is to say of a batch's line: why it is as it is, and how the manifest names it."""
    return [explain(reason, lang).removesuffix(".") for reason in (entry.note, entry.match) if reason]


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
