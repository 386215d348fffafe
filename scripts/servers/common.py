"""Where the servers of the tests are kept on a machine, how they get there and as whom they run."""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import shutil
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

# A user without a name, from the range that systemd too hands out: nothing to make, nothing left behind.
UNPRIVILEGED = 64_311
TRIES = 3
TIMEOUT_S = 60
BLOCK = 1 << 20


class NotHere(Exception):
    """This machine lacks what the server needs, which is no fault of ours. Exit code 4."""


class Failed(Exception):
    """It should have worked. Exit code 1."""


def home() -> Path:
    """The folder of all servers: outside every clone, so that a fresh one finds them."""
    given = os.environ.get("TUSACH_SERVICES_DIR")
    if given:
        return Path(given).absolute()
    if os.geteuid() == 0:  # root's own cache cannot be entered by the user that the servers run as
        return Path("/var/cache/tusach/services")
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "tusach" / "services"


@contextmanager
def alone() -> Iterator[None]:
    """Two commands at once wait for each other."""
    home().mkdir(parents=True, exist_ok=True)
    with (home() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def as_whom(user: str = "") -> dict[str, Any]:
    """For subprocess: never root; where we are, as this user or as one without a name."""
    if os.geteuid() != 0:
        return {}
    uid, gid = _ids(user)
    return {"user": uid, "group": gid, "extra_groups": []}


def give(folder: Path, user: str = "") -> None:
    """The folder and all in it to the user that the server runs as."""
    if os.geteuid() == 0:
        uid, gid = _ids(user)
        for path in (folder, *folder.rglob("*")):
            os.chown(path, uid, gid, follow_symlinks=False)


def _ids(user: str) -> tuple[int, int]:
    if not user:
        return UNPRIVILEGED, UNPRIVILEGED
    entry = pwd.getpwnam(user)
    return entry.pw_uid, entry.pw_gid


def say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def download(url: str, to: Path, *, sha256: str) -> None:
    """Whole and with this digest, or not there at all. Raises Failed."""
    part = to.with_name(to.name + ".part")
    for left in reversed(range(TRIES)):
        try:
            digest = _fetch(url, part)
        except (urllib.error.URLError, OSError) as error:
            part.unlink(missing_ok=True)
            if left:
                say(f"  {error}; trying again")
                continue
            raise Failed(f"{url} cannot be downloaded: {error}") from error
        if digest != sha256:
            part.unlink()
            raise Failed(f"{url} has the digest {digest}, not {sha256}: not used")
        part.replace(to)
        return


def _fetch(url: str, to: Path) -> str:
    digest = hashlib.sha256()
    told = 0
    with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer, to.open("wb") as file:
        expected = int(answer.headers.get("Content-Length") or 0)
        while block := answer.read(BLOCK):
            digest.update(block)
            file.write(block)
            if file.tell() - told >= 200 * BLOCK:
                told = file.tell()
                say(f"  {told >> 20} of {expected >> 20} MB")
        if expected and file.tell() != expected:
            raise OSError(f"{file.tell()} bytes came instead of {expected}")
    return digest.hexdigest()


def install(folder: Path, mark: str, make: Callable[[Path], None]) -> None:
    """``folder`` as ``make`` fills it, all or nothing; nothing to do where one with this mark is there."""
    written = folder / ".installed"
    if written.exists() and written.read_text() == mark:
        return
    shutil.rmtree(folder, ignore_errors=True)
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    make(fresh)
    (fresh / ".installed").write_text(mark)
    give(fresh)
    fresh.replace(folder)


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that were free just now, all different."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
