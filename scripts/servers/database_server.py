"""PostgreSQL as a plain process on the loopback, for the tests: the distribution's, with data of its own."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import common
from common import Failed, NotHere, say
from processes import Server, begin, end, keep, wait

PACKAGE = "postgresql"  # Debian's and Ubuntu's: the version that an operator there has too
OLDEST = 15
ROLE, DATABASE = "tusach", "tusach-test"

# It refuses to run as a user without a name; the package brings one.
USER = "postgres"


class DatabaseServer(Server):
    name, mark = "postgresql", b"postgres"
    how = signal.SIGINT  # at once, whoever is connected
    ready_s = 60

    def install(self) -> None:
        """From the distribution, where root may. Raises NotHere, Failed."""
        try:
            programs()
        except NotHere:
            if os.geteuid() != 0 or shutil.which("apt-get") is None:
                raise
            say(f"{self.name}: installing the package {PACKAGE}…")
            environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            command = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
            subprocess.run([*command, "update"], check=False, env=environment)
            done = subprocess.run(
                [*command, "install", "-y", "--no-install-recommends", PACKAGE],
                check=False,
                env=environment,
                stdout=subprocess.DEVNULL,
            )
            if done.returncode:
                raise Failed(f"the package {PACKAGE} cannot be installed") from None
            programs()

    def _start(self, port: int) -> None:
        common.give(self._run, USER)
        self._run.chmod(0o700)
        port = port or common.free_ports(1)[0]
        owner, password = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self._initialise(owner)
        say(f"{self.name}: starting on port {port} with {programs()}…")
        process = self._begin({"port": port})
        try:
            wait(process, self._run, lambda: self._ask({"port": port}), self.ready_s)
            self._make_database(port, owner, password)
        except BaseException:
            end(process.pid, self.mark, self.how)
            process.wait()
            raise
        keep(self._run, {"pid": process.pid, "port": port, "password": password, "owner": owner})

    def _begin(self, state: Mapping[str, Any]) -> subprocess.Popen[bytes]:
        # Of one that died, whose number may still be kept for a parent that has not asked how it ended.
        (self._run / "data" / "postmaster.pid").unlink(missing_ok=True)
        return begin(self.command(state["port"]), self._run, {}, USER)

    def command(self, port: int) -> list[str]:
        return [
            str(programs() / "postgres"),
            "-D",
            str(self._run / "data"),
            *("-c", "listen_addresses=127.0.0.1", "-c", f"port={port}", "-c", "unix_socket_directories="),
        ]

    def _initialise(self, owner: str) -> None:
        kept = self._run / "owner"
        kept.touch(mode=0o600)
        kept.write_text(owner)
        common.give(kept, USER)
        options = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--username=owner"]
        done = subprocess.run(
            [programs() / "initdb", *options, f"--pwfile={kept}", "-D", self._run / "data"],
            check=False,
            capture_output=True,
            text=True,
            cwd=self._run,
            **common.as_whom(USER),
        )
        if done.returncode:
            raise Failed(f"initdb: {done.stderr}")
        kept.unlink()

    def _make_database(self, port: int, owner: str, password: str) -> None:
        """For a role that may make databases, and drop them while the server vacuums there, and no more.

        What an operator gives is enough for the tests.
        """
        for statement in (
            f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{password}'",
            f"GRANT pg_signal_backend TO {ROLE}",  # DROP … WITH (FORCE) asks for it to end an autovacuum
            f'CREATE DATABASE "{DATABASE}" OWNER {ROLE}',
        ):
            done = subprocess.run(
                [programs() / "psql", "-qX", f"postgresql://owner@127.0.0.1:{port}/postgres"],
                input=statement,
                check=False,
                capture_output=True,
                text=True,
                cwd=self._run,
                env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "PGPASSWORD": owner},
                **common.as_whom(USER),
            )
            if done.returncode or done.stderr:
                raise Failed(f"psql: {done.stderr}")

    def _ask(self, state: Mapping[str, Any]) -> None:
        # After a crash it listens before it has recovered, and then refuses whoever comes.
        asked = [programs() / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(state["port"]), "-t", "5"]
        if subprocess.run(asked, check=False).returncode != 0:
            raise OSError("it takes no connections")

    def _settings(self, state: Mapping[str, Any]) -> dict[str, str]:
        return {
            "TUSACH_TEST_CATALOG_URL": f"postgresql://{ROLE}@127.0.0.1:{state['port']}/{DATABASE}",
            "TUSACH_TEST_CATALOG_PASSWORD": state["password"],
        }


def programs() -> Path:
    """The newest installed server's programs. Raises NotHere."""
    found = [folder for folder in Path("/usr/lib/postgresql").glob("*/bin") if (folder / "initdb").exists()]
    on_path = shutil.which("initdb")
    folders = sorted(found, key=lambda folder: int(folder.parent.name), reverse=True)
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    for folder in folders:
        told = subprocess.run([folder / "postgres", "--version"], check=True, capture_output=True, text=True)
        if int(told.stdout.split()[2].partition(".")[0]) >= OLDEST:
            return folder
    raise NotHere(
        f"NO POSTGRESQL ON THIS MACHINE: no server of version {OLDEST} or newer is installed"
        f" (the package {PACKAGE} brings one)."
    )
