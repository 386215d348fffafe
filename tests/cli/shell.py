"""Running ``tusach`` in a test: in this process where that shows enough, as a program where it does not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.main import main


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Terminal:
    """``tusach`` on one data folder."""

    def __init__(self, data_dir: Path, capture: Any) -> None:
        self.data_dir, self._capture = data_dir, capture

    def __call__(self, *arguments: str | Path, lang: str = "en") -> Said:
        self._capture.readouterr()
        code = main(["--lang", lang, "--data-dir", str(self.data_dir), *map(str, arguments)])
        out, err = self._capture.readouterr()
        return Said(code, out, err)


def program(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """``tusach`` as the shell starts it."""
    return start(["-m", "cli", *arguments], **environment)


def start(arguments: Sequence[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
