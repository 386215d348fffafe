"""Backing shelves up and comparing them, for tests that keep or move them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from config.settings import load_settings
from config.wiring import STORES, adapter
from domain.ids import ObjectKey
from domain.ports import ObjectStore, Shelf
from flows.steps.audit import audit
from flows.steps.backup import Made, backup
from flows.steps.generations import open_generation
from flows.steps.index_check import verify
from flows.steps.restore import Restored, restore

INSTANTS = 4  # of a running batch, or of a command that is killed
SEED = 20260304


@contextmanager
def kept_in(folder: Path) -> Iterator[ObjectStore]:
    with adapter("DIR", STORES, f"file://{folder}/objects", {}) as kept:
        yield kept


def back_up(shelf: Shelf, folder: Path) -> Made:
    with kept_in(folder) as kept:
        return backup(shelf, kept, folder)


def bring_back(shelf: Shelf, folder: Path, name: str | None = None) -> Restored:
    with kept_in(folder) as kept:
        return restore(shelf, kept, open_generation(folder, name), load_settings().who)


def objects(shelf: Shelf) -> dict[str, Any]:
    return {one.key: (one.fixity, one.media_type) for one in shelf.store.list("")}


def assert_sound(shelf: Shelf) -> None:
    assert audit(shelf).findings == ()
    assert verify(shelf).differences == ()


def put(shelf: Shelf, key: str, data: bytes, media_type: str = "text/plain; charset=utf-8") -> None:
    shelf.store.put(ObjectKey(key), BytesIO(data), media_type=media_type)


def instants(steps: int) -> list[int]:
    """Some of the steps, always the first and the last one."""
    return sorted({1, steps, *random.Random(SEED).sample(range(2, steps), INSTANTS)})
