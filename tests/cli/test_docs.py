"""The documents name every command and every setting."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from cli.administer import GROUPS
from cli.commands import COMMANDS
from config.in_force import in_force
from config.settings import Settings, load_settings
from domain.holdings import Stage, State

ROOT = Path(__file__).resolve().parents[2]
DOCS = "\n".join(
    path.read_text("utf-8") for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
)
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text("utf-8")


@pytest.mark.parametrize("name", [command.__name__.strip("_") for command in COMMANDS])
def test_every_command_is_described(name):
    assert f"`{name}`" in ARCHITECTURE or f"`{name} " in ARCHITECTURE


@pytest.mark.parametrize(
    ("group", "name"),
    [(group, one.__name__.partition("_")[2]) for group, commands in GROUPS.items() for one in commands],
)
def test_every_command_of_a_group_is_described(group, name):
    told = re.findall(rf"`{group} ([a-z|\\]+)", ARCHITECTURE)
    assert name in {word for words in told for word in words.replace("\\", "").split("|")}


@pytest.mark.parametrize("variable", sorted(in_force(load_settings(data_dir="/tmp/x"))))
def test_every_setting_is_described(variable):
    assert variable in DOCS


@pytest.mark.parametrize("word", [*State, *Stage])
def test_every_state_and_stage_is_described(word):
    assert word in ARCHITECTURE


@pytest.mark.parametrize("kind", ["store", "catalog", "index", "ocr"])
def test_every_address_scheme_is_described(kind):
    from config import wiring

    table = {
        "store": wiring.STORES,
        "catalog": wiring.CATALOGS,
        "index": wiring.INDEXES,
        "ocr": wiring.ENGINES,
    }
    assert all(f"{scheme}:" in ARCHITECTURE for scheme in table[kind])


def test_no_dependency_goes_unexplained():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    told = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    for line in [*project["dependencies"], *project["optional-dependencies"]["dev"]]:
        name = line.partition(">")[0].partition("=")[0].partition("<")[0].strip()
        assert name in told, name


def test_doctor_never_shows_a_secret():
    shown = in_force(
        load_settings(
            data_dir="/tmp/x", store_secret_key="hush-hush", runner_url="prefect+http://u:hush-hush@host/api"
        )
    )
    assert "hush-hush" not in str(shown)
    assert shown["TUSACH_STORE_SECRET_KEY"] == {"set": True}
    nested = [name for name, field in Settings.model_fields.items() if isinstance(field.default, BaseModel)]
    assert len(shown) > len(Settings.model_fields) - len(nested)
