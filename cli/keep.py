"""``export`` and ``reindex``."""

from __future__ import annotations

from pathlib import Path

from cli.exits import Exit
from cli.session import Session
from domain.ports import Criteria


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
    from flows.steps.publish import reindex as rebuild
    from flows.steps.walk import walk

    screen = session.speak(as_json)
    session.interruption = "cli.interrupted_reindex"
    with session.shelf() as shelf, screen.progress() as progress:
        total = 0 if not screen.lively else sum(1 for _ in walk(shelf, Criteria()))
        count = 0

        def told(_: object) -> None:
            nonlocal count
            count += 1
            progress.show(screen.words("cli.reindexing"), count, total)

        indexed = rebuild(shelf, session.settings.who, told)
    if as_json:
        screen.answer({"items": indexed})
    else:
        screen.line(screen.words("cli.reindexed", count=indexed))
    return Exit.DONE
