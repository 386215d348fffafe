"""What happened to an item, as people read it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from config.messages import Lang, explain, sentence
from domain.holdings import ProvenanceEvent
from domain.records import FieldValue
from domain.values import Json, Reason
from flows.steps.describing import told_after, told_before
from portal.desk_words import value_text

MOST_TOLD = 300  # characters of one value in a line of history


@dataclass(frozen=True, slots=True)
class Happening:
    """One event; ``undo`` is the path (below the item's) of the form that takes it back, "" without one."""

    id: int
    at: dt.datetime
    who: str
    what: str
    details: tuple[str, ...]
    undo: str


def happenings(events: Sequence[ProvenanceEvent], lang: Lang) -> tuple[Happening, ...]:
    return tuple(_happening(one, lang) for one in events)


def _happening(event: ProvenanceEvent, lang: Lang) -> Happening:
    who = event.actor.name
    return Happening(
        id=event.id or 0,
        at=event.at,
        who=who,
        what=sentence(f"action.{event.action}", lang),
        details=tuple(_details(event, lang)),
        undo=_undo(event),
    )


def _undo(event: ProvenanceEvent) -> str:
    page = event.options.get("page")
    if event.action == "edited":
        return "mo-ta/hoan-tac" if told_after(event) else ""
    if isinstance(page, int) and event.action == "corrected":
        return f"trang/{page}/sua/hoan-tac"
    if event.action == "arranged":
        return "sap-xep/hoan-tac"
    if isinstance(page, int) and event.action == "page_said":
        return f"trang/{page}/hoan-tac"
    if event.action == "report_settled":
        return "bao-loi/hoan-tac" if event.options.get("outcome") else ""
    return ""


def _details(event: ProvenanceEvent, lang: Lang) -> Iterator[str]:
    told = event.options
    match event.action:
        case "moved":
            if told.get("from") != told.get("to"):
                moved = {"state": told.get("from"), "to": told.get("to")}
                yield sentence("desk.history.moved", lang, moved)
            yield from _reason(told.get("reason"), lang)
        case "edited":
            before = told_before(event)
            for name, after in told_after(event).items():
                yield _change(sentence(f"field.{name}", lang), before.get(name), after, lang)
        case "assessed":
            yield sentence(f"verdict.{told.get('verdict')}", lang)
            yield from _reason(told, lang)
        case "corrected":
            yield sentence("desk.history.page", lang, {"page": told.get("page")})
            yield from _lines(told.get("lines"), lang)
        case "page_said":
            yield sentence("desk.history.page", lang, {"page": told.get("page")})
            yield from _facts(told, lang)
        case "arranged":
            if told.get("act"):
                quarters = told.get("turns")
                degrees = 90 * quarters if isinstance(quarters, int) else 0
                yield sentence(f"desk.arrange.{told['act']}", lang, {**told, "degrees": degrees})
        case "report_settled":
            yield sentence("desk.history.page", lang, {"page": told.get("page")})
            if told.get("outcome"):
                yield sentence(f"desk.reports.{told['outcome']}", lang)
        case "citation_confirmed" | "citation_doubted":
            yield sentence("desk.history.cite", lang, told)
        case "cleared":
            if told.get("reason"):
                yield str(told["reason"])
        case "failed":
            yield from _reason(told, lang)
    if told.get("undoes") is not None:
        yield sentence("desk.history.undoes", lang)


def _reason(told: Json, lang: Lang) -> Iterator[str]:
    if isinstance(told, Mapping) and isinstance(told.get("fields"), Mapping):
        yield explain(Reason(str(told.get("code")), told["fields"]), lang)  # type: ignore[arg-type]


def _change(name: str, before: FieldValue | None, after: FieldValue | None, lang: Lang) -> str:
    was, now = (_short(value_text(one.value, lang) if one else "") for one in (before, after))
    return sentence("desk.history.change", lang, {"name": name, "before": was, "after": now})


def _lines(lines: Json, lang: Lang) -> Iterator[str]:
    for line in lines if isinstance(lines, list) else ():
        both = {"before": _short(str(line["before"])), "after": _short(str(line["after"]))}
        yield sentence("desk.history.line", lang, both)


def _facts(told: Mapping[str, Json], lang: Lang) -> Iterator[str]:
    before, after = told.get("before"), told.get("after")
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return
    if (before["label"], before["label_source"]) != (after["label"], after["label_source"]):
        both = {"before": before["label"], "after": after["label"]}
        yield sentence("desk.history.change", lang, {"name": sentence("desk.pages.label", lang), **both})
    if before["kind"] != after["kind"]:
        was, now = (sentence(f"kind.{one['kind']}", lang) for one in (before, after))
        name = sentence("desk.pages.kind", lang)
        yield sentence("desk.history.change", lang, {"name": name, "before": was, "after": now})


def _short(text: str) -> str:
    return text if len(text) <= MOST_TOLD else text[: MOST_TOLD - 1] + "…"
