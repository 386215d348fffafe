"""No container engine runs here: what the files of the large shelf say is held to the code."""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from compose_spec import PyCompose
from pydantic import SecretStr

from config.settings import Settings, load_settings
from containers.prepare import index_role
from tests.compose_files import EXAMPLE, MACHINES, MAIN, ROOT, asked_for, example, loaded

DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
CADDYFILE = (ROOT / "containers" / "Caddyfile").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
COMPOSE = loaded(MAIN)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ENDS_BY_ITSELF = {"prepare", "tusach"}
LASTING = sorted(SERVICES.keys() - ENDS_BY_ITSELF)
# Each with its reason in docker-compose.yml.
WRITES_INTO_ITS_IMAGE = {"elasticsearch"}
KEEPS_A_CAPABILITY = {"proxy": ["NET_BIND_SERVICE"]}


def tool(name: str) -> str:
    """A program of the dev lock: beside this Python, or on PATH."""
    found = shutil.which(name, path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    assert found, f"{name} is in the dev lock"
    return found


def constant(module: str, name: str) -> Any:
    """What a module of ``scripts/servers`` sets ``name`` to."""
    tree = ast.parse((ROOT / "scripts" / "servers" / f"{module}.py").read_text("utf-8"))
    [value] = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == [name]
    ]
    return ast.literal_eval(value)


def environment(service: str) -> dict[str, str]:
    return {name: str(value) for name, value in SERVICES[service].get("environment", {}).items()}


def hosts(text: str) -> set[str]:
    return {f"{host}:{port}" for host, port in re.findall(r"\b([a-z]+):(\d{4})\b", text)}


# --- the files as such --------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [MAIN, MACHINES], ids=lambda path: path.name)
def test_the_file_is_what_the_specification_allows(path):
    held = PyCompose.from_yaml(yaml.safe_dump(loaded(path)))
    if path == MAIN:
        held.validate()
    assert set(held.service_names()) <= SERVICES.keys()


def test_the_specification_is_really_asked():
    wrong = loaded(MAIN)
    wrong["services"]["worker"]["deploy"]["resources"]["limits"]["cpus"] = "plenty"
    with pytest.raises(ValueError, match="cpus"):
        PyCompose.from_yaml(yaml.safe_dump(wrong))


