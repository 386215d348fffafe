"""How an item stands: what was decided, what is doubtful, what is to be done next."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from config.messages import Lang, explain
from domain.desk import Assessment, Doubts, Verdict
from domain.errors import ItemNotFound, SearchError
from domain.holdings import Item, ProvenanceEvent, State
from domain.ids import Accession, ItemId
from domain.people import Verb
from domain.ports import CatalogTransaction, Criteria, Shelf
from domain.queries import Query
from domain.records import Source
from domain.values import Reason
from flows.steps import verdicts
from flows.steps.pending import RETURNED, pending
from portal.deciding import Decision, is_offered
from portal.desk import at
from portal.visits import Visit

RECENT = 8  # events
UNSURE = 0.7  # a proposed field below that is worth a look
_BY_HAND: Mapping[str, Sequence[str]] = {  # what people do of each step, as the history calls it
    "pages": ["page_said", "arranged"],
    "record": ["edited"],
    "words": ["corrected"],
    "cites": ["citation_confirmed", "citation_doubted"],
}
MOST_FOUND = 50  # items that the index finds by words


@dataclass(frozen=True, slots=True)
class Listed:
    """Items of a list, with the verdict on each that has one, and what readers said of their text."""

    items: Sequence[Item]
    verdicts: Mapping[ItemId, Assessment]
    reports: Mapping[ItemId, int]  # of readers, that wait for staff
    waiting: int  # such reports of all the visitor's items
    after: Accession | None  # pass it to go on; None at the end


def listed(
    visit: Visit, *, text: str, state: State | None, after: str, limit: int, reported: bool = False
) -> Listed:
    """The visitor's items: by their code or words where there is a text, else in the order of their codes.

    ``reported`` leaves those of whose text a reader said something.
    """
    units = visit.signed.units(Verb.ACCESS)
    asked = " ".join(text.split())
    following = None
    if asked:
        found: Sequence[Item] = _found(visit, asked, units, state)[:limit]
    else:
        states = frozenset({state}) if state else None
        criteria = Criteria(states=states, units=units, reported=reported)
        with visit.shelf.catalog.view() as seen:
            told = seen.find_items(criteria, after=Accession(after) if after else None, limit=limit)
        found, following = told.items, told.after
    with visit.shelf.catalog.view() as seen:
        judged = seen.desk.verdicts([item.id for item in found])
        said = seen.readers.open_text_reports([item.id for item in found])
        waiting = seen.readers.count_open_text_reports(units)
    if asked and reported:
        found = [item for item in found if item.id in said]
    return Listed(found, judged, said, waiting, following)


def _found(visit: Visit, asked: str, units: frozenset[str], state: State | None) -> list[Item]:
    """The item of that code, then those that the index finds by the words, of these units."""
    found: dict[ItemId, Item] = {}
    with visit.shelf.catalog.view() as seen:
        try:
            item = seen.item(asked)
            found[item.id] = item
        except ItemNotFound:
            hits = _hits(visit.shelf, asked)
            found |= {item.id: item for item in map(seen.item, hits)}
    return [item for item in found.values() if item.actor.unit in units and state in (None, item.state)]


def _hits(shelf: Shelf, asked: str) -> list[ItemId]:
    try:
        return [
            one.item_id
            for one in shelf.index.search(Query(asked, published_only=False, limit=MOST_FOUND)).items
        ]
    except SearchError:
        return []  # nothing to look for in it, or the index is away: the code alone is looked for


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to be done before an item can go to readers."""

    code: str
    done: bool
    count: int
    address: str
    by_hand: bool  # a person did something of it; otherwise the program alone finds nothing left


