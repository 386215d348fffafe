"""The process of one flow run: Prefect's engine, in a group of its own, tied to who started it."""

from __future__ import annotations

import gc
import os
import runpy
import sys
from importlib import import_module

from config.settings import load_settings
from flows.orders import run_lease
from flows.place import Place
from flows.scratch import own_scratch
from flows.steps.claims import leased
from flows.tether import die_with_parent

# What a run ends up with, the adapters of an embedded shelf included; much of it is imported late otherwise.
NEEDED = (
    "prefect.engine",
    "prefect.flow_engine",
    "prefect.task_engine",
    "prefect._internal.metrics",
    "prefect._internal.states",
    "prefect.concurrency._sync",
    "prefect.utilities.visualization",
    "anyio._backends._asyncio",
    "flows.digitise",
    "catalog.sql",
    "sqlalchemy.dialects.sqlite",
    "storage.local",
    "indexing.tantivy",
    "ocr.tesseract",
    "pytesseract",
    "ocr.embedded",
    "ocr.inspect_pdf",
    "ocr.pdf",
    "PIL.JpegImagePlugin",
    "PIL.PngImagePlugin",
)


def load() -> None:
    """Import what a run needs without looking for garbage meanwhile: a tenth of the time goes there."""
    gc.disable()
    for name in NEEDED:
        import_module(name)
    gc.freeze()
    gc.enable()


def run() -> None:
    """Run the flow that the environment names, which all machines can see alive meanwhile."""
    from flows.digitise import digitise_item, digitise_items, shelf
    from flows.runners import task_runner

    # A group of its own, so that its tesseracts can be stopped with it.
    os.setpgid(0, 0)
    del sys.argv[1:]  # the worker's, where this is its child; the engine would look for the run's id there
    settings = load_settings()
    for flow in (digitise_item, digitise_items):
        flow.task_runner = task_runner(settings)
    lease = run_lease(os.environ["PREFECT__FLOW_RUN_ID"])
    with own_scratch(Place.of(settings).scratch), leased(shelf().catalog, lease) as ours:
        if ours:
            runpy.run_module("prefect.engine", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    die_with_parent(os.getppid())
    load()
    run()
