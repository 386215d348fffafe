"""A portal as it is served, with what only tests ask of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.settings import Settings
from samples import serving

ROOT = serving.ROOT
AXE = Path(__file__).with_name("vendor") / "axe.min.js"
PATIENCE = 60  # seconds until something that has to happen counts as not happening


class Server(serving.Server):
    def locks(self, path: Path) -> bool:
        """Whether the server has that file locked, by what the kernel tells."""
        told = Path("/proc/locks").read_text("ascii").splitlines()
        inode = str(path.stat().st_ino)
        return any("FLOCK" in line and line.split()[5].rpartition(":")[2] == inode for line in told)


@contextmanager
def served(settings: Settings) -> Iterator[str]:
    """The address of a portal that answers while the block runs."""
    with Server(settings) as running:
        yield running.base