@dataclass(frozen=True, slots=True)
class Standing:
    """One item as its page and the API tell it."""

    next: str  # the code of the sentence that says what to do next
    busy: bool  # the flows have something to do
    steps: Sequence[Step]
    decisions: Sequence[Decision]  # those that the visitor may take now
    assessments: Sequence[Assessment]  # the one in force last
    recent: Sequence[ProvenanceEvent]  # the newest first
    asks_four_eyes: bool
    problems: Sequence[str]  # sentences: what the page ledger found wrong
    uncounted: int  # pages read before doubtful words were counted
    reports: int  # of readers, that wait for staff

    @property
    def verdict(self) -> Assessment | None:
        return self.assessments[-1] if self.assessments else None


def standing_of(visit: Visit, item: Item) -> Standing:
    with visit.shelf.catalog.view() as seen:
        record = seen.record(item.id)
        assessments = seen.desk.assessments(item.id)
        doubts = seen.desk.doubts(item.id)
        recent = seen.desk.events(item.id, limit=RECENT)
        busy = bool(pending(item, seen.stages(item.id)))
        asks_four_eyes = verdicts.asks_for_four_eyes(seen, item.actor.unit)
        reports = seen.readers.open_text_reports([item.id]).get(item.id, 0)
        problems = problems_of(seen, item, visit.lang)
        marked = verdicts.stopped_by_marking(seen, item)
        by_hand = {
            code for code, actions in _BY_HAND.items() if seen.desk.events(item.id, actions=actions, limit=1)
        }
    unsure = sum(one.source is not Source.STAFF and one.confidence < UNSURE for one in record.fields.values())
    unconfirmed = sum(cite.confirmed_by is None for cite in record.cites)
    verdict = assessments[-1] if assessments else None
    return Standing(
        next=_next(item, verdict, marked=marked),
        busy=busy,
        steps=_steps(item, doubts, unsure, unconfirmed, problems, verdict, by_hand),
        decisions=[one for one in Decision if is_offered(visit, item, one, verdict, marked=marked)],
        assessments=assessments,
        recent=recent,
        asks_four_eyes=asks_four_eyes,
        problems=problems,
        uncounted=doubts.uncounted,
        reports=reports,
    )


def problems_of(seen: CatalogTransaction, item: Item, lang: Lang) -> list[str]:
    """What the page ledger found wrong when it was closed last."""
    counted = seen.desk.events(item.id, actions=["counted"], limit=1)
    return _sentences(counted[0].options.get("problems") if counted else None, lang)


def _sentences(told: object, lang: Lang) -> list[str]:
    found = told if isinstance(told, list) else []
    return [explain(Reason(str(one["code"]), one["fields"]), lang) for one in found]


def _next(item: Item, verdict: Assessment | None, *, marked: bool) -> str:
    """The code of the sentence that says what to do next."""
    if item.state is State.QUARANTINED:
        return "marked" if marked else "quarantined"
    if item.state in (State.RECEIVED, State.READING, State.READ):
        return "wait"
    if item.state is State.DESCRIBED:
        if item.reason is not None and item.reason.code == RETURNED:
            return "returned"
        return "assess" if verdict is None or verdict.verdict is not Verdict.USABLE else "approve"
    if item.state is State.APPROVED:
        return "publish"
    if item.state is State.WITHDRAWN:
        return "marked_out" if marked else "withdrawn"
    return "reopened" if verdict is not None and verdict.verdict is not Verdict.USABLE else "out"


def _steps(
    item: Item,
    doubts: Doubts,
    unsure: int,
    unconfirmed: int,
    problems: Sequence[str],
    verdict: Assessment | None,
    by_hand: Container[str],
) -> list[Step]:
    return [
        Step("pages", not problems, len(problems), at(item, "trang"), "pages" in by_hand),
        Step("record", unsure == 0, unsure, at(item, "mo-ta"), "record" in by_hand),
        Step("words", doubts.words == 0, doubts.words, at(item, "sua-tiep"), "words" in by_hand),
        Step("cites", unconfirmed == 0, unconfirmed, at(item, "trich-dan"), "cites" in by_hand),
        Step(
            "verdict",
            verdict is not None and verdict.verdict is Verdict.USABLE,
            0,
            at(item, "quyet-dinh", Decision.ASSESS.value),
            verdict is not None,
        ),
    ]
