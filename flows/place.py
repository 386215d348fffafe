"""Where a data folder keeps what is Prefect's, and how one process tells others that it serves it."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from config.settings import Settings
from domain.errors import AlreadyRunning
from flows.steps.claims import still_lives


@dataclass(frozen=True, slots=True)
class Serving:
    """The process that supervises a data folder's server."""

    pid: int
    started: float  # seconds since the epoch, as the system counts them
    api_url: str
    health_url: str | None  # None for a command that started a server for itself

    @property
    def alive(self) -> bool:
        return still_lives(self.pid, self.started)


@dataclass(frozen=True, slots=True)
class Place:
    """The files of one data folder that concern its server."""

    data_dir: Path

    @classmethod
    def of(cls, settings: Settings) -> Place:
        return cls(settings.data_dir)

    @property
    def home(self) -> Path:
        return self.data_dir / "prefect"

    @property
    def logs(self) -> Path:
        return self.data_dir / "logs"

    @property
    def scratch(self) -> Path:
        """Temporary files of flow processes: emptied at the next start, whatever became of them."""
        return self.home / "tmp"

    @property
    def lock(self) -> Path:
        """Held by the one process that supervises this folder's server."""
        return self.home / "supervisor.lock"

    @property
    def users(self) -> Path:
        """Locked, shared, by every command that leans on a server that another command started."""
        return self.home / "users.lock"

    @property
    def worker(self) -> Path:
        """Names the worker, so that whoever hands in a run can wake it."""
        return self.home / "worker.json"

    @property
    def slots(self) -> Path:
        """Locked, one by one, by processes that read a page."""
        return self.home / "slots"

    @property
    def state(self) -> Path:
        return self.home / "supervisor.json"

    def prepare(self) -> None:
        for folder in (self.data_dir, self.home, self.logs, self.scratch, self.slots):
            folder.mkdir(parents=True, exist_ok=True)
        self.home.chmod(0o700)  # the server's database and its password

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def password(self) -> str:
        """ "user:password" of this folder's server; made once, readable by its owner only."""
        kept = self.home / "auth"
        try:
            return kept.read_text("ascii").strip()
        except FileNotFoundError:
            made = f"tusach:{secrets.token_urlsafe(24)}"
        self.home.mkdir(parents=True, exist_ok=True)
        draft = kept.with_name(f"auth.{secrets.token_hex(8)}")  # a process number may come again
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as out:
            out.write(made)
        try:
            os.link(draft, kept)  # whoever comes first is right
        except FileExistsError:
            return kept.read_text("ascii").strip()
        finally:
            draft.unlink()
        return made

    def tell(self, serving: Serving) -> None:
        draft = self.state.with_suffix(".new")
        draft.write_text(json.dumps(asdict(serving)), "utf-8")
        draft.replace(self.state)

    def forget(self) -> None:
        self.state.unlink(missing_ok=True)

    def already(self) -> AlreadyRunning:
        """The error for who comes second, naming the one that serves."""
        serving = self.serving()
        return AlreadyRunning(pid=serving.pid if serving else None, data_dir=str(self.data_dir))

    def serving(self) -> Serving | None:
        """Who supervises this folder's server now; None where nobody does."""
        try:
            told = Serving(**json.loads(self.state.read_text("utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None
        return told if told.alive else None
