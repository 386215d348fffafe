"""Back up, restore or move with real adapters that die at their n-th step (0: never), counted from 1.

``python -m tests.faults.keeping N backup|restore DIR`` on the shelf of the settings, or
``python -m tests.faults.keeping N move FILE``; prints how many steps there were.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from config.settings import load_settings, settings_elsewhere
from config.wiring import STORES, adapter, open_shelf
from domain.ports import Shelf
from flows.steps.backup import backup
from flows.steps.generations import open_generation
from flows.steps.move import move
from flows.steps.restore import restore


class Steps:
    """Counts what is done to the adapters, before and after each."""

    def __init__(self, last: int) -> None:
        self.count, self._last = 0, last

    def step(self) -> None:
        self.count += 1
        if self.count == self._last:
            os.kill(os.getpid(), signal.SIGKILL)


class _Through:
    def __init__(self, real: Any, steps: Steps) -> None:
        self._real, self._steps = real, steps

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class DyingStore(_Through):
    def put(self, *given: Any, **named: Any) -> Any:
        self._steps.step()
        stored = self._real.put(*given, **named)
        self._steps.step()
        return stored

    def delete(self, key: Any) -> None:
        self._steps.step()
        self._real.delete(key)
        self._steps.step()


class DyingCatalog(_Through):
    @contextmanager
    def begin(self, *, wait_s: float | None = None) -> Iterator[Any]:
        with self._real.begin(wait_s=wait_s) as changes:
            yield changes
            self._steps.step()
        self._steps.step()


class DyingIndex(_Through):
    def rebuild(self, items: Any) -> None:
        self._real.rebuild(self._watched(items))
        self._steps.step()

    def _watched(self, items: Any) -> Iterator[Any]:
        for item in items:
            self._steps.step()
            yield item


def dying(shelf: Shelf, steps: Steps) -> Shelf:
    return replace(
        shelf,
        store=DyingStore(shelf.store, steps),
        catalog=DyingCatalog(shelf.catalog, steps),
        index=DyingIndex(shelf.index, steps),
    )


def run(last: int, what: str, path: Path) -> int:
    settings, steps = load_settings(), Steps(last)
    if what == "move":
        with open_shelf(settings) as source, open_shelf(settings_elsewhere(path, settings)) as real:
            move(source, dying(real, steps), settings.store_url, settings.who)
        return steps.count
    with open_shelf(settings) as real:
        shelf = dying(real, steps)
        with adapter("DIR", STORES, f"file://{path}/objects", {}) as kept:
            if what == "backup":
                backup(shelf, DyingStore(kept, steps), path)  # type: ignore[arg-type]
            else:
                restore(shelf, kept, open_generation(path), settings.who)
    return steps.count


if __name__ == "__main__":
    sys.stdout.write(str(run(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))))
