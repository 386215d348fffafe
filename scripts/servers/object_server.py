"""MinIO as a plain process on the loopback, for the tests.

Upstream publishes its source only, so it is built: by Go, from a version whose digest Go's checksum of
the module is compared with.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import common
from common import Failed, NotHere, say
from processes import Server, begin, end, keep, wait

MODULE = "github.com/minio/minio"
VERSION = "v0.0.0-20260212201848-7aac2a2c5b7c"
SUM = "h1:/qdoYujxF5MBLDMVLeiYJ/7fBa1HikX39Dvzb9Ji8pA="
GO = (1, 24)  # or newer
USER = "tusach"
BUCKET = "shelf-test"


class ObjectServer(Server):
    name, mark = "minio", b"minio"
    ready_s = 60

    def __init__(self) -> None:
        super().__init__()
        self._home = self._run.with_name(VERSION)

    def install(self) -> None:
        """Raises NotHere without a Go that is new enough, before anything is built."""
        if not (self._home / ".installed").exists():
            go()
        common.install(self._home, SUM, self._build)

    def _build(self, into: Path) -> None:
        say(f"{self.name} {VERSION}: building it (some minutes, once)…")
        program = go()
        environment = {**os.environ, "GOBIN": str(into), "CGO_ENABLED": "0", "GOFLAGS": "-trimpath"}
        done = subprocess.run(
            [program, "install", "-ldflags=-s -w", f"{MODULE}@{VERSION}"],
            check=False,
            capture_output=True,
            text=True,
            env=environment,
        )
        if done.returncode:
            raise Failed(f"{self.name} cannot be built: {done.stderr[-3000:]}")
        told = subprocess.run(
            [program, "version", "-m", into / "minio"], check=True, capture_output=True, text=True
        )
        found = re.search(rf"mod\s+{re.escape(MODULE)}\s+{re.escape(VERSION)}\s+(\S+)", told.stdout)
        if found is None or found[1] != SUM:
            raise Failed(f"{MODULE} has the checksum {found and found[1]}, not {SUM}: not used")

    def _start(self, port: int) -> None:
        (self._run / "data").mkdir()
        common.give(self._run)
        self._run.chmod(0o700)
        port, console = port or common.free_ports(1)[0], common.free_ports(1)[0]
        url, password = f"http://127.0.0.1:{port}", secrets.token_urlsafe(24)
        say(f"{self.name} {VERSION}: starting on port {port}…")
        state = {"url": url, "port": port, "console": console, "password": password}
        process = self._begin(state)
        try:
            wait(process, self._run, lambda: self._ask(state), self.ready_s)
        except BaseException:
            end(process.pid, self.mark)
            process.wait()
            raise
        keep(self._run, {"pid": process.pid, **state})

    def _begin(self, state: Mapping[str, Any]) -> subprocess.Popen[bytes]:
        return begin(
            [
                *(str(self._home / "minio"), "server", "--quiet", "--address", f"127.0.0.1:{state['port']}"),
                *("--console-address", f"127.0.0.1:{state['console']}", str(self._run / "data")),
            ],
            self._run,
            {
                "MINIO_ROOT_USER": USER,
                "MINIO_ROOT_PASSWORD": state["password"],
                "MINIO_BROWSER": "off",
                "MINIO_UPDATE": "off",
            },
        )

    def _ask(self, state: Mapping[str, Any]) -> None:
        urllib.request.urlopen(f"{state['url']}/minio/health/ready", timeout=5).close()

    def _settings(self, state: Mapping[str, Any]) -> dict[str, str]:
        return {
            "TUSACH_TEST_STORE_URL": f"{state['url'].replace('http://', 's3+http://')}/{BUCKET}",
            "TUSACH_TEST_STORE_ACCESS_KEY": USER,
            "TUSACH_TEST_STORE_SECRET_KEY": state["password"],
        }


def go() -> str:
    """Raises NotHere."""
    program = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if program:
        told = subprocess.run([program, "env", "GOVERSION"], check=True, capture_output=True, text=True)
        version = re.match(r"go(\d+)\.(\d+)", told.stdout)
        if version and (int(version[1]), int(version[2])) >= GO:
            return program
    needed = ".".join(map(str, GO))
    raise NotHere(f"NO MINIO ON THIS MACHINE: it is built by Go {needed} or newer, and none is installed.")
