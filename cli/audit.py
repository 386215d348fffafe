"""``audit``: every file read and compared with what the catalogue says of it, and the index too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.exits import Exit
from cli.keep import checked_json, tell_checked
from cli.session import Session
from config.messages import printable, size
from domain.values import Json

if TYPE_CHECKING:
    from cli.screen import Screen
    from flows.steps.audit import Audited, Finding

_SHOWN = 50  # findings told to people; --json has all


def audit(session: Session, *, as_json: bool) -> int:
    from flows.steps.audit import audit as look
    from flows.steps.index_check import verify

    screen = session.speak(as_json)
    with session.shelf() as shelf:
        with screen.progress() as progress:
            audited = look(shelf, lambda count: progress.show(screen.words("cli.auditing"), count, 0))
        checked = verify(shelf)
    if as_json:
        screen.answer(
            {
                "ok": not audited.findings and not checked.differences,
                "items": audited.items,
                "files": audited.objects,
                "bytes": audited.size,
                "findings": [_json(one) for one in audited.findings],
                "index": {"items": checked.items, **checked_json(checked)},
            }
        )
    else:
        _tell(audited, screen)
        tell_checked(checked, screen)
        if checked.differences:
            screen.tell("cli.index_to_repair")
    return Exit.FAILED if audited.findings or checked.differences else Exit.DONE


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
