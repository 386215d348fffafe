"""What the containers do, done by their own commands as plain processes on the real servers of the tests."""

from __future__ import annotations

import json
import os
import re
import shutil
import ssl
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path

import httpx
import psycopg
import pytest
from elasticsearch import AuthorizationException, Elasticsearch
from minio import Minio
from minio.credentials.providers import StaticProvider
from minio.minioadmin import MinioAdmin

from config.settings import load_settings
from containers.prepare import admit_to_index, admit_to_store, store_policy
from domain.errors import SettingNotValid, StoreError
from domain.ids import ObjectKey
from storage.s3 import open_store, place_of
from tests import servers
from tests.compose_files import MAIN, ROOT, loaded
from tests.faults.scans import draw_book
from tests.flows.serving import free_port, until
from tests.indexing import server as search
from tests.test_containers import tool

SERVICES = loaded(MAIN)["services"]
KEEPER = os.environ.get("TUSACH_TEST_INDEX_KEEPER", "")  # user:password
BUCKET = f"tusach-containers-{servers.OWN}"
MANY = ("TUSACH_TEST_CATALOG_URL", "TUSACH_TEST_STORE_URL", "TUSACH_TEST_INDEX_URL")


def make_secrets(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """By a copy of the script, so that the clone stays as it is."""
    (folder / "scripts").mkdir(exist_ok=True)
    shutil.copy(ROOT / "scripts" / "secrets", folder / "scripts")
    command = ["bash", str(folder / "scripts" / "secrets"), *arguments]
    told = os.environ | {"LC_ALL": "en_US.UTF-8"}
    return subprocess.run(command, capture_output=True, text=True, env=told, check=False)


def in_place(text: str, instead: Mapping[str, str]) -> str:
    for what, by in instead.items():
        text = text.replace(what, by)
    return text


@contextmanager
def started(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[None]:
    """A container's process with nothing in its environment but what the container is told."""
    told = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(log.parent), **environment}
    with log.open("wb") as said:
        process = subprocess.Popen(command, env=told, cwd=log.parent, stdout=said, stderr=said)
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


def healthy(service: str, instead: Mapping[str, str]) -> bool:
    """What its health check says."""
    program, *arguments = [in_place(part, instead) for part in SERVICES[service]["healthcheck"]["test"][1:]]
    command = [sys.executable if program == "python" else program, *arguments]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_secrets_are_made_once_and_for_their_owner_alone(tmp_path):
    first = make_secrets(tmp_path, "tusach.example.vn")
    made = {path.name: path.read_bytes() for path in (tmp_path / "secrets").iterdir()}
    assert made.keys() == loaded(MAIN)["secrets"].keys()
    assert all(loaded(MAIN)["secrets"][name]["file"] == f"./secrets/{name}" for name in made)
    assert made["index_api_key"] == b""
    texts = [made[name] for name in made if name.endswith(("password", "secret_key", "auth"))]
    assert len(set(texts)) == len(texts) == 7
    assert all(len(text) >= 32 for text in texts)
    for path in (tmp_path / "secrets").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.stat().st_uid == (1000 if os.geteuid() == 0 else os.geteuid())
    assert "SELF-SIGNED" in first.stderr
    again = make_secrets(tmp_path, "other.example.vn")
    assert {path.name: path.read_bytes() for path in (tmp_path / "secrets").iterdir()} == made
    assert "SELF-SIGNED" not in again.stderr
    expected = 0 if os.geteuid() in (0, 1000) else 1  # others are told to change the owner
    assert (first.returncode, again.returncode) == (expected, expected)


def test_secrets_explains_wrong_usage(tmp_path):
    assert make_secrets(tmp_path, "two", "names").returncode == 2
    assert "bash scripts/secrets [NAME]" in make_secrets(tmp_path, "no name").stderr
    assert not (tmp_path / "secrets").exists()


@pytest.mark.servers("TUSACH_TEST_CATALOG_URL")
def test_each_role_has_its_own_database_and_no_other():
    """On a cluster of its own, since only its keeper may make roles."""
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)  # the server is a user of its own
        told = os.environ | {"TUSACH_SERVICES_DIR": str(folder)}
        services = [str(ROOT / "scripts" / "services")]
        subprocess.run([*services, "start", "postgresql"], env=told, check=True, capture_output=True)
        opened.callback(
            subprocess.run, [*services, "stop", "postgresql"], env=told, check=True, capture_output=True
        )
        state = json.loads((folder / "postgresql" / "run" / "state.json").read_text())
        where = f"host=127.0.0.1 port={state['port']}"
        owner = psycopg.connect(f"{where} user=owner dbname=postgres password={state['owner']}")
        with owner:
            owner.execute("ALTER ROLE tusach RENAME TO tests")  # what scripts/services made for the tests
        passwords = {"tusach": "it's \\one", "prefect": 'an"other'}
        (folder / "catalog_password").write_text(passwords["tusach"])
        (folder / "runner_database_password").write_text(passwords["prefect"] + "\n")
        script = (ROOT / "containers" / "databases.sql").read_text("utf-8")
        done = subprocess.run(
            ["psql", "-X", "--set=ON_ERROR_STOP=1", "-f", "-", "-h", "127.0.0.1", "-U", "owner", "postgres"],
            input=script.replace("/run/secrets", str(folder)),
            env=os.environ | {"PGPORT": str(state["port"]), "PGPASSWORD": state["owner"]},
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, "")
        for role, other in (("tusach", "prefect"), ("prefect", "tusach")):
            with psycopg.connect(where, user=role, dbname=role, password=passwords[role]) as connection:
                connection.execute("CREATE TABLE ours (id int)")
                told_of = connection.execute(
                    "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
                ).fetchone()
                assert told_of == (False, False, False)
            with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
                psycopg.connect(where, user=role, dbname=other, password=passwords[role])


