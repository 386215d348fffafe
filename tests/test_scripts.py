"""The scripts are the truth; these hold what can be held without a fresh machine."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = [path for path in sorted((ROOT / "scripts").iterdir()) if path.is_file() and not path.suffix] + [
    ROOT / ".ci" / "run"
]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_script_is_whole_and_can_be_started(script):
    assert os.access(script, os.X_OK)
    said = script.read_text("utf-8")
    if said.startswith("#!/usr/bin/env python3\n"):
        compile(said, str(script), "exec")
    else:
        assert said.startswith("#!/usr/bin/env bash\n")
        subprocess.run(["bash", "-n", str(script)], check=True)


def test_setup_explains_wrong_usage():
    done = subprocess.run(
        ["bash", str(ROOT / "scripts" / "setup"), "--nonsense"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "scripts/setup --dev" in done.stderr


def test_make_only_names_scripts_that_are_there():
    recipes = [
        line.strip() for line in (ROOT / "Makefile").read_text("utf-8").splitlines() if "bash " in line
    ]
    assert recipes
    for recipe in recipes:
        assert (ROOT / recipe.split()[1]).exists(), recipe
