"""Room for the temporary files of a run: a folder for each process, cleared away when the process is gone."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from domain.holders import still_lives


@contextmanager
def own_scratch(scratch: Path) -> Iterator[Path]:
    """A folder of this process's, where all its temporary files go while the block runs."""
    folder = _folder(scratch)
    folder.mkdir(parents=True)
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    try:
        yield folder
    finally:
        os.environ["TMPDIR"] = tempfile.tempdir = str(scratch)
        shutil.rmtree(folder, ignore_errors=True)


def room(scratch: Path) -> Path:
    """A name for a temporary file of this process's, which clears it away itself unless it is killed."""
    folder = _folder(scratch)
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{secrets.token_hex(16)}.incoming"


def _folder(scratch: Path) -> Path:
    return scratch / f"{os.getpid()}-{psutil.Process().create_time():.2f}"


def sweep(scratch: Path) -> int:
    """Clear away what killed processes of this machine left; how many they were."""
    swept = 0
    for folder in scratch.glob("[0-9]*-[0-9]*"):
        pid, _, started = folder.name.partition("-")
        if _is_number(started) and pid.isdecimal() and not still_lives(int(pid), float(started)):
            shutil.rmtree(folder, ignore_errors=True)
            swept += 1
    return swept


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
