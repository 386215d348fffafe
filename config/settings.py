"""The only reader of the environment."""

from __future__ import annotations

import getpass
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError as NotJson

from domain.errors import SettingNotValid
from domain.options import IntakePolicy, OcrOptions
from domain.values import Actor


def _default_data_dir() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "tusach"


def _default_actor() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "unknown"


class Settings(BaseSettings):
    """One installation's choices; every field is ``TUSACH_<NAME>``, nested ones ``TUSACH_OCR__DPI``.

    The addresses default to folders and files under ``data_dir``. Secrets have settings of their
    own, never a place in a URL, since URLs end up in logs.
    """

    model_config = SettingsConfigDict(
        env_prefix="TUSACH_", env_nested_delimiter="__", frozen=True, extra="ignore"
    )

    data_dir: Path = Field(default_factory=_default_data_dir)
    store_url: str = ""
    catalog_url: str = ""
    index_url: str = ""
    ocr_url: str = "tesseract:"
    runner_url: str = "local:"

    store_access_key: SecretStr = SecretStr("")
    store_secret_key: SecretStr = SecretStr("")
    catalog_password: SecretStr = SecretStr("")
    index_api_key: SecretStr = SecretStr("")
    index_ca: str = ""  # a file with the authorities that vouch for the index's server, beside the system's
    runner_auth: SecretStr = SecretStr("")  # "user:password" of a Prefect API elsewhere

    ocr: OcrOptions = OcrOptions()
    intake: IntakePolicy = IntakePolicy()
    province: str = Field(default="VN", pattern=r"^[A-Z0-9]{1,8}$")
    unit: str = Field(default="default", min_length=1, max_length=80)
    actor: str = Field(default_factory=_default_actor, min_length=1, max_length=80)
    jobs: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, le=256)
    prefect_port: int = Field(default=4270, ge=1, le=65535)
    health_port: int = Field(default=4271, ge=1, le=65535)
    lang: str | None = Field(default=None, pattern=r"^(vi|en)$")

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @model_validator(mode="before")
    @classmethod
    def _embedded_addresses(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        data_dir = Path(given.get("data_dir") or _default_data_dir()).expanduser().absolute()
        path = quote(str(data_dir))
        defaults = {
            "store_url": f"file://{path}/objects",
            "catalog_url": f"sqlite:///{path}/catalog.sqlite3",
            "index_url": f"tantivy://{path}/index",
        }
        return {**given, **{name: url for name, url in defaults.items() if not given.get(name)}}

    @property
    def who(self) -> Actor:
        return Actor(name=self.actor, unit=self.unit)

    @property
    def secrets(self) -> dict[str, str]:
        """The secrets by the name that adapters know them by; handed to adapters, never logged."""
        return {
            "access_key": self.store_access_key.get_secret_value(),
            "secret_key": self.store_secret_key.get_secret_value(),
            "catalog_password": self.catalog_password.get_secret_value(),
            "api_key": self.index_api_key.get_secret_value(),
            "index_ca": self.index_ca,
            "runner_auth": self.runner_auth.get_secret_value(),
        }


# What leads to one place, and the secrets for it: none of it may come from elsewhere by accident.
_OF_A_PLACE = (
    "store_url",
    "catalog_url",
    "index_url",
    "store_access_key",
    "store_secret_key",
    "catalog_password",
    "index_api_key",
    "index_ca",
)


def settings_elsewhere(file: Path, here: Settings) -> Settings:
    """The settings of another place, told by a file of ``TUSACH_…`` lines.

    Addresses and secrets are taken from the file alone; what it leaves out is as for an embedded
    shelf, in the same data folder unless it names one. Raises SettingNotValid.
    """
    try:
        read = DotEnvSettingsSource(Settings, env_file=file, env_file_encoding="utf-8")()
    except (NotJson, UnicodeDecodeError) as error:
        raise SettingNotValid(setting=str(file), detail=str(error)[:300]) from error
    told = {name: value for name, value in read.items() if name in Settings.model_fields}
    return load_settings(**{"data_dir": here.data_dir, **dict.fromkeys(_OF_A_PLACE, ""), **told})


_JSON_VARIABLES = frozenset({"TUSACH_OCR", "TUSACH_INTAKE", "TUSACH_OCR__LANGUAGES"})


def load_settings(**given: Any) -> Settings:
    """Settings from the environment, with ``given`` weightier. Raises SettingNotValid."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = "__".join(str(part) for part in first["loc"]).upper()
        raise SettingNotValid(setting=f"TUSACH_{name}", detail=str(first["msg"])) from error
    except NotJson as error:
        raise SettingNotValid(setting=_not_json(), detail='not JSON, such as ["vie"]') from error


def _not_json() -> str:
    """Which variable of a group or list is not the JSON it has to be; the library names the group only."""
    for name, value in sorted(os.environ.items()):
        if name.upper().startswith("TUSACH_") and name.upper() in _JSON_VARIABLES:
            try:
                json.loads(value)
            except ValueError:
                return name
    return "TUSACH_…"
