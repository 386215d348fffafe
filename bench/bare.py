"""The same intake and the same steps in one process without Prefect; prints what they took as JSON.

python -m bench.bare PATH    (the data folder is TUSACH_DATA_DIR)
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from config.settings import load_settings
from config.wiring import open_shelf
from domain.holdings import State
from flows.batches import take_in
from flows.steps.way import digitise
from flows.steps.work import Work


def main() -> None:
    settings = load_settings()
    # As many pages at once as the flows read: beside each other they take more CPU than one by one.
    work = Work(settings.who, settings.ocr, jobs=settings.jobs)
    with open_shelf(settings) as shelf:
        report = take_in(shelf, settings, [Path(sys.argv[1])], publish=True)
        ended = [digitise(shelf, item_id, work).state for item_id in report.to_digitise]
    own, below = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(
        json.dumps(
            {
                "own": own.ru_utime + own.ru_stime,
                "ocr": below.ru_utime + below.ru_stime,
                "items": len(ended),
                "published": sum(state is State.PUBLISHED for state in ended),
            }
        )
    )


if __name__ == "__main__":
    main()
