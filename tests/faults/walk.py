"""Take paths in and digitise them with the steps alone: ``python -m tests.faults.walk PATH…``."""

import sys
from pathlib import Path

from config.settings import load_settings
from config.wiring import open_shelf
from flows.steps.intake import receive_batch
from flows.steps.way import digitise
from flows.steps.work import Work

if __name__ == "__main__":
    settings = load_settings()
    with open_shelf(settings) as shelf:
        report = receive_batch(
            shelf,
            [Path(name) for name in sys.argv[1:]],
            manifest=None,
            publish=True,
            by=settings.who,
            options=settings.ocr,
            policy=settings.intake,
            province=settings.province,
        )
        for item_id in report.to_digitise:
            digitise(shelf, item_id, Work(settings.who, settings.ocr))
