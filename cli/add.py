"""``add`` and ``retry``: hand items to the flows, watch them, say what became of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from cli.exits import Exit
from cli.look import batch_status
from cli.phrases import ITEM_FIGURES, ITEM_HEADS, item_row, notes, why
from cli.screen import Progress, Screen
from cli.session import Session
from domain.holdings import BatchEntry, Item, Outcome, State
from domain.ids import BatchId, ItemId
from domain.ports import Shelf
from domain.values import Reason


def add(
    session: Session, paths: Sequence[Path], *, manifest: Path | None, publish: bool, as_json: bool
) -> int:
    from flows.batches import take_in

    screen, settings = session.speak(as_json), session.settings
    session.interruption = "cli.interrupted_add"
    with session.shelf() as shelf, screen.progress() as progress:
        report = take_in(
            shelf,
            settings,
            paths,
            manifest=manifest,
            publish=publish,
            told=lambda entry: progress.note(_entry_line(entry, screen)),
        )
        for skipped in report.skipped:
            progress.note(screen.words("cli.skipped", what=why(skipped, screen.lang)))
        if report.to_digitise:
            _run(session, shelf, report.to_digitise, progress)
        elif {entry.outcome for entry in report.entries} - {Outcome.ABSENT} == {Outcome.DUPLICATE}:
            progress.note(screen.words("cli.nothing_to_do"))
    with session.shelf() as shelf:
        return _report(shelf, report.batch.id, screen)


def _report(shelf: Shelf, batch_id: BatchId, screen: Screen) -> int:
    """The batch as it stands now: a table for people, every entry for programs."""
    with shelf.catalog.view() as seen:
        batch = seen.batch(batch_id)
        entries = seen.entries(batch.id)
        items = {entry.item_id: seen.item(entry.item_id) for entry in entries if entry.item_id}
    waiting = sum(_stuck(entry, items[entry.item_id] if entry.item_id else None) for entry in entries)
    if screen.as_json:
        batch_status(shelf, batch, screen)
    else:
        tell_items(items.values(), screen)
        if waiting:
            screen.tell("cli.in_quarantine", count=waiting, batch=batch.id)
    return Exit.QUARANTINE if waiting else Exit.DONE


def _stuck(entry: BatchEntry, item: Item | None) -> bool:
    """Whether a person has to look: in quarantine now, or never taken in."""
    return item.state is State.QUARANTINED if item else entry.outcome is Outcome.QUARANTINED


def tell_items(items: Iterable[Item], screen: Screen) -> None:
    """The table, and under it the reason of every item that has one."""
    listed = list(items)
    if listed:
        screen.table(ITEM_HEADS, [item_row(item, screen.lang) for item in listed], right=ITEM_FIGURES)
    for item in listed:
        if item.reason:
            screen.line(f"{item.accession}: {why(item.reason, screen.lang)}")


def retry(session: Session, refs: Sequence[str], *, cleared: bool, as_json: bool) -> int:
    from flows.steps.pending import pending
    from flows.steps.portrait import item_json
    from flows.steps.publish import retry as send_again

    screen = session.speak(as_json)
    session.interruption = "cli.interrupted_add"
    with session.shelf() as shelf, screen.progress() as progress:
        with shelf.catalog.view() as seen:
            ids = list(dict.fromkeys(seen.item(ref).id for ref in refs))
        for item_id in ids:
            send_again(shelf, item_id, session.settings.who, cleared=cleared)
        with shelf.catalog.view() as seen:
            left = [item_id for item_id in ids if pending(seen.item(item_id), seen.stages(item_id))]
        if left:
            _run(session, shelf, left, progress, cleared=cleared)
        else:
            progress.note(screen.words("cli.nothing_to_retry"))
        with shelf.catalog.view() as seen:
            items = [seen.item(item_id) for item_id in ids]
    if as_json:
        screen.answer([item_json(item) for item in items])
    else:
        tell_items(items, screen)
    return Exit.QUARANTINE if any(item.state is State.QUARANTINED for item in items) else Exit.DONE


def _run(
    session: Session, shelf: Shelf, item_ids: Sequence[ItemId], progress: Progress, *, cleared: bool = False
) -> None:
    """Hand the items to this folder's server, or to one started for this command, and watch them."""
    from flows.submit import submit
    from flows.supervisor import running
    from flows.watch import ItemProgress, wait

    screen, settings = session.screen, session.settings
    counted: dict[ItemId, tuple[int, int]] = {}

    def told(one: ItemProgress) -> None:
        counted[one.item.id] = (one.read, one.total or 0)
        read = sum(read for read, _ in counted.values())
        progress.show(screen.words("cli.reading_batch"), read, sum(total for _, total in counted.values()))
        if _arrived(one.item):
            state = screen.words(f"state.{one.item.state}")
            progress.note(
                screen.words("cli.decided", accession=one.item.accession, state=state, title=one.item.title)
            )

    def said(reason: Reason) -> None:
        progress.note(why(reason, screen.lang))

    with running(settings, said):
        wait(settings, submit(settings, item_ids, cleared=cleared), shelf, told)


def _arrived(item: Item) -> bool:
    """Whether the item is where its way ends, unless a person sends it further."""
    ends = {State.QUARANTINED, State.PUBLISHED if item.publish else State.DESCRIBED}
    return item.state in ends


def _entry_line(entry: BatchEntry, screen: Screen) -> str:
    if entry.outcome is Outcome.ABSENT:
        return why(entry.note, screen.lang)
    outcome = screen.words(f"outcome.{entry.outcome}")
    received = screen.words("cli.received", source=Path(entry.source).name, outcome=outcome)
    return ". ".join([received, *notes(entry, screen.lang)])
