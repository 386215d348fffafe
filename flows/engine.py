"""The process of one flow run: Prefect's engine, in a group of its own, tied to its worker."""

from __future__ import annotations

import os
import runpy

from flows.tether import die_with_parent

if __name__ == "__main__":
    die_with_parent(os.getppid())
    # A group of its own, so that its tesseracts can be stopped with it.
    os.setpgid(0, 0)
    runpy.run_module("prefect.engine", run_name="__main__", alter_sys=True)
