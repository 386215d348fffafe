"""Tracebacks: for whoever mends the program, never on the terminal of whoever uses it."""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
import traceback
from pathlib import Path

from cli.session import Session
from domain.errors import ShelfError

_LARGEST = 5_000_000  # bytes; the log before it is kept as tusach.log.1


def keep_trace(session: Session, error: BaseException) -> str:
    """Append the traceback to ``logs/tusach.log`` of the data folder; returns the log's path."""
    told = "".join(traceback.format_exception(error))
    if session.debug:
        sys.stderr.write(told)
    for folder in (_log_folder(session), Path(tempfile.gettempdir())):
        if folder is None:
            continue
        log = folder / "tusach.log"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if log.exists() and log.stat().st_size > _LARGEST:
                log.replace(folder / "tusach.log.1")
            with log.open("a", encoding="utf-8", errors="backslashreplace") as lines:
                lines.write(f"{dt.datetime.now(dt.UTC).isoformat()} {' '.join(sys.argv)!r}\n{told}\n")
        except OSError:
            continue  # a full or read-only disk; the next place may do
        return str(log)
    return "–"


def _log_folder(session: Session) -> Path | None:
    try:
        return session.settings.data_dir / "logs"
    except ShelfError:  # the settings are what is wrong
        return None
