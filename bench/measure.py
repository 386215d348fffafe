"""What the benches share: CPU of a command and its children, character error rate, tables and verdicts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pikepdf
from rapidfuzz.distance import Levenshtein
from rich.console import Console
from rich.table import Table

from samples.ports import free_port as free_port

BIN = Path(sys.executable).parent
# One thread per tesseract for everybody: more of them only burn CPU (docs of tesseract, issue 3109).
SINGLE = {"OMP_THREAD_LIMIT": "1"}


@dataclass(frozen=True, slots=True)
class Cost:
    """What one command took, its children included."""

    cpu_s: float  # user + system, of the process and every descendant it waited for
    wall_s: float
    out: bytes


def run(
    command: Sequence[str | Path], *, env: Mapping[str, str] | None = None, ok: Sequence[int] = (0,)
) -> Cost:
    """Run to the end; stops the bench where the command fails."""
    began = os.times().elapsed
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen(
            [str(part) for part in command],
            stdout=out,
            stderr=err,
            env={**os.environ, **SINGLE, **(env or {})},
        )
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        said, wrong = out.read(), err.read()
    if child.returncode not in ok:
        stop(f"{command[0]} gave {child.returncode}:\n{(wrong or said).decode(errors='replace')[-2000:]}")
    return Cost(used.ru_utime + used.ru_stime, os.times().elapsed - began, said)


def tusach(*arguments: str | Path) -> list[str | Path]:
    return [BIN / "tusach", *arguments]


def embedded_images(pdf: Path, folder: Path) -> list[Path]:
    """The JPEG of each page exactly as it lies in the file."""
    paths: list[Path] = []
    with pikepdf.open(pdf) as opened:
        for number, page in enumerate(opened.pages, start=1):
            (image,) = page.obj.Resources.XObject.values()
            path = folder / f"{number:04}.jpg"
            path.write_bytes(image.read_raw_bytes())
            paths.append(path)
    return paths


def character_errors(read: str, truth: str) -> float:
    """Character error rate in percent, after NFC and folding of white space."""
    expected = plain(truth)
    return 100 * Levenshtein.distance(plain(read), expected) / len(expected)


def plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


@contextmanager
def workplace(name: str) -> Iterator[Path]:
    """A folder for one bench, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=f"bench-{name}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Check:
    """One promise: a figure and the most, or the least, it may be."""

    what: str
    found: float
    limit: float
    unit: str = ""
    at_least: bool = False

    @property
    def kept(self) -> bool:
        return self.found >= self.limit if self.at_least else self.found <= self.limit


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = Table(title=title, title_justify="left")
    for place, column in enumerate(columns):
        table.add_column(column, justify="left" if place == 0 else "right")
    for row in rows:
        table.add_row(*row)
    Console(width=120).print(table)


def verdict(checks: Sequence[Check]) -> NoReturn:
    """Print each promise, the verdict last; exit 1 where one is not kept."""
    show(
        "promises",
        ("what", "found", "promised", ""),
        [
            (
                check.what,
                f"{check.found:.4g} {check.unit}",
                f"{'≥' if check.at_least else '≤'} {check.limit:.4g} {check.unit}",
                "ok" if check.kept else "SHORT",
            )
            for check in checks
        ],
    )
    short = [check.what for check in checks if not check.kept]
    print(f"verdict: short on {', '.join(short)}" if short else "verdict: all promises kept")
    raise SystemExit(1 if short else 0)


def load() -> str:
    """What else the machine does, to be told beside figures in seconds."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def stop(why: str) -> NoReturn:
    print(f"verdict: could not measure. {why}")
    raise SystemExit(1)
