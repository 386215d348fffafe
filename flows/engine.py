"""The process of one flow run: Prefect's engine, in a group of its own, tied to its worker."""

from __future__ import annotations

import gc
import os
import runpy
from importlib import import_module

from flows.tether import die_with_parent


def _load() -> None:
    """Import what a run needs without looking for garbage meanwhile: a tenth of the time goes there."""
    gc.disable()
    for name in ("prefect.engine", "prefect.flow_engine", "flows.digitise"):
        import_module(name)
    gc.freeze()
    gc.enable()


if __name__ == "__main__":
    die_with_parent(os.getppid())
    # A group of its own, so that its tesseracts can be stopped with it.
    os.setpgid(0, 0)
    _load()
    runpy.run_module("prefect.engine", run_name="__main__", alter_sys=True)