@pytest.fixture
def guest() -> Iterator[str]:
    """The address of a bucket of its own, and on the way out nothing of it and of its user is left."""
    place = place_of(servers.STORE_URL)
    keys = (servers.STORE_SECRETS["access_key"], servers.STORE_SECRETS["secret_key"])
    yield f"s3+http://{place.endpoint}/{BUCKET}"
    admin = MinioAdmin(endpoint=place.endpoint, credentials=StaticProvider(*keys), secure=False)
    admin.user_remove(BUCKET)
    admin.policy_remove(BUCKET)
    root = Minio(place.endpoint, *keys, secure=False)
    if root.bucket_exists(BUCKET):
        root.remove_bucket(BUCKET)


@pytest.mark.servers("TUSACH_TEST_STORE_URL")
def test_the_workers_of_a_store_are_no_keepers_of_it(guest, tmp_path):
    secrets = {"access_key": BUCKET, "secret_key": "one-that-is-long-enough"}
    settings = load_settings(
        data_dir=tmp_path, store_url=guest, store_access_key=BUCKET, store_secret_key=secrets["secret_key"]
    )
    for _ in range(2):  # run again, it changes nothing
        admit_to_store(settings, servers.STORE_SECRETS["access_key"], servers.STORE_SECRETS["secret_key"])
    key = ObjectKey("items/a/large.bin")
    large = os.urandom(1 << 20) * 20  # in several parts
    with open_store(guest, secrets=secrets) as store:
        store.put(key, BytesIO(large), media_type="application/octet-stream")
        with store.open(key) as source:
            assert source.read() == large
        assert [held.key for held in store.list("")] == [key]
        store.delete(key)
        assert list(store.list("")) == []
    with (
        open_store(guest.replace(BUCKET, f"{BUCKET}-other"), secrets=secrets) as other,
        pytest.raises((StoreError, SettingNotValid)),
    ):
        other.put(key, BytesIO(b"x"), media_type="text/plain")
    assert {statement["Effect"] for statement in store_policy(BUCKET)["Statement"]} == {"Allow"}


