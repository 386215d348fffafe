"""The large shelf on one machine: the real servers, Prefect's, a portal, two workers; and how each dies.

What dies is started again where compose's ``restart: unless-stopped`` would do it: the first process of a
container. A worker or a flow is the business of the supervisor above it.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
from psycopg import sql

from bench.measure import free_port, stop
from config.settings import Settings, load_settings
from config.wiring import open_shelf
from flows.steps.claims import dead

ROOT = Path(__file__).parents[2]
SITE = ROOT / "bench" / "site"  # which brings the reader that sleeps
READY_S = 180.0
AGAIN_S = 1.0  # between the end of a container's first process and its next start


class Victim(StrEnum):
    WORKER = "worker"
    PREFECT = "Prefect server"
    MINIO = "MinIO"
    ELASTICSEARCH = "Elasticsearch"
    POSTGRESQL = "PostgreSQL"
    FLOW = "flow process"
    SUPERVISOR = "supervisor"
    PORTAL = "portal"


_SERVICES = {Victim.MINIO: "minio", Victim.ELASTICSEARCH: "elasticsearch", Victim.POSTGRESQL: "postgresql"}


def services(command: str, *servers: str) -> str:
    """What ``scripts/services`` says; stops the bench where it fails."""
    done = subprocess.run(
        ["bash", ROOT / "scripts/services", command, *servers], check=False, capture_output=True, text=True
    )
    if done.returncode:
        stop(f"scripts/services {command} {' '.join(servers)}: {done.stderr}{done.stdout}")
    return done.stdout


@dataclass(slots=True)
class Container:
    """A process that is started again when it ends, as compose would."""

    command: list[str]
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    restarts: int = -1
    ended: float | None = None  # monotonic seconds

    def tend(self) -> None:
        if self.process is not None and self.process.poll() is None:
            return
        if self.process is not None and self.ended is None:
            self.ended = time.monotonic()
        if self.ended is None or time.monotonic() - self.ended >= AGAIN_S:
            with self.log.open("ab") as log:
                self.process = subprocess.Popen(
                    self.command,
                    env=dict(self.environment),
                    cwd=ROOT,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            self.restarts, self.ended = self.restarts + 1, None

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(40)
            self.process.kill()
            self.process.wait()


class LargeShelf:
    """The servers' addresses, and the containers while they run."""

    def __init__(self, folder: Path, workers: int, told_too: Mapping[str, str] | None = None) -> None:
        told = dict(re.findall(r"^export TUSACH_TEST_(\w+)=(.*)$", services("status"), re.MULTILINE))
        name = f"chaos-{secrets.token_hex(4)}"
        self.folder, self._password = folder, told["CATALOG_PASSWORD"]
        self._catalog = urlsplit(told["CATALOG_URL"])
        self._databases = [name, f"{name}-prefect"]
        port, auth = free_port(), f"tusach:{secrets.token_urlsafe(16)}"
        self._health = f"http://127.0.0.1:{port}/api/health"
        common = {
            "TUSACH_CATALOG_URL": self._catalog._replace(path=f"/{name}").geturl(),
            "TUSACH_CATALOG_PASSWORD": self._password,
            "TUSACH_STORE_URL": f"{told['STORE_URL']}-{name}",
            "TUSACH_STORE_ACCESS_KEY": told["STORE_ACCESS_KEY"],
            "TUSACH_STORE_SECRET_KEY": told["STORE_SECRET_KEY"],
            "TUSACH_INDEX_URL": f"{told['INDEX_URL']}-{name}",
            "TUSACH_INDEX_API_KEY": told["INDEX_API_KEY"],
            "TUSACH_RUNNER_URL": f"prefect+http://127.0.0.1:{port}/api",
            "TUSACH_RUNNER_AUTH": auth,
            "TUSACH_UNIT": "stp",
            "TUSACH_ACTOR": "lan",
            "TUSACH_JOBS": "1",
            "TUSACH_LANG": "en",
            **(told_too or {}),
        }
        base = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        base["PYTHONPATH"] = os.pathsep.join([str(SITE), str(ROOT)])
        self._prefect = Container(
            [sys.executable, "-m", "flows.shared_server", "--port", str(port)],
            {
                **base,
                "TUSACH_DATA_DIR": str(folder / "prefect"),
                "TUSACH_RUNNER_AUTH": auth,
                "TUSACH_RUNNER_DATABASE_URL": self._catalog._replace(path=f"/{name}-prefect").geturl(),
                "TUSACH_RUNNER_DATABASE_PASSWORD": self._password,
            },
            folder / "prefect.log",
        )
        self._workers = [
            Container(
                [str(Path(sys.executable).with_name("tusach")), "up"],
                {
                    **base,
                    **common,
                    "TUSACH_DATA_DIR": str(folder / f"machine-{number}"),
                    "TUSACH_HEALTH_PORT": str(free_port()),
                },
                folder / f"machine-{number}.log",
            )
            for number in range(workers)
        ]
        pages = free_port()
        self.portal_url = f"http://127.0.0.1:{pages}"
        self._portal = Container(
            [sys.executable, "-m", "portal"],
            {
                **base,
                **common,
                "TUSACH_DATA_DIR": str(folder / "portal"),
                "TUSACH_PORTAL_PORT": str(pages),
            },
            folder / "portal.log",
        )
        self.settings = _settings({**common, "TUSACH_DATA_DIR": str(folder / "staff")})
        self._stopping = threading.Event()
        self._restarting: threading.Thread | None = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """Everything up while the block runs, and what ends started again."""
        with ExitStack() as stack:
            stack.enter_context(self._own_databases())
            stack.callback(self._forget)
            tending = threading.Thread(target=self._tend, daemon=True)
            self._prefect.tend()
            _await(self._health)
            tending.start()
            stack.callback(self._end)
            stack.callback(tending.join)
            stack.callback(self._stopping.set)
            _await(f"{self.portal_url}/song")
            yield

    def await_workers(self) -> None:
        """Until each of them has said that it is ready."""
        deadline = time.monotonic() + READY_S
        for container in self._workers:
            while not container.log.exists() or "/health" not in container.log.read_text(errors="replace"):
                if time.monotonic() > deadline:
                    stop(f"{container.log} does not say that its worker is ready")
                time.sleep(0.2)

    def _tend(self) -> None:
        while not self._stopping.wait(0.2):
            for container in self._containers:
                container.tend()

    def _end(self) -> None:
        for container in reversed(self._containers):
            container.end()

    @contextmanager
    def _own_databases(self) -> Iterator[None]:
        with self._server() as server:
            for name in self._databases:
                server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield
        finally:
            with self._server() as server:
                for name in self._databases:
                    server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _server(self) -> psycopg.Connection:
        return psycopg.connect(self._catalog.geturl(), password=self._password, autocommit=True)

    def _forget(self) -> None:
        with open_shelf(self.settings) as shelf:
            shelf.index.rebuild([])
            for left in list(shelf.store.list("")):
                shelf.store.delete(left.key)

    def kill(self, victim: Victim) -> str:
        """kill -9; which one it was. Raises LookupError where there is none now."""
        if victim in _SERVICES:
            services("kill", _SERVICES[victim])
            self._restarting = threading.Thread(target=self._restart, args=(_SERVICES[victim],))
            self._restarting.start()
            return str(victim)
        try:
            process = self._found(victim)
            process.kill()
        except psutil.Error as error:
            raise LookupError(f"it is just ending: {error}") from error
        return f"{victim} {process.pid}"

    def _restart(self, service: str) -> None:
        time.sleep(AGAIN_S)
        services("restart", service)

    def all_up(self) -> None:
        """Wait until the server that was killed answers again."""
        if self._restarting is not None:
            self._restarting.join()

    def _found(self, victim: Victim) -> psutil.Process:
        if victim is Victim.PREFECT:
            return _of(self._prefect)
        if victim is Victim.PORTAL:
            return _of(self._portal)
        if victim is Victim.SUPERVISOR:
            return _of(self._workers[secrets.randbelow(len(self._workers))])
        if victim is Victim.WORKER:
            return next(
                child
                for container in self._workers
                for child in _of(container).children()
                if child.status() != psutil.STATUS_ZOMBIE and "flows.worker" in child.cmdline()
            )
        with open_shelf(self.settings) as shelf, shelf.catalog.view() as seen:
            pids = [int(one.holder.split("/")[2]) for one in seen.claims() if not dead(one.holder)]
        if not pids:
            raise LookupError("no flow is at work")
        return psutil.Process(pids[0])

    @property
    def _containers(self) -> tuple[Container, ...]:
        return (self._prefect, self._portal, *self._workers)

    @property
    def restarts(self) -> int:
        return sum(container.restarts for container in self._containers)

    def keep_logs(self, to: Path) -> None:
        to.mkdir(parents=True, exist_ok=True)
        for log in (*self.folder.glob("*.log"), *self.folder.glob("machine-*/logs/*.log")):
            name = log.name if log.parent == self.folder else f"{log.parents[1].name}-{log.name}"
            shutil.copy(log, to / name)


def _of(container: Container) -> psutil.Process:
    if container.process is None or container.process.poll() is not None:
        raise LookupError("it is just starting")
    return psutil.Process(container.process.pid)


def _settings(told: Mapping[str, str]) -> Settings:
    return load_settings(**{name.removeprefix("TUSACH_").lower(): value for name, value in told.items()})


def _await(url: str) -> None:
    deadline = time.monotonic() + READY_S
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError as error:
            if time.monotonic() > deadline:
                stop(f"{url}: {error}")
            time.sleep(0.5)
