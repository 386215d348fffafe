"""How many pages one machine reads at once, whatever the number of its runs.

A slot is a locked file: the kernel frees it the moment its holder dies, by nobody's clock.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.options import OcrOptions
from domain.ports import OcrEngine
from domain.text import OcrPage, PageImage
from flows.locks import held

PAUSE = 0.05  # seconds between tries; a page takes some twenty times as long


class Slots:
    """So many places, shared by all processes that name the same folder."""

    def __init__(self, folder: Path, places: int) -> None:
        self._files = [folder / f"slot-{number}" for number in range(places)]

    @contextmanager
    def one(self) -> Iterator[None]:
        """Have a place while the block runs; waits until there is one."""
        while True:
            for file in self._files:
                with held(file) as ours:
                    if ours:
                        yield
                        return
            time.sleep(PAUSE)


class InTurn:
    """An engine that reads only while it has a place."""

    def __init__(self, engine: OcrEngine, slots: Slots) -> None:
        self._engine, self._slots = engine, slots

    def describe(self) -> str:
        return self._engine.describe()

    def languages(self) -> frozenset[str]:
        return self._engine.languages()

    def recognise(self, image: PageImage, options: OcrOptions) -> OcrPage:
        with self._slots.one():
            return self._engine.recognise(image, options)
