"""``python -m flows.listing FILE NAME``: what a manifest says of some names, worked out apart from the pages.

A workbook may unpack to a hundred megabytes, and names are compared with titles by the million: that is
the business of a process that has a minute and ends. The names come by its standard input as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from catalog.manifest import ManifestRow
from domain.errors import ManifestUnreadable, UploadBusy
from domain.values import Json, Reason

SECONDS = 60.0
LONGEST = 64 * 1024**2  # bytes of the answer: 20,000 rows of the longest cells stay below
_AT_ONCE = threading.BoundedSemaphore(2)
_TOLD = ("row", "title", "number", "file", "pages_declared", "resource_type", "agency", "year", "note")


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of a manifest, and which name it is."""

    row: ManifestRow  # without its record
    name: str | None  # None: none of the names
    how: Reason | None  # they were matched


@dataclass(frozen=True, slots=True)
class Listing:
    """A manifest held against the names of what was sent."""

    rows: tuple[Listed, ...]
    unnamed: tuple[tuple[str, Reason | None], ...]  # names that no row means, and why, where it is known
    skipped: tuple[Reason, ...]
    problems: tuple[Reason, ...]  # row, column, value


def hold_against(path: Path, name: str, names: Sequence[str]) -> Listing:
    """Raises ManifestUnreadable; UploadBusy where too many ask at once."""
    if not _AT_ONCE.acquire(timeout=5):
        raise UploadBusy
    try:
        command = [sys.executable, "-m", "flows.listing", str(path), name]
        asked = json.dumps(list(names)).encode()
        done = subprocess.run(command, input=asked, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise ManifestUnreadable(name=name, detail=f"> {SECONDS:.0f} s") from error
    finally:
        _AT_ONCE.release()
    if done.returncode != 0 or len(done.stdout) > LONGEST:
        raise ManifestUnreadable(name=name, detail=f"{done.returncode}")
    return _listing(json.loads(done.stdout))


def _listing(said: dict[str, Any]) -> Listing:
    if "error" in said:
        raise ManifestUnreadable(**said["error"])
    return Listing(
        rows=tuple(
            Listed(ManifestRow(**one["row"]), one["name"], _reason(one["how"])) for one in said["rows"]
        ),
        unnamed=tuple((name, _reason(why)) for name, why in said["unnamed"]),
        skipped=tuple(Reason(**one) for one in said["skipped"]),
        problems=tuple(Reason(**one) for one in said["problems"]),
    )


def _reason(said: dict[str, Any] | None) -> Reason | None:
    return Reason(**said) if said else None


def main() -> None:
    # Heavy, and only wanted here.
    from catalog.manifest import read_manifest
    from catalog.matching import match

    os.nice(10)
    path, name = sys.argv[1:]
    names = json.load(sys.stdin)
    try:
        found = read_manifest(Path(path), name=name)
    except ManifestUnreadable as error:
        said: dict[str, Json] = {"error": error.fields}
    else:
        matching = match(found, names)
        taken = {row.row: one for one, row in matching.matched.items()}
        said = {
            "rows": [
                {
                    "row": {field: getattr(row, field) for field in _TOLD},
                    "name": taken.get(row.row),
                    "how": _told(matching.how.get(taken.get(row.row, ""))),
                }
                for row in found.rows
            ],
            "unnamed": [[one, _told(matching.how.get(one))] for one in matching.unnamed],
            "skipped": [_told(one) for one in found.skipped],
            "problems": [_told(one) for one in found.problems],
        }
    sys.stdout.write(json.dumps(said))


def _told(reason: Reason | None) -> Json:
    return asdict(reason) if reason else None


if __name__ == "__main__":
    main()