@pytest.mark.servers("TUSACH_TEST_INDEX_URL", "TUSACH_TEST_INDEX_KEEPER")
def test_the_key_of_the_index_is_made_where_there_is_no_good_one(tmp_path):
    kept, keeper = tmp_path / "index_api_key", tuple(KEEPER.split(":", 1))
    kept.touch(mode=0o600)
    inode = kept.stat().st_ino
    url = search.SERVER_URL
    assert admit_to_index(url, keeper, kept)
    first = kept.read_text()
    assert not admit_to_index(url, keeper, kept)
    assert kept.read_text() == first
    with Elasticsearch(search.ADDRESS, api_key=first) as client:
        assert client.cluster.health()["status"] in ("green", "yellow")
        client.indices.exists(index=f"{search.ALIAS}-1")
        with pytest.raises(AuthorizationException):
            client.indices.create(index="somebody-elses")
        with pytest.raises(AuthorizationException):
            client.security.create_api_key(name="another", role_descriptors={})
    kept.write_text("bm90Omdvb2Q=")  # of a server that is there no more
    assert admit_to_index(url, keeper, kept)
    with Elasticsearch(search.ADDRESS, api_key=kept.read_text()) as client:
        assert client.security.authenticate()["username"] == keeper[0]
    assert kept.stat().st_ino == inode  # the file that is mounted, written in place
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@pytest.mark.servers("TUSACH_TEST_STORE_URL", "TUSACH_TEST_INDEX_URL", "TUSACH_TEST_INDEX_KEEPER")
def test_prepare_admits_the_workers_to_both_servers(guest, tmp_path):
    make_secrets(tmp_path)
    secrets = tmp_path / "secrets"
    keeper, password = KEEPER.split(":", 1)
    (secrets / "minio_password").write_text(servers.STORE_SECRETS["secret_key"])
    (secrets / "elastic_password").write_text(password)
    told = SERVICES["prepare"]["environment"]
    instead = {
        told["TUSACH_STORE_URL"]: guest,
        told["TUSACH_INDEX_URL"]: search.SERVER_URL,
        "--store-keeper=keeper": f"--store-keeper={servers.STORE_SECRETS['access_key']}",
        "/run/secrets": str(secrets),
        "/made": str(secrets),
    }
    environment = {name: in_place(value, instead) for name, value in told.items()}
    environment |= {"TUSACH_STORE_ACCESS_KEY": BUCKET, "TUSACH_DATA_DIR": str(tmp_path / "data")}
    program, *arguments = [in_place(part, instead) for part in SERVICES["prepare"]["command"]]
    assert program == "python"
    done = subprocess.run(
        [sys.executable, *arguments, f"--index-keeper={keeper}"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    keys = {"access_key": BUCKET, "secret_key": _text(secrets / "store_secret_key")}
    with open_store(guest, secrets=keys) as store:
        store.put(ObjectKey("items/a/b.txt"), BytesIO(b"x"), media_type="text/plain")
        store.delete(ObjectKey("items/a/b.txt"))
    with Elasticsearch(search.ADDRESS, api_key=_text(secrets / "index_api_key")) as client:
        assert client.security.authenticate()["username"] == keeper
    assert not any(_text(path) in done.stdout + done.stderr for path in secrets.iterdir())


def _text(path: Path) -> str:
    return path.read_text("ascii").strip()


@pytest.mark.slow
@pytest.mark.prefect
@pytest.mark.servers(*MANY)
@pytest.mark.timeout(600)
def test_a_book_goes_its_way_from_door_to_index(tmp_path):
    """Prefect's server, the proxy, a worker and a command, as the compose file starts them."""
    make_secrets(tmp_path, "localhost")
    secrets, runs, door, health = tmp_path / "secrets", free_port(), free_port(), free_port()
    pages, site = free_port(), free_port()
    for name in ("catalog_password", "runner_database_password"):
        (secrets / name).write_text(servers.CATALOG_PASSWORD)
    (secrets / "store_secret_key").write_text(servers.STORE_SECRETS["secret_key"])
    (secrets / "index_api_key").write_text(search.SERVER_SECRETS["api_key"])
    search.empty()
    with ExitStack() as opened:
        worker = SERVICES["worker"]["environment"]
        prefect = SERVICES["prefect"]["environment"]
        instead = {
            worker["TUSACH_CATALOG_URL"]: opened.enter_context(servers.own_database("containers")),
            prefect["TUSACH_RUNNER_DATABASE_URL"]: opened.enter_context(servers.own_database("prefect")),
            worker["TUSACH_STORE_URL"]: opened.enter_context(servers.own_prefix("containers")),
            worker["TUSACH_INDEX_URL"]: search.SERVER_URL,
            "/run/secrets": str(secrets),
            "prefect:4200": f"127.0.0.1:{runs}",
            "127.0.0.1:4200": f"127.0.0.1:{runs}",
            "4271": str(health),
            ":8443": f":{door}",
            ":8444": f":{site}",
            "portal:4280": f"127.0.0.1:{pages}",
            "127.0.0.1:4280": f"127.0.0.1:{pages}",
        }

        def told(service: str) -> dict[str, str]:
            given = SERVICES[service]["environment"]
            return {name: in_place(str(value), instead) for name, value in given.items()} | {
                "TUSACH_DATA_DIR": str(tmp_path / service)
            }

        ours = {"TUSACH_STORE_ACCESS_KEY": servers.STORE_SECRETS["access_key"]}
        swapped = {"python": sys.executable, "0.0.0.0": "127.0.0.1", "4200": str(runs)}
        command = [swapped.get(part, part) for part in SERVICES["prefect"]["command"]]
        opened.enter_context(started(command, told("prefect"), tmp_path / "prefect.log"))
        until(lambda: healthy("prefect", instead))

        (tmp_path / "Caddyfile").write_text(
            in_place((ROOT / "containers" / "Caddyfile").read_text("utf-8"), instead)
        )
        command = [tool("caddy"), "run", "--adapter", "caddyfile", "--config", str(tmp_path / "Caddyfile")]
        opened.enter_context(started(command, {}, tmp_path / "proxy.log"))
        see_the_door(f"https://localhost:{door}", secrets)
        assert '"Authorization":["REDACTED"]' in (tmp_path / "proxy.log").read_text()

        listening = {"TUSACH_PORTAL_HOST": "127.0.0.1", "TUSACH_PORTAL_PORT": str(pages)}
        command = [swapped.get(part, part) for part in SERVICES["portal"]["command"]]
        opened.enter_context(started(command, told("portal") | ours | listening, tmp_path / "portal.log"))
        until(lambda: healthy("portal", instead))

        cli = [sys.executable, "-m", "cli"]
        assert SERVICES["worker"]["command"] == ["tusach", "up"]
        opened.enter_context(
            started(
                [*cli, "up"],
                told("worker") | ours | {"TUSACH_HEALTH_PORT": str(health)},
                tmp_path / "worker.log",
            )
        )
        until(lambda: healthy("worker", instead))

        draw_book(tmp_path / "desk" / "Hòa giải ở cơ sở.pdf", pages=2)
        asked = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **told("tusach"), **ours}
        added = subprocess.run(
            [*cli, "--lang", "en", "add", str(tmp_path / "desk"), "--publish"],
            capture_output=True,
            text=True,
            env=asked,
        )
        assert added.returncode == 0, added.stderr
        found = subprocess.run(
            [*cli, "search", "hoa giai", "--json"], capture_output=True, text=True, env=asked, check=True
        )
        assert json.loads(found.stdout)["total"] == 1
        trusted = ssl.create_default_context(cafile=str(secrets / "tls_certificate"))
        front = httpx.get(f"https://localhost:{site}/", verify=trusted, trust_env=False, timeout=30)
        assert front.status_code == httpx.codes.OK
        assert front.headers["Strict-Transport-Security"].startswith("max-age=")
        assert "server" not in front.headers


def see_the_door(url: str, secrets: Path) -> None:
    """TLS with the certificate that was made; behind it Prefect, which asks for its password."""
    trusted = ssl.create_default_context(cafile=str(secrets / "tls_certificate"))
    with httpx.Client(base_url=url, verify=trusted, trust_env=False, timeout=30) as client:

        def ready() -> bool:
            try:
                return client.get("/api/ready").status_code == httpx.codes.OK
            except httpx.ConnectError:
                return False

        until(ready)
        assert client.get("/api/health").json() is True
        assert client.get("/api/version").status_code == httpx.codes.UNAUTHORIZED
        assert client.post("/api/flow_runs/filter", json={}).status_code == httpx.codes.UNAUTHORIZED
        wrong = client.get("/api/version", auth=("tusach", "guessed"))
        assert wrong.status_code == httpx.codes.UNAUTHORIZED
        user, _, password = (secrets / "runner_auth").read_text().strip().partition(":")
        assert client.get("/api/version", auth=(user, password)).status_code == httpx.codes.OK
        page = client.get("/", headers={"Accept": "text/html"}, follow_redirects=True)
        assert "<html" in page.text.lower()
        assert re.search("frame-ancestors 'none'", page.headers["Content-Security-Policy"])
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Strict-Transport-Security"].startswith("max-age=")
        assert "server" not in page.headers
        assert client.get("/ui-settings").json()["api_url"] == "/api"
    plain = httpx.get(f"{url.replace('https:', 'http:')}/api/health", timeout=30, trust_env=False)
    assert plain.status_code == httpx.codes.BAD_REQUEST
