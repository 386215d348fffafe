"""For operators: who did what to people, roles, units and doors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.responses import Response

from config.messages import Lang, printable, sentence, sentences
from domain.people import Act, ActCriteria, Verb, day_of, units_on
from domain.values import Json
from flows.steps.sign_in import spelled
from flows.steps.units import LONGEST_CODE
from portal.access import MAY_OPERATE
from portal.signing import now
from portal.unit_tree import branches
from portal.visits import Visit, Visiting

ACTS = "/quan-tri/nhat-ky"
AT_ONCE = 50
LATEST = 2**62  # beyond every number of an act

router = APIRouter(include_in_schema=False)


@router.get(ACTS, **MAY_OPERATE)
def acts(
    visit: Visiting,
    actor: Annotated[str, Query(alias="ai", max_length=200)] = "",
    unit: Annotated[str, Query(alias="don_vi", max_length=LONGEST_CODE)] = "",
    action: Annotated[str, Query(alias="viec", max_length=80)] = "",
    before: Annotated[int | None, Query(alias="truoc", ge=1, le=LATEST)] = None,
) -> Response:
    found = acts_seen(visit, actor, unit, action, before=before, limit=AT_ONCE + 1)
    mine = visit.signed.units(Verb.OPERATE)
    with visit.shelf.catalog.view() as seen:
        known = units_on(seen.people.units(), day_of(now()))
    shown = found[:AT_ONCE]
    asked = {"ai": actor, "don_vi": unit, "viec": action}
    more = urlencode(asked | {"truoc": shown[-1].id}) if len(found) > AT_ONCE else None
    return visit.page(
        "account/acts.html",
        rows=[(act, action_word(act.action, visit.lang), details(act, visit.lang)) for act in shown],
        names={code: one.name for code, one in known.items()},
        units=branches(known, mine, day_of(now())),
        actions=_actions(visit.lang),
        asked=asked,
        more=f"{ACTS}?{more}" if more else None,
    )


def acts_seen(
    visit: Visit, actor: str, unit: str, action: str, *, before: int | None, limit: int
) -> Sequence[Act]:
    """The latest first, of those units alone where whoever asks operates; all only where that is everywhere.

    Raises NotAllowed.
    """
    if unit:
        visit.need(Verb.OPERATE, unit)
    mine = visit.signed.units(Verb.OPERATE)
    units = {unit} if unit else None if visit.signed.everywhere(Verb.OPERATE) else mine
    criteria = ActCriteria(actor=spelled(actor) or None, units=units, action=action or None)
    with visit.shelf.catalog.view() as seen:
        return seen.people.acts(criteria, before=before, limit=limit)


def action_word(action: str, lang: Lang) -> str:
    """What was done, in words; the code itself where nobody has found any."""
    told = sentences(lang)
    return told.get(f"account.act.{action}") or told.get(f"action.{action}") or printable(action)


def _actions(lang: Lang) -> list[tuple[str, str]]:
    prefix = "account.act."
    return [
        (code.removeprefix(prefix), word) for code, word in sentences(lang).items() if code.startswith(prefix)
    ]


def details(act: Act, lang: Lang) -> list[str]:
    return [f"{_detail(name, lang)}: {_value(name, value, lang)}" for name, value in act.details.items()]


def _detail(name: str, lang: Lang) -> str:
    return sentences(lang).get(f"account.detail.{name}") or printable(name)


def _value(name: str, value: Json, lang: Lang) -> str:
    """As sentences show a field: lists joined, what is not known as a dash, nothing that steers."""
    if name in ("role", "scopes"):
        return sentence("account.verb", lang, {"verb": value})
    return sentence("account.value", lang, {"value": value})
