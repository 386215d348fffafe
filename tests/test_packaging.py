"""What is installed is what the folders say, and nobody else's."""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PACKAGES = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel, unpacked: what an installation has."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    [built] = folder.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_our_package_names_are_ours_alone(wheel):
    code = "import importlib.metadata as m, json; print(json.dumps(m.packages_distributions()))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=wheel,
        env=os.environ | {"PYTHONPATH": str(wheel)},
        check=True,
        capture_output=True,
    )
    owners = json.loads(done.stdout)
    assert {name: sorted(set(owners[name])) for name in PACKAGES} == {name: ["tusach"] for name in PACKAGES}


def test_the_wheel_holds_our_packages_and_nothing_else(wheel):
    held = {path.name for path in wheel.iterdir() if not path.name.endswith(".dist-info")}
    assert held == set(PACKAGES)


@pytest.mark.parametrize("package", PACKAGES)
def test_whatever_a_package_reads_at_run_time_is_shipped_with_it(wheel, package):
    def shipped(folder: Path) -> set[str]:
        return {
            str(path.relative_to(folder))
            for path in folder.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }

    assert shipped(wheel / package) == shipped(ROOT / package)


def test_the_licence_is_shipped(wheel):
    [licence] = wheel.glob("*.dist-info/licenses/LICENSE")
    assert "Apache License" in licence.read_text("utf-8")


def test_every_lock_line_has_a_hash():
    for name in ("runtime", "dev"):
        lock = (ROOT / "locks" / f"{name}.txt").read_text("utf-8")
        pinned = [block for block in lock.split("\n") if "==" in block and not block.startswith((" ", "#"))]
        assert pinned
        assert all(line.rstrip().endswith("\\") for line in pinned)


def imported() -> set[str]:
    """Top-level modules that our packages import from elsewhere."""
    found: set[str] = set()
    for path in (path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
    return found - set(PACKAGES) - sys.stdlib_module_names


def test_whatever_is_imported_is_a_dependency_of_ours_and_the_other_way_round():
    owners = packages_distributions()
    used = {owners[module][0].lower() for module in imported()}
    declared = {re.split(r"[<>=\[]", line)[0].lower() for line in PROJECT["project"]["dependencies"]}
    assert used - declared == set()
    assert declared - used == {"psycopg"}  # which SQLAlchemy imports
