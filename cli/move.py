"""``move``: the whole shelf to other adapters, compared at the end."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from cli.backup import alone
from cli.exits import Exit
from cli.session import Session
from config.messages import size
from domain.errors import SamePlace

if TYPE_CHECKING:
    from config.settings import Settings

_ADDRESSES = ("store_url", "catalog_url", "index_url")


def move(session: Session, file: Path, *, as_json: bool) -> int:
    from config.settings import settings_elsewhere
    from config.wiring import open_shelf
    from flows.steps.move import move as bring

    screen = session.speak(as_json)
    session.interruption = "cli.interrupted_move"
    here, file = session.settings, file.absolute()
    there = settings_elsewhere(file, here)
    _check_elsewhere(here, there)
    if file.stat().st_mode & 0o077:
        screen.tell("cli.secrets_readable", file=str(file))
    with ExitStack() as opened:
        opened.enter_context(alone(here))
        if there.data_dir != here.data_dir:
            opened.enter_context(alone(there))
        source = opened.enter_context(session.shelf())
        target = opened.enter_context(open_shelf(there))
        progress = opened.enter_context(screen.progress())
        words, origin = screen.words("cli.moving"), f"{here.store_url} {here.catalog_url}"
        moved = bring(source, target, origin, here.who, lambda count: progress.show(words, count, 0))
    variables = _named(file)
    if as_json:
        screen.answer(
            {
                "ok": True,
                "rows": moved.rows,
                "files": moved.objects,
                "bytes": moved.size,
                "indexed_items": moved.indexed,
                "settings": [*variables],
            }
        )
        return Exit.DONE
    screen.line(
        screen.words(
            "cli.moved",
            files=moved.objects,
            size=size(moved.size, screen.lang),
            rows=moved.rows,
            items=moved.indexed,
        )
    )
    screen.line(screen.words("cli.move_settings", file=str(file), variables=variables))
    return Exit.DONE


def _check_elsewhere(here: Settings, there: Settings) -> None:
    for name in _ADDRESSES:
        if getattr(here, name) == getattr(there, name):
            raise SamePlace(setting=f"TUSACH_{name.upper()}")


def _named(file: Path) -> list[str]:
    """The variables that a file sets; never their values, some are secret."""
    lines = (line.strip().removeprefix("export ") for line in file.read_text("utf-8").splitlines())
    return [line.partition("=")[0].strip() for line in lines if line.startswith("TUSACH_")]
