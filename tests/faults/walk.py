"""Take paths in and digitise them with the steps alone: ``python -m tests.faults.walk PATH…``."""

import sys
from collections.abc import Sequence
from pathlib import Path

from config.settings import Settings, load_settings
from config.wiring import open_shelf
from domain.ids import ItemId
from domain.ports import Shelf
from flows.batches import take_in
from flows.steps.way import digitise
from flows.steps.work import Work


def walk(shelf: Shelf, settings: Settings, paths: Sequence[Path]) -> list[ItemId]:
    """Publish what can be; the items that were digitised, in the order of their paths."""
    report = take_in(shelf, settings, paths, publish=True)
    for item_id in report.to_digitise:
        digitise(shelf, item_id, Work(settings.who, settings.ocr))
    return [*report.to_digitise]


if __name__ == "__main__":
    chosen = load_settings()
    with open_shelf(chosen) as opened:
        walk(opened, chosen, [Path(name) for name in sys.argv[1:]])
