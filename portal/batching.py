"""What the pages of batches show: how each stands, in a view that templates need not think about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath

from config.messages import Lang, explain
from domain.holdings import Batch, BatchCounts, BatchLine, Item, Lines, Outcome, ScanForm, State
from domain.ids import BatchId, ItemId
from domain.ports import CatalogTransaction
from domain.values import Reason
from flows.steps.pending import HELD_ELSEWHERE, is_marking, replaceable
from portal.peopled import unit_names

AT_ONCE = 50  # lines of one view
BATCHES = 20  # of one view
_DONE = frozenset({State.DESCRIBED, State.APPROVED, State.PUBLISHED, State.WITHDRAWN})
_UNDER_WAY = frozenset({State.RECEIVED, State.READING, State.READ})


@dataclass(frozen=True, slots=True)
class Tally:
    """How far a batch is, in lines and in pages."""

    lines: int
    done: int
    under_way: int
    troubled: int
    waiting: int  # kept until a PDF comes
    duplicates: int
    pages: int  # pictures of what is counted
    read: int

    @property
    def share(self) -> float:
        return min(1.0, self.read / self.pages) if self.pages else 0.0

    @property
    def over(self) -> bool:
        return self.under_way == 0


def tally(counts: BatchCounts) -> Tally:
    lines = counts.lines
    fresh = {at: count for at, count in lines.items() if at[0] is not Outcome.DUPLICATE}

    def of(states: Iterable[State]) -> int:
        wanted = frozenset(states)
        return sum(count for (_, state), count in fresh.items() if state in wanted)

    waiting = sum(count for (outcome, _), count in fresh.items() if outcome is Outcome.WAITING)
    return Tally(
        lines=sum(lines.values()),
        done=of(_DONE),
        under_way=of(_UNDER_WAY) - waiting,
        troubled=of({State.QUARANTINED}) + sum(count for (_, state), count in fresh.items() if state is None),
        waiting=waiting,
        duplicates=sum(lines.values()) - sum(fresh.values()),
        pages=counts.images,
        read=min(counts.read, counts.images),
    )


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch in a list."""

    batch: Batch
    unit: str  # its name
    by: str  # who handed it in, by name
    source: str  # the names of what was handed in
    tally: Tally


def batch_rows(seen: CatalogTransaction, batches: Iterable[Batch]) -> list[BatchRow]:
    listed = list(batches)
    counts = seen.batch_counts([one.id for one in listed])
    names = unit_names(seen)
    people = {login: person_name(seen, login) for login in {one.actor.name for one in listed}}
    return [
        BatchRow(
            one,
            names.get(one.actor.unit, one.actor.unit),
            people[one.actor.name],
            source_names(one),
            tally(counts[one.id]),
        )
        for one in listed
    ]


def source_names(batch: Batch) -> str:
    """What was handed in, without the folders in which it lay on some machine."""
    return ", ".join(PurePath(path).name for path in batch.source.split(", "))


def person_name(seen: CatalogTransaction, login: str) -> str:
    """What somebody is called; the login itself where it is nobody's, as of an account of the machine."""
    person = seen.people.person_of_login(login)
    return login if person is None else person.name


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line of a batch: what was sent, where it is now, and what to do next."""

    ordinal: int
    source: str
    name: str  # the last step of it
    outcome: Outcome
    item: Item | None
    mood: str  # good · warn · bad · soft
    state: str  # a code of ``batch.state``
    why: str | None
    next: str | None  # a code of ``batch.next``
    match: str | None
    read: int | None  # pages, of an item that is being read
    may_retry: bool
    may_clear: bool
    may_replace: bool


def line_rows(lines: Iterable[BatchLine], read: Mapping[ItemId, int], lang: Lang) -> list[LineRow]:
    return [_line_row(line, read, lang) for line in lines]


def _line_row(line: BatchLine, read: Mapping[ItemId, int], lang: Lang) -> LineRow:
    entry, item = line.entry, line.item
    if entry.note is not None and entry.note.code == HELD_ELSEWHERE:
        line, item = replace(line, item=None), None  # another unit's business
    state = _state(line)
    reason = _reason(line)
    confidential = is_marking(reason)
    in_quarantine = item is not None and item.state is State.QUARANTINED
    spoilt = in_quarantine and item is not None and item.form is ScanForm.OTHER
    mood, then = _STANDING[state]
    if in_quarantine and not spoilt:
        then = "decide" if confidential else "retry"
    return LineRow(
        ordinal=entry.ordinal,
        source=entry.source,
        name=PurePath(entry.source).name or entry.source,
        outcome=entry.outcome,
        item=item,
        mood=mood,
        state=state,
        why=explain(reason, lang) if reason else None,
        next=then,
        match=explain(entry.match, lang) if entry.match else None,
        read=read.get(item.id) if item else None,
        may_retry=in_quarantine and not spoilt and not confidential,
        may_clear=in_quarantine and confidential,
        may_replace=replaceable(entry, item) and not confidential,
    )


_STANDING: Mapping[str, tuple[str, str | None]] = {
    # state: (mood, what to do next)
    "absent": ("bad", "send"),
    "refused": ("bad", "replace"),
    "duplicate": ("soft", None),
    "waiting": ("warn", "pdf"),
    "quarantined": ("bad", "replace"),
    "received": ("soft", "wait"),
    "reading": ("soft", "wait"),
    "read": ("soft", "wait"),
    "described": ("good", "describe"),
    "approved": ("good", "publish"),
    "published": ("good", None),
    "withdrawn": ("warn", None),
}


def _state(line: BatchLine) -> str:
    entry, item = line.entry, line.item
    if entry.outcome is Outcome.DUPLICATE:
        return "duplicate"
    if item is None:
        return "absent" if entry.outcome is Outcome.ABSENT else "refused"
    if item.form is ScanForm.MEDIA and item.state is State.RECEIVED:
        return "waiting"
    return item.state.value


def _reason(line: BatchLine) -> Reason | None:
    if line.item is not None and line.entry.outcome is not Outcome.DUPLICATE:
        return line.item.reason
    return line.entry.note


@dataclass(frozen=True, slots=True)
class BatchView:
    """One batch: its figures, and the lines that are asked for."""

    batch: Batch
    unit: str
    by: str  # who handed it in, by name
    source: str  # the names of what was handed in
    tally: Tally
    rows: list[LineRow]
    lines: Lines
    after: int  # ordinal before the first line
    next: int | None  # the ordinal to go on from


def batch_view(
    seen: CatalogTransaction, batch_id: BatchId, lines: Lines, *, after: int, lang: Lang
) -> BatchView:
    """Raises BatchNotFound. Eight questions, however many lines the batch has."""
    batch = seen.batch(batch_id)
    found = seen.batch_lines(batch_id, lines, after=after, limit=AT_ONCE + 1)
    shown = found[:AT_ONCE]
    reading = [line.item.id for line in shown if line.item and line.item.state is State.READING]
    return BatchView(
        batch=batch,
        unit=unit_names(seen).get(batch.actor.unit, batch.actor.unit),
        by=person_name(seen, batch.actor.name),
        source=source_names(batch),
        tally=tally(seen.batch_counts([batch_id])[batch_id]),
        rows=line_rows(shown, seen.page_counts(reading) if reading else {}, lang),
        lines=lines,
        after=after,
        next=shown[-1].entry.ordinal if len(found) > AT_ONCE else None,
    )
