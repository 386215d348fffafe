"""``audit``: every file read and compared with the catalogue, the index too; put right where asked to."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from cli.exits import Exit
from cli.keep import checked_json, tell_checked
from cli.phrases import local_time
from cli.session import Session
from config.messages import printable, size
from domain.values import Json

if TYPE_CHECKING:
    from cli.screen import Screen
    from domain.holdings import ProvenanceEvent
    from domain.ports import Shelf
    from flows.steps.audit import Audited, Finding
    from flows.steps.repair import Repaired

_SHOWN = 50  # findings told to people; --json has all


def audit(session: Session, *, mend: bool, source: Path | None, due: int | None, as_json: bool) -> int:
    from flows.steps.audit import audit as look
    from flows.steps.audit_log import audited_within, note_audit, note_repair
    from flows.steps.audit_turn import audit_turn
    from flows.steps.index_check import repair as put_right
    from flows.steps.index_check import verify

    screen, by = session.speak(as_json), session.settings.who
    with session.shelf() as shelf:
        if due is not None and (last := audited_within(shelf, due)):
            _tell_not_due(last, screen)
            return Exit.DONE
        with audit_turn(shelf) as counted:
            with screen.progress() as progress:

                def told(count: int) -> None:
                    counted(count)
                    progress.show(screen.words("cli.auditing"), count, 0)

                audited = look(shelf, told)
            checked = verify(shelf)
            note_audit(shelf, audited, len(checked.differences), by)
            repaired = _mended(session, shelf, audited, source) if mend else None
            if repaired:
                note_repair(shelf, repaired, by)
                checked = put_right(shelf, by).after
    left = repaired.left if repaired else audited.findings
    if as_json:
        screen.answer(
            {
                "ok": not left and not checked.differences,
                "items": audited.items,
                "files": audited.objects,
                "bytes": audited.size,
                "findings": [_json(one) for one in audited.findings],
                "repaired": _repaired_json(repaired) if repaired else None,
                "index": {"items": checked.items, **checked_json(checked)},
            }
        )
    else:
        _tell(audited, screen)
        if repaired:
            _tell_repaired(repaired, screen)
        tell_checked(checked, screen)
        if checked.differences and not repaired:
            screen.tell("cli.index_to_repair")
    return Exit.FAILED if left or checked.differences else Exit.DONE


def _mended(session: Session, shelf: Shelf, audited: Audited, folder: Path | None) -> Repaired:
    from cli.backup import kept_in
    from flows.steps.generations import open_generation
    from flows.steps.repair import Source, repair

    screen, by = session.screen, session.settings.who
    with ExitStack() as opened:
        source = None
        if folder is not None:
            generation = open_generation(folder.absolute())
            source = Source(opened.enter_context(kept_in(folder.absolute())), generation)
        progress = opened.enter_context(screen.progress())
        words, total = screen.words("cli.repairing"), len(audited.findings)
        return repair(
            shelf, audited, by, source=source, heard=lambda count: progress.show(words, count, total)
        )


def _tell_not_due(last: ProvenanceEvent, screen: Screen) -> None:
    if screen.as_json:
        at = last.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        screen.answer({"ok": True, "due": False, "audited_at": at, "found": dict(last.options)})
    else:
        screen.line(screen.words("cli.audit_not_due", at=local_time(last.at)))


def _tell_repaired(repaired: Repaired, screen: Screen) -> None:
    for code in ("brought", "read", "deleted", "to_make"):
        keys = getattr(repaired, code)
        if keys:
            screen.line(screen.words(f"cli.repaired_{code}", count=len(keys)))
    if repaired.left:
        screen.line(screen.words("cli.repair_left", count=len(repaired.left)))
        for one in repaired.left[:_SHOWN]:
            screen.line(f"  {one.accession or screen.words('cli.no_item')}: {printable(one.name)}")


def _repaired_json(repaired: Repaired) -> dict[str, Json]:
    return {
        "brought": [*repaired.brought],
        "read": [*repaired.read],
        "deleted": [*repaired.deleted],
        "to_make": [*repaired.to_make],
        "left": [one.key for one in repaired.left],
    }


def _tell(audited: Audited, screen: Screen) -> None:
    for one in audited.findings[:_SHOWN]:
        trouble = screen.words(f"trouble.{one.trouble}")
        owner = one.accession or screen.words("cli.no_item")
        screen.line(f"  {owner}: {printable(one.name)}: {trouble}")
    if len(audited.findings) > _SHOWN:
        screen.line("  " + screen.words("cli.and_more", count=len(audited.findings) - _SHOWN))
    figures: dict[str, Json] = {
        "files": audited.objects,
        "size": size(audited.size, screen.lang),
        "items": audited.items,
    }
    if audited.findings:
        screen.line(screen.words("cli.audit_found", count=len(audited.findings), **figures))
    else:
        screen.line(screen.words("cli.audit_sound", **figures))


def _json(one: Finding) -> dict[str, Json]:
    return {
        "key": one.key,
        "trouble": one.trouble.value,
        "accession": one.accession,
        "name": one.name,
        "expected_sha256": one.expected.sha256 if one.expected else None,
        "found_sha256": one.found.sha256 if one.found else None,
    }
