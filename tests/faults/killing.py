"""A catalogue and an engine that die at marks, once each, and an engine that counts what it reads.

``tests/faults/site/sitecustomize.py`` puts them in the place of the real ones in every process
that a test starts with ``kill_environment``. They wrap the real adapters: nothing is imitated.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from domain.holdings import Stage

VARIABLE = "KILLED_AT_MARKS"
STAGE_MARKS = tuple(f"{when}-{stage.value}" for stage in Stage for when in ("before", "after"))
PAGE_MARKS = ("before-page", "after-page")


def kill_environment(
    folder: Path, marks: tuple[str, ...], *, victim: str = "self", poison: int = 0
) -> dict[str, str]:
    """The environment of a process that dies at each of ``marks`` once.

    ``victim`` is "self", or the path of a state file whose JSON names the ``pid`` to kill. Whoever reads
    a page of the number ``poison`` dies each time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    root = Path(__file__).parents[2]
    site = Path(__file__).with_name("site")
    told = json.dumps({"folder": str(folder), "marks": marks, "victim": victim, "poison": poison})
    return {**os.environ, VARIABLE: told, "PYTHONPATH": f"{site}{os.pathsep}{root}"}


def hit(folder: Path) -> set[str]:
    """The marks at which somebody died."""
    return {path.name for path in folder.glob("*-*")}


def reads(folder: Path) -> list[int]:
    """The pages that the engine was given, in order."""
    log = folder / "reads"
    return [int(line) for line in log.read_text().split()] if log.exists() else []


def _reach(mark: str) -> None:
    plan = json.loads(os.environ[VARIABLE])
    if mark not in plan["marks"]:
        return
    try:
        os.close(os.open(Path(plan["folder"]) / mark, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        return
    if plan["victim"] != "self":
        state = json.loads(Path(plan["victim"]).read_text())
        os.kill(int(state["pid"]), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def open_catalog(url: str, *, secrets: Mapping[str, str]) -> Iterator[Any]:
    from catalog.sql import open_catalog as real

    with real(url, secrets=secrets) as catalog:
        yield _Killing(catalog)


class _Killing:
    def __init__(self, catalog: Any) -> None:
        self._catalog = catalog

    def view(self) -> Any:
        return self._catalog.view()

    @contextmanager
    def begin(self, *, wait_s: float | None = None) -> Iterator[Any]:
        with self._catalog.begin(wait_s=wait_s) as changes:
            watched = _Watched(changes)
            yield watched
            for mark in watched.marks:
                _reach(f"before-{mark}")
        for mark in watched.marks:
            _reach(f"after-{mark}")


class _Watched:
    """Notes what a transaction is about to commit."""

    def __init__(self, changes: Any) -> None:
        self._changes = changes
        self.marks: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._changes, name)

    def complete_stage(self, item_id: Any, stage: Stage, mark: str, at: Any) -> None:
        self.marks = [stage.value]
        self._changes.complete_stage(item_id, stage, mark, at)

    def replace_page(self, item_id: Any, page: Any) -> None:
        if not self.marks:
            self.marks = ["page"]
        self._changes.replace_page(item_id, page)


@contextmanager
def open_engine(url: str, *, secrets: Mapping[str, str]) -> Iterator[Any]:
    from ocr.tesseract import open_engine as real

    with real(url, secrets=secrets) as engine:
        yield _Counting(engine)


class _Counting:
    def __init__(self, engine: Any) -> None:
        self._engine = engine

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def recognise(self, image: Any, options: Any) -> Any:
        plan = json.loads(os.environ[VARIABLE])
        with (Path(plan["folder"]) / "reads").open("a") as log:
            log.write(f"{image.number}\n")
        if image.number == plan["poison"]:
            os.kill(os.getpid(), signal.SIGKILL)
        return self._engine.recognise(image, options)
