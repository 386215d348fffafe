"""A real S3 server for as long as a block runs: SeaweedFS, whose program comes from PyPI."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import urllib3

ACCESS_KEY, SECRET_KEY = "shelf", "shelf-secret"
TRIES = 3
READY_S = 60
_SERVICES = ("master.port", "volume.port", "filer.port", "s3.port")


@dataclass(frozen=True)
class S3Server:
    endpoint: str  # "127.0.0.1:12345"

    @property
    def secrets(self) -> dict[str, str]:
        return {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY}


@contextmanager
def running_s3(folder: Path) -> Iterator[S3Server]:
    """A server on free loopback ports with its data in ``folder``; gone when the block ends."""
    process, endpoint = _started(folder)
    try:
        yield S3Server(endpoint)
    finally:
        process.kill()  # nothing of it is kept
        process.wait(timeout=30)


def _started(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Begun anew where it ends at once: another test's connection may have taken a port that was free."""
    for left in reversed(range(TRIES)):
        names = [name + grpc for name in _SERVICES for grpc in ("", ".grpc")]
        ports = dict(zip(names, free_ports(len(names)), strict=True))
        attempt = folder / f"weed-{left}"
        attempt.mkdir()
        with (attempt / "weed.log").open("wb") as log:
            process = subprocess.Popen(_command(attempt, ports), stdout=log, stderr=log, cwd=attempt)
        try:
            endpoint = f"127.0.0.1:{ports['s3.port']}"
            _wait(process, endpoint, [*ports.values()], attempt / "weed.log")
        except RuntimeError:
            ended = process.poll() is not None
            process.kill()
            process.wait(timeout=30)
            if not left or not ended:
                raise
        else:
            return process, endpoint
    raise AssertionError("the last try returns or raises")


def free_ports(count: int) -> list[int]:
    """Ports that were free just now, all different."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _command(folder: Path, ports: dict[str, int]) -> list[str]:
    (folder / "data").mkdir()
    identity = {
        "name": "shelf",
        "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    program = shutil.which("weed", path=str(Path(sys.executable).parent)) or "weed"
    return [
        program,
        "server",
        "-dir=data",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-filer",
        "-s3",
        "-s3.config=s3.json",
        "-s3.port.iceberg=0",  # two more services on ports that are always the same, so that of
        "-s3.port.lance=0",  # two servers at once one dies
        "-master.telemetry=false",  # otherwise it calls home
        "-master.volumeSizeLimitMB=64",
        "-volume.max=20",
        "-filer.localSocket=filer.sock",  # otherwise in /tmp for ever
        "-s3.localSocket=s3.sock",
        *(f"-{name}={port}" for name, port in ports.items()),
    ]


def _wait(process: subprocess.Popen[bytes], endpoint: str, ports: Sequence[int], log: Path) -> None:
    """Until the server answers and all its parts listen; RuntimeError where it ends or is never ready."""
    deadline = time.monotonic() + READY_S
    with urllib3.PoolManager(retries=False, timeout=2) as pool:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if pool.request("GET", f"http://{endpoint}/status").status < 500:
                    for port in ports:  # of a port taken by another the server dies when it comes to it
                        socket.create_connection(("127.0.0.1", port), timeout=2).close()
                    return
            except (urllib3.exceptions.HTTPError, OSError):
                pass
            time.sleep(0.1)
    raise RuntimeError(f"no S3 server after {READY_S} s:\n{log.read_text(errors='replace')[-2000:]}")
