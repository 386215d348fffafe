"""Children that do not outlive their parent, and orphans that find another.

A supervisor that is killed cannot stop anybody any more; the kernel does it for it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

MARK = "TUSACH_CHILD_OF"  # in the environment of every process that a supervisor started
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_PR_SET_NAME = 15
_PR_SET_CHILD_SUBREAPER = 36


def die_with_parent(parent: int) -> None:
    """Have this process killed when the thread that started it ends; at once if it is gone already.

    Where the system is no Linux nothing is promised: the next start cleans up.
    """
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)


def adopt_orphans() -> None:
    """Have grandchildren whose parents died become this process's children."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def name_process(name: str) -> None:
    """Have ``ps`` and ``/proc/PID/comm`` call this process so: at most 15 bytes of ASCII."""
    _prctl(_PR_SET_NAME, ctypes.c_char_p(name.encode("ascii")))


def _prctl(option: int, value: int | ctypes.c_char_p) -> None:
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)