def test_hadolint_finds_nothing_in_the_dockerfile():
    done = subprocess.run([tool("hadolint"), "Dockerfile"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_caddy_takes_its_configuration(tmp_path):
    for name, arguments in (("fmt", ["--diff"]), ("adapt", ["--adapter", "caddyfile", "--config"])):
        done = subprocess.run(
            [tool("caddy"), name, *arguments, str(ROOT / "containers" / "Caddyfile")],
            capture_output=True,
            text=True,
            env={"HOME": str(tmp_path), "PATH": os.environ["PATH"]},
        )
        assert done.returncode == 0, done.stderr
        assert not [line for line in done.stdout.splitlines() if line.startswith(("+", "-"))]


def test_every_variable_is_in_the_example_and_the_other_way_round():
    assert asked_for(MAIN) | asked_for(MACHINES) == example().keys()
    text = EXAMPLE.read_text("utf-8")
    assert not re.search(r"(?i)(password|secret|key)=", text)


# --- what is declared, and what is referred to --------------------------------------------------------


def named(kind: str) -> set[str]:
    """What the services refer to as ``secrets``, ``configs``, ``networks`` or ``volumes``."""
    found: set[str] = set()
    for service in SERVICES.values():
        for entry in service.get(kind, []):
            if isinstance(entry, dict):
                found |= {entry["source"]} if entry.get("type", kind) == kind else set()
            else:
                found.add(entry.partition(":")[0])
    return found


@pytest.mark.parametrize("kind", ["secrets", "configs", "networks", "volumes"])
def test_whatever_is_referred_to_is_declared_and_the_other_way_round(kind):
    assert named(kind) == COMPOSE[kind].keys()


def test_a_container_is_told_of_secrets_that_it_is_given_and_of_no_others():
    for name, service in SERVICES.items():
        text = str([service.get("environment"), service.get("command"), service.get("healthcheck")])
        if name == "postgres":
            text += (ROOT / "containers" / "databases.sql").read_text("utf-8")
        if name == "proxy":
            text += CADDYFILE
        assert set(re.findall(r"/run/secrets/(\w+)", text)) == set(service.get("secrets", [])), name


def test_the_files_that_are_mounted_are_there():
    for config in COMPOSE["configs"].values():
        assert (ROOT / config["file"]).is_file()


def test_only_the_proxy_is_published_and_it_sees_no_database():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    outside = {name for name, network in COMPOSE["networks"].items() if not (network or {}).get("internal")}
    assert outside == {"edge"}
    members = {name: set(service["networks"]) for name, service in SERVICES.items()}
    assert [name for name, networks in members.items() if networks & outside] == ["proxy"]
    seen = {name for name, networks in members.items() if networks & members["proxy"]}
    assert seen == {"proxy", "prefect", "portal"}


def test_further_machines_reach_what_their_workers_are_told_of():
    added = loaded(MACHINES, SHELF_INNER_ADDRESS="10.8.0.1")["services"]
    published = {name: service["ports"] for name, service in added.items() if "ports" in service}
    told = "\n".join(environment("worker").values())
    assert {f"{name}:{ports[0].rpartition(':')[2]}" for name, ports in published.items()} == hosts(told)
    for ports in published.values():
        assert [re.fullmatch(r"10\.8\.0\.1:(\d+):\1", port) is not None for port in ports] == [True]
    far = loaded(MAIN, SHELF_MAIN_MACHINE="10.8.0.1")["services"]["worker"]["environment"]
    addresses = [far[name] for name in far if name.endswith("_URL")]
    assert len(addresses) == 4
    assert {urlsplit(address).hostname for address in addresses} == {"10.8.0.1"}


# --- what each service has ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", LASTING)
def test_what_runs_on_is_looked_after(name):
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert {"interval", "timeout", "retries", "start_period"} <= service["healthcheck"].keys()


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_container_is_held_small(name):
    service = SERVICES[name]
    assert {"cpus", "memory", "pids"} == service["deploy"]["resources"]["limits"].keys()
    assert service["logging"]["driver"] == "json-file"
    assert {"max-size", "max-file"} == service["logging"]["options"].keys()
    assert service["cap_drop"] == ["ALL"]
    assert service.get("cap_add", []) == KEEPS_A_CAPABILITY.get(name, [])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service.get("read_only", False) is (name not in WRITES_INTO_ITS_IMAGE)
    assert all(":size=" in mount for mount in service.get("tmpfs", []))


def stages() -> dict[str, str]:
    """The stages of the Dockerfile by name."""
    parts = re.split(r"(?m)^FROM ", DOCKERFILE)[1:]
    return {re.match(r"\S+ AS (\S+)", part)[1]: part for part in parts}  # type: ignore[index]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_nobody_is_root(name):
    service = SERVICES[name]
    user = service.get("user") or re.search(r"(?m)^USER (.*)$", stages()[service["build"]["target"]])[1]
    assert user.startswith("1000:")


def test_scratch_and_heap_fit_into_their_limits():
    def gigabytes(text: str) -> int:
        return int(text.removesuffix("g"))

    for given in (example(), dict(re.findall(r"\$\{(\w+):-(\w+)\}", MAIN.read_text("utf-8")))):
        assert gigabytes(given["SHELF_SCRATCH"]) + 2 <= gigabytes(given["SHELF_WORKER_MEMORY"])
        assert gigabytes(given["SHELF_INDEX_HEAP"]) * 2 <= gigabytes(given["SHELF_INDEX_MEMORY"])


# --- pins ---------------------------------------------------------------------------------------------


def test_every_image_is_named_to_the_patch_level():
    bases = re.findall(r"(?m)^FROM (\S+)", DOCKERFILE)
    images = [service["image"] for service in SERVICES.values()] + [b for b in bases if b not in stages()]
    for image in images:
        assert re.search(r":v?\d+\.\d+\.?\d*[\w.-]*$", image), image
        assert "latest" not in image
    official = [image for image in images if not image.startswith("tusach")]
    assert all(re.search(r":\d+\.\d+(\.\d+)?(-|$)", image) for image in official)


def test_minio_is_the_one_of_the_services():
    told = dict(re.findall(r"(?m)^ARG MINIO_(\w+)=(\S+)$", DOCKERFILE))
    assert told == {name: constant("object_server", name) for name in ("MODULE", "VERSION", "SUM")}
    assert SERVICES["minio"]["image"] == f"tusach-minio:{told['VERSION']}"
    major, minor = re.search(r"FROM golang:(\d+)\.(\d+)", DOCKERFILE).groups()
    assert (int(major), int(minor)) >= constant("object_server", "GO")


def test_elasticsearch_is_the_one_of_the_services():
    assert SERVICES["elasticsearch"]["image"].endswith(f":{constant('search_server', 'VERSION')}")
    tested = dict(re.findall(r"(?m)^([\w.]+): (\S+)$", constant("search_server", "_CONFIG")))
    shared = tested.keys() & environment("elasticsearch").keys()
    assert len(shared) >= 5
    assert {name: tested[name] for name in shared} == {
        name: environment("elasticsearch")[name] for name in shared
    }


def test_postgresql_is_no_older_than_what_is_tested():
    major = int(re.search(r"postgres:(\d+)", SERVICES["postgres"]["image"])[1])
    assert major >= constant("database_server", "OLDEST")


def test_caddy_is_the_one_that_is_tested():
    done = subprocess.run([tool("caddy"), "version"], capture_output=True, text=True, check=True)
    tested = re.match(r"v(\d+\.\d+)", done.stdout)[1]
    assert re.match(r"caddy:(\d+\.\d+)", SERVICES["proxy"]["image"])[1] == tested


def test_python_is_one_that_the_program_is_made_for():
    versions = set(re.findall(r"FROM python:(\d+\.\d+)\.\d+-slim-bookworm", DOCKERFILE))
    assert versions == {"3.11"}
    assert re.search(r"3\.11\.\*", (ROOT / "scripts" / "setup").read_text("utf-8"))
    assert PROJECT["project"]["requires-python"].startswith(">=3.11")
    assert "--python-version 3.11" in (ROOT / "scripts" / "lock").read_text("utf-8")


def test_our_image_bears_our_version():
    tags = {service["image"] for service in SERVICES.values() if service["image"].startswith("tusach:")}
    assert tags == {f"tusach:{PROJECT['project']['version']}"}


def test_the_image_has_the_packages_that_setup_installs():
    setup = (ROOT / "scripts" / "setup").read_text("utf-8")
    looped = re.search(r"for package in ((?:[^;\\]|\\\n)+); do\n\s+need ", setup)[1]
    wanted = {*looped.replace("\\\n", " ").split(), "fonts-liberation2"} - {"python3", "python3-venv"}
    asked = re.search(r"--no-install-recommends ((?:[^&\\]|\\\n)+)&&", DOCKERFILE)[1]
    assert set(asked.replace("\\\n", " ").split()) == wanted


def test_the_image_holds_our_packages_and_the_build_sees_nothing_else():
    packages = {*PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"], "containers"}
    copied = set(re.findall(r"(?m)^COPY (\w+) (?:\1)$", DOCKERFILE))
    assert copied == packages
    ignore = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert ignore[1] == "*"
    let_in = {line[1:] for line in ignore if line.startswith("!")}
    assert let_in == packages | {"pyproject.toml", "README.md", "LICENSE", "locks/runtime.txt"}
    assert all((ROOT / name).exists() for name in let_in)


# --- what our code is told ----------------------------------------------------------------------------


def test_every_setting_is_one_that_the_code_knows():
    fields = Settings.model_fields
    secrets = {f"TUSACH_{n}_FILE".upper() for n, field in fields.items() if field.annotation is SecretStr}
    known = secrets | {f"TUSACH_{name}".upper() for name in fields}
    for name in SERVICES:
        told = {variable for variable in environment(name) if variable.startswith("TUSACH_")}
        assert told <= known, name
        assert not [variable for variable in environment(name) if variable.startswith("PREFECT_")]
    asked = set(re.findall(r"\bTUSACH_\w+", DOCKERFILE)) | {n for n in example() if n.startswith("TUSACH_")}
    assert asked <= known


@pytest.mark.parametrize("name", ["worker", "tusach", "prefect", "prepare", "portal"])
def test_settings_can_be_read_from_what_a_container_is_told(name, tmp_path, monkeypatch):
    for secret in SERVICES[name]["secrets"]:
        (tmp_path / secret).write_text(f"the {secret}\n")
    for variable, value in environment(name).items():
        monkeypatch.setenv(variable, value.replace("/run/secrets", str(tmp_path)))
    settings = load_settings(data_dir=tmp_path)
    for variable, value in environment(name).items():
        if variable.endswith("_FILE"):
            field = variable.removeprefix("TUSACH_").removesuffix("_FILE").lower()
            assert getattr(settings, field).get_secret_value() == f"the {Path(value).name}"


def test_the_addresses_agree_with_each_other():
    worker, prepare, prefect = environment("worker"), environment("prepare"), environment("prefect")
    assert environment("tusach") == worker
    assert environment("portal").items() >= worker.items()
    shared = prepare.keys() & worker.keys()
    assert len(shared) == 4
    assert {name: prepare[name] for name in shared} == {name: worker[name] for name in shared}
    told = "\n".join([*worker.values(), *prefect.values(), CADDYFILE])
    assert hosts(told) == {"postgres:5432", "minio:9000", "elasticsearch:9200", "prefect:4200", "portal:4280"}
    asked = shlex.join(SERVICES["prefect"]["command"])
    assert asked.endswith("flows.shared_server --host 0.0.0.0 --port 4200")
    assert ":9000" in re.search(r'CMD \["minio".*', DOCKERFILE)[0]


def test_health_is_asked_where_it_is_told():
    def asked(name: str) -> str:
        return " ".join(SERVICES[name]["healthcheck"]["test"])

    port = Settings.model_fields["health_port"].default
    assert f"http://127.0.0.1:{port}/health" in asked("worker")
    assert "http://127.0.0.1:4200/api/ready" in asked("prefect")
    assert "http://127.0.0.1:9000/minio/health/ready" in asked("minio")
    assert "http://127.0.0.1:9200/_cluster/health" in asked("elasticsearch")
    port = Settings.model_fields["portal_port"].default
    assert f"http://127.0.0.1:{port}/song" in asked("portal")
    assert f"reverse_proxy portal:{port}" in CADDYFILE
    console, site = re.findall(r"(?m)^:(\d+) \{$", CADDYFILE)
    assert f"https://127.0.0.1:{console}/api/ready" in asked("proxy")
    published = [port.rpartition(":")[2] for port in SERVICES["proxy"]["ports"]]
    assert published == [site, console]
    catalog = urlsplit(environment("worker")["TUSACH_CATALOG_URL"])
    assert f"--username={catalog.username} --dbname={catalog.path[1:]}" in asked("postgres")


def test_the_databases_are_those_that_are_asked_for():
    made = (ROOT / "containers" / "databases.sql").read_text("utf-8")
    asked = (
        environment("worker")["TUSACH_CATALOG_URL"],
        environment("prefect")["TUSACH_RUNNER_DATABASE_URL"],
    )
    for url in map(urlsplit, asked):
        assert f"CREATE ROLE {url.username} LOGIN" in made
        assert f"CREATE DATABASE {url.path[1:]} OWNER {url.username};" in made


def test_the_key_of_the_index_may_what_the_tests_key_may():
    source = (ROOT / "scripts" / "servers" / "search_server.py").read_text("utf-8")
    [privileges] = re.findall(r'"privileges": (\[.*?\])', source)
    [cluster] = re.findall(r'"cluster": (\[.*?\])', source)
    role = index_role("bookshelf")
    assert role["cluster"] == ast.literal_eval(cluster)
    assert role["indices"] == [{"names": ["bookshelf*"], "privileges": ast.literal_eval(privileges)}]


@pytest.mark.parametrize("name", ["prepare", "prefect", "worker", "portal"])
def test_the_command_is_there_and_takes_its_arguments(name, tmp_path):
    program, *arguments = SERVICES[name]["command"]
    command = (
        [sys.executable, *arguments] if program == "python" else [sys.executable, "-m", "cli", *arguments]
    )
    done = subprocess.run(
        [*command, "--help"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    for option in (argument.partition("=")[0] for argument in arguments if argument.startswith("--")):
        assert option in done.stdout
