"""``show``: everything that is known of one item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.exits import Exit
from cli.phrases import ITEM_FIGURES, ITEM_HEADS, figure, item_row, local_time, percent, type_name, why
from cli.session import Session
from config.messages import sentences, size
from domain.records import FIELDS, Record
from domain.values import Json

if TYPE_CHECKING:
    from cli.screen import Screen
    from domain.holdings import Counts, FileEntry, PageEntry, ProvenanceEvent, Scan, ScanFile

_CITES = 12  # shown to people; --json has all
_EVENTS = 40


def show(session: Session, ref: str, *, as_json: bool) -> int:
    screen = session.speak(as_json)
    with session.shelf() as shelf:
        with shelf.catalog.view() as seen:
            item = seen.item(ref)
        if as_json:
            from flows.steps.portrait import portrait

            screen.answer(portrait(shelf, item.id))
            return Exit.DONE
        with shelf.catalog.view() as seen:
            record, pages, scan = seen.record(item.id), seen.pages(item.id), seen.scan(item.id)
            files, history = seen.files(item.id), seen.history(item.id)
    screen.table(ITEM_HEADS, [item_row(item, screen.lang)], right=ITEM_FIGURES)
    if item.reason:
        screen.line(why(item.reason, screen.lang))
    _record(record, screen)
    _pages(item.counts, list(pages), screen)
    _files(scan, list(files), screen)
    _history(list(history), screen)
    return Exit.DONE


def _record(record: Record, screen: Screen) -> None:
    rows = []
    for name in FIELDS:
        if one := record.fields.get(name):
            value = type_name(str(one.value), screen.lang) if name == "resource_type" else _value(one.value)
            source = screen.words(f"source.{one.source}")
            rows.append(
                (screen.words(f"field.{name}"), value, f"{source}, {percent(one.confidence, screen.lang)}")
            )
    if rows:
        screen.table(("field", "value", "from"), rows)
    cited = list(dict.fromkeys(one.so_ky_hieu for one in record.cites))
    if cited:
        screen.line(screen.words("cli.cites", what=cited[:_CITES]) + _rest(len(cited) - _CITES, screen))


def _value(value: Json) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _rest(left: int, screen: Screen) -> str:
    return f" {screen.words('cli.and_more', count=left)}" if left > 0 else ""


def _pages(counts: Counts, pages: list[PageEntry], screen: Screen) -> None:
    names = ("declared", "images", "scanned", "printed", "blank", "missing", "duplicate")
    figures = {name: figure(getattr(counts, name), screen.lang) for name in names}
    if counts.declared is None:
        figures["declared"] = screen.words("word.not_declared")
    screen.line(screen.words("cli.pages_of", **figures))
    for page in pages:
        if page.problem:
            told = why(page.problem, screen.lang)
            screen.line("  " + screen.words("cli.problem_page", page=page.number, why=told))


def _files(scan: Scan, files: list[FileEntry], screen: Screen) -> None:
    whole = [one for one in files if one.page is None]
    kept: list[ScanFile | FileEntry] = [*scan.files, *whole]
    rows = [(one.name, one.media_type, size(one.fixity.size, screen.lang), one.fixity.sha256) for one in kept]
    screen.table(("file", "type", "size", "sha256"), rows, right=(2,))
    pictures = [one for one in files if one.page is not None]
    if pictures:
        total = sum(one.fixity.size for one in pictures)
        screen.line("+ " + screen.words("cli.files_of", count=len(pictures), size=size(total, screen.lang)))


def _history(history: list[ProvenanceEvent], screen: Screen) -> None:
    screen.line(screen.words("cli.history") + _rest(len(history) - _EVENTS, screen))
    screen.table(
        ("when", "who", "what", "program"),
        [
            (local_time(one.at), one.actor.name, _deed(one, screen), f"{one.program} {one.version}")
            for one in history[-_EVENTS:]
        ],
    )


def _deed(event: ProvenanceEvent, screen: Screen) -> str:
    """What was done in words; the action itself where it has none."""
    known = f"action.{event.action}"
    told = screen.words(known) if known in sentences(screen.lang) else event.action
    if event.action == "moved":
        return f"{told}: {screen.words('state.' + str(event.options.get('to')))}"
    return told
