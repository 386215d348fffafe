"""The compose files of the large shelf, as an engine would see them with the values of ``.env.example``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
MAIN, MACHINES = ROOT / "docker-compose.yml", ROOT / "docker-compose.machines.yml"
EXAMPLE = ROOT / ".env.example"
_ASKED = re.compile(r"\$\$|\$\{(?P<name>\w+)(?::-(?P<default>[^}]*))?\}")


def example() -> dict[str, str]:
    """What ``.env.example`` sets."""
    lines = EXAMPLE.read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if re.match(r"\w+=", line))


def asked_for(path: Path) -> set[str]:
    """The variables that a compose file takes from outside; comments aside."""
    return {found["name"] for found in _ASKED.finditer(_bare(path)) if found["name"]}


def loaded(path: Path, **given: str) -> dict[str, Any]:
    """The file with its variables filled in; ``given`` weighs more than the example."""
    values = example() | given

    def filled(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        return values.get(found["name"], "") or (found["default"] or "")

    told: dict[str, Any] = yaml.safe_load(_ASKED.sub(filled, _bare(path)))
    return told


def _bare(path: Path) -> str:
    return re.sub(r"(?m)(^|\s)#.*$", "", path.read_text("utf-8"))
