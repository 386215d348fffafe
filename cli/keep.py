"""``export``, ``reindex`` and ``index verify``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cli.exits import Exit
from cli.session import Session
from config.messages import explain
from domain.ports import Criteria
from domain.values import Json

if TYPE_CHECKING:
    from cli.screen import Screen
    from flows.steps.index_check import Checked

_SHOWN = 20  # differences told to people; --json has all


def export(session: Session, ref: str, folder: Path, *, as_json: bool) -> int:
    from flows.steps.export import export_item

    screen = session.speak(as_json)
    folder = folder.absolute()
    with session.shelf() as shelf:
        with shelf.catalog.view() as seen:
            item = seen.item(ref)
        written = export_item(shelf, item.id, folder)
    target = folder / item.accession
    if as_json:
        screen.answer(
            {"accession": item.accession, "folder": str(target), "files": [str(path) for path in written]}
        )
    else:
        screen.line(screen.words("cli.exported", count=len(written), folder=str(target)))
    return Exit.DONE


def reindex(session: Session, *, as_json: bool) -> int:
    from flows.steps.index_check import verify
    from flows.steps.publish import INDEXED_STATES
    from flows.steps.publish import reindex as rebuild
    from flows.steps.walk import walk

    screen = session.speak(as_json)
    session.interruption = "cli.interrupted_reindex"
    with session.shelf() as shelf:
        with screen.progress() as progress:
            total = sum(1 for _ in walk(shelf, Criteria(states=INDEXED_STATES)))
            count = 0

            def told(_: object) -> None:
                nonlocal count
                count += 1
                progress.show(screen.words("cli.reindexing"), count, max(count, total))

            indexed = rebuild(shelf, session.settings.who, told)
        checked = verify(shelf)
    if as_json:
        screen.answer({"items": indexed, **checked_json(checked)})
    else:
        screen.line(screen.words("cli.reindexed", count=indexed))
        tell_checked(checked, screen)
    return Exit.FAILED if checked.differences else Exit.DONE


def verify_index(session: Session, *, repair: bool, as_json: bool) -> int:
    """Whether the index holds what the catalogue says; with ``repair`` it does afterwards."""
    from flows.steps.index_check import repair as put_right
    from flows.steps.index_check import verify

    screen = session.speak(as_json)
    with session.shelf() as shelf:
        done = put_right(shelf, session.settings.who) if repair else None
        checked = done.after if done else verify(shelf)
    repaired = len(done.before.differences) - len(done.after.differences) if done else 0
    lost = done.lost if done else ()
    for error in lost:
        screen.note(explain(error.reason, screen.lang))
    if as_json:
        screen.answer({"items": checked.items, **checked_json(checked), "repaired": repaired})
    else:
        if repaired:
            screen.line(screen.words("cli.index_repaired", count=repaired))
        tell_checked(checked, screen)
        if checked.differences and not repair:
            screen.tell("cli.index_to_repair")
    return Exit.FAILED if checked.differences else Exit.DONE


def tell_checked(checked: Checked, screen: Screen) -> None:
    for one in checked.differences[:_SHOWN]:
        faults = ", ".join(screen.words(f"fault.{fault}") for fault in one.faults)
        pages = screen.words("cli.index_pages", found=one.found_pages, expected=one.expected_pages)
        screen.line(f"  {one.accession or one.item_id}: {faults} ({pages})")
    if checked.differences:
        screen.line(screen.words("cli.index_differs", count=len(checked.differences), items=checked.items))
    else:
        screen.line(screen.words("cli.index_agrees", items=checked.items, pages=checked.pages))


def checked_json(checked: Checked) -> dict[str, Json]:
    return {
        "pages": checked.pages,
        "ok": not checked.differences,
        "differences": [
            {
                "id": one.item_id,
                "accession": one.accession,
                "faults": [fault.value for fault in one.faults],
                "expected_pages": one.expected_pages,
                "found_pages": one.found_pages,
            }
            for one in checked.differences
        ],
    }
