"""A portal as a process of its own over a data folder: for pictures, tests and measurements."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import httpx

from config.environment import child_environment
from config.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_S = 120.0  # for it to answer, and to end


PORTAL, EVERYTHING = ("portal",), ("cli", "up")  # modules of ours: the pages alone, or all that reads too


class Server:
    """Runs while the block does; may be killed and started again meanwhile."""

    def __init__(self, settings: Settings, what: Sequence[str] = PORTAL) -> None:
        self._settings, self._what = settings, what
        self.port = settings.portal_port
        self.base = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("the portal was not started")
        return self._process

    @property
    def pid(self) -> int:
        return self.process.pid

    def start(self) -> None:
        """Raises RuntimeError with what it said where it does not come to answer."""
        log = self._settings.data_dir / "portal.log"
        with log.open("ab") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *self._what],
                env=child_environment(self._settings),
                cwd=ROOT,
                stdout=said,
                stderr=said,
            )
        deadline = time.monotonic() + PATIENCE_S
        while not answers(self.base):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the portal does not answer: {log.read_text('utf-8', 'replace')}")
            time.sleep(0.1)

    def kill(self) -> None:
        """As a power cut does: nothing is told."""
        self.process.kill()
        self.process.wait(PATIENCE_S)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE_S)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def answers(address: str) -> bool:
    """Whether a portal is there."""
    try:
        return httpx.get(f"{address}/song", timeout=5, trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
