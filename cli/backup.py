"""``backup`` and ``restore``: the whole shelf into a folder, and back into an empty installation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from cli.exits import Exit
from cli.session import Session
from config.messages import size

if TYPE_CHECKING:
    from config.settings import Settings
    from domain.ports import ObjectStore

_SHOWN = 50  # names told to people; --json has all


def backup(session: Session, folder: Path, *, as_json: bool) -> int:
    from flows.steps.backup import backup as make

    screen = session.speak(as_json)
    session.interruption = "cli.interrupted_backup"
    folder = folder.absolute()
    with session.shelf() as shelf, kept_in(folder) as kept, _told(session, "cli.backing_up") as told:
        made = make(shelf, kept, folder, told)
    manifest = made.generation.manifest
    if as_json:
        screen.answer(
            {
                "ok": not manifest.lost,
                "generation": made.generation.name,
                "folder": str(made.generation.folder),
                "items": manifest.items,
                "files": manifest.objects,
                "bytes": manifest.size,
                "copied_files": made.copied,
                "copied_bytes": made.copied_size,
                "marked_items": made.marked,
                "lost_files": manifest.lost,
            }
        )
    else:
        screen.line(
            screen.words(
                "cli.backed_up",
                generation=made.generation.name,
                items=manifest.items,
                files=manifest.objects,
                size=size(manifest.size, screen.lang),
                copied=made.copied,
                copied_size=size(made.copied_size, screen.lang),
            )
        )
        if made.marked:
            screen.line(screen.words("cli.backup_marked", count=made.marked))
        if manifest.lost:
            screen.line(screen.words("cli.backup_lost", count=manifest.lost))
    return Exit.FAILED if manifest.lost else Exit.DONE


def check_backup(session: Session, folder: Path, name: str | None, *, as_json: bool) -> int:
    from flows.steps.generations import kept_key, open_generation
    from flows.steps.restore import check

    screen = session.speak(as_json)
    generation = open_generation(folder.absolute(), name)
    with kept_in(folder.absolute()) as kept, _told(session, "cli.checking_backup") as told:
        sound = check(kept, generation, told)
    damaged = [str(folder.absolute() / "objects" / kept_key(one)) for one in sound.damaged]
    if as_json:
        screen.answer(
            {
                "ok": not damaged,
                "generation": generation.name,
                "made_at": generation.manifest.made_at,
                "items": sound.items,
                "files": sound.objects,
                "bytes": sound.size,
                "damaged": damaged,
            }
        )
        return Exit.FAILED if damaged else Exit.DONE
    for path in damaged[:_SHOWN]:
        screen.line(f"  {path}")
    if len(damaged) > _SHOWN:
        screen.line("  " + screen.words("cli.and_more", count=len(damaged) - _SHOWN))
    screen.line(
        screen.words(
            "cli.backup_not_sound" if damaged else "cli.backup_sound",
            generation=generation.name,
            items=sound.items,
            files=sound.objects,
            size=size(sound.size, screen.lang),
            count=len(damaged),
        )
    )
    return Exit.FAILED if damaged else Exit.DONE


def restore(session: Session, folder: Path, name: str | None, *, despite_damage: bool, as_json: bool) -> int:
    from flows.steps.generations import open_generation
    from flows.steps.restore import restore as bring

    screen = session.speak(as_json)
    session.interruption = "cli.interrupted_restore"
    generation = open_generation(folder.absolute(), name)
    with (
        alone(session.settings),
        session.shelf() as shelf,
        kept_in(folder.absolute()) as kept,
        _told(session, "cli.restoring") as told,
    ):
        restored = bring(shelf, kept, generation, session.settings.who, told, despite_damage=despite_damage)
    if as_json:
        screen.answer(
            {
                "ok": not restored.lost,
                "generation": generation.name,
                "items": restored.items,
                "files": restored.objects,
                "bytes": restored.size,
                "unfinished_items": restored.unfinished,
                "lost": [*restored.lost],
            }
        )
        return Exit.FAILED if restored.lost else Exit.DONE
    screen.line(
        screen.words(
            "cli.restored",
            generation=generation.name,
            items=restored.items,
            files=restored.objects,
            size=size(restored.size, screen.lang),
        )
    )
    if restored.unfinished:
        screen.line(screen.words("cli.restored_unfinished", count=restored.unfinished))
    if restored.lost:
        screen.line(screen.words("cli.backup_lost", count=len(restored.lost)))
    return Exit.FAILED if restored.lost else Exit.DONE


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Hold the supervisor's place of a data folder, so that nothing serves it. Raises AlreadyRunning."""
    from flows.locks import held
    from flows.place import Place

    place = Place.of(settings)
    place.prepare()
    with held(place.lock) as ours:
        if not ours:
            raise place.already()
        yield


@contextmanager
def kept_in(folder: Path) -> Iterator[ObjectStore]:
    """Where a backup folder keeps its objects."""
    from config.wiring import STORES, adapter

    with adapter("--to", STORES, f"file://{quote(str(folder / 'objects'))}", {}) as store:
        yield store


@contextmanager
def _told(session: Session, what: str) -> Iterator[Callable[[int, int], None]]:
    with session.screen.progress() as progress:
        words = session.screen.words(what)
        yield lambda done, total: progress.show(words, done, total)
