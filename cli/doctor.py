"""``doctor``: what this machine has and lacks, each lack with its remedy. Changes nothing."""

from __future__ import annotations

from cli.exits import Exit
from cli.screen import Screen
from cli.session import Session
from config.in_force import in_force
from domain.values import Json
from flows.examine import Finding, examine


def doctor(session: Session, *, as_json: bool) -> int:
    screen, settings = session.speak(as_json), session.settings
    found: list[Finding] = []
    for finding in examine(settings):
        found.append(finding)
        if not as_json:
            mark = screen.words(f"doctor.{finding.level}")
            screen.line(f"[{mark}] {finding.said(screen.lang)}")
    bad = sum(1 for finding in found if finding.level == "bad")
    if as_json:
        checks: list[Json] = [
            {
                "level": one.level,
                "code": one.code,
                "message": one.said(screen.lang),
            }
            for one in found
        ]
        screen.answer({"ok": not bad, "checks": checks, "settings": in_force(settings)})
    else:
        screen.line(screen.words("doctor.settings"))
        for name, value in in_force(settings).items():
            screen.line(f"  {name} = {_shown(value, screen)}")
        screen.line(screen.words("doctor.not_good", count=bad) if bad else screen.words("doctor.all_good"))
    return Exit.FAILED if bad else Exit.DONE


def _shown(value: Json, screen: Screen) -> str:
    if isinstance(value, dict):
        return screen.words("doctor.set" if value["set"] else "doctor.unset")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "–" if value is None else str(value)
