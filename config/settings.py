"""The only reader of the environment."""

from __future__ import annotations

import getpass
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from pydantic_settings.exceptions import SettingsError as NotJson

from domain.errors import SettingNotValid
from domain.options import IntakePolicy, OcrOptions
from domain.values import Actor

LONGEST_SECRET = 4096  # bytes; a key or a password, no file that was named by mistake


def _default_data_dir() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "tusach"


def _default_actor() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "unknown"


class _SecretFiles(PydanticBaseSettingsSource):
    """Secrets out of the files that ``TUSACH_<NAME>_FILE`` name. Raises SettingNotValid."""

    def __call__(self) -> dict[str, Any]:
        fields = self.settings_cls.model_fields
        found = {name: self.get_field_value(field, name)[0] for name, field in fields.items()}
        return {name: secret for name, secret in found.items() if secret is not None}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[str | None, str, bool]:
        variable = f"TUSACH_{field_name.upper()}"
        path = os.environ.get(f"{variable}_FILE")
        if not path or field.annotation is not SecretStr:
            return None, field_name, False
        if os.environ.get(variable):
            raise SettingNotValid(setting=f"{variable}_FILE", detail=f"{variable} is given too")
        try:
            return secret_in(Path(path)), field_name, False
        except (OSError, ValueError) as error:
            detail = (error.strerror if isinstance(error, OSError) else None) or str(error)
            raise SettingNotValid(setting=f"{variable}_FILE", detail=f"{path}: {detail}") from error


def secret_in(path: Path) -> str:
    """Without the newline that editors put at the end. Raises OSError, ValueError, without the secret."""
    with path.open("rb") as file:
        held = file.read(LONGEST_SECRET + 1)
    if len(held) > LONGEST_SECRET:
        raise ValueError(f"longer than {LONGEST_SECRET} bytes")
    try:
        secret = held.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise ValueError("not text in UTF-8") from None
    if not secret:
        raise ValueError("empty")
    return secret


class Settings(BaseSettings):
    """One installation's choices; every field is ``TUSACH_<NAME>``, nested ones ``TUSACH_OCR__DPI``.

    The addresses default to folders and files under ``data_dir``. Secrets have settings of their
    own, never a place in a URL, since URLs end up in logs; ``TUSACH_<NAME>_FILE`` may name the file
    that a secret rests in.
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
    tasks_url: str = "threads:"

    store_access_key: SecretStr = SecretStr("")
    store_secret_key: SecretStr = SecretStr("")
    catalog_password: SecretStr = SecretStr("")
    index_api_key: SecretStr = SecretStr("")
    index_ca: str = ""  # a file with the authorities that vouch for the index's server, beside the system's
    runner_auth: SecretStr = SecretStr("")  # "user:password" of a Prefect API elsewhere
    tasks_ca: str = ""  # files, for dask+tls: the authority of its machines, this one's certificate and key
    tasks_cert: str = ""
    tasks_key: str = ""
    runner_database_url: str = ""  # of the Prefect server that several machines share
    runner_database_password: SecretStr = SecretStr("")

    ocr: OcrOptions = OcrOptions()
    intake: IntakePolicy = IntakePolicy()
    province: str = Field(default="VN", pattern=r"^[A-Z0-9]{1,8}$")
    unit: str = Field(default="default", min_length=1, max_length=80)
    actor: str = Field(default_factory=_default_actor, min_length=1, max_length=80)
    jobs: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, le=256)
    prefect_port: int = Field(default=4270, ge=1, le=65535)
    health_port: int = Field(default=4271, ge=1, le=65535)
    portal_host: str = Field(default="127.0.0.1", min_length=1, max_length=255)  # address to listen on
    portal_port: int = Field(default=4280, ge=1, le=65535)
    portal_url: str = Field(default="", pattern=r"^(https?://[^\s/?#@]+)?$")  # as readers reach it, no path
    portal_proxies: str = Field(default="", max_length=2_000)  # addresses whose X-Forwarded-… is believed
    portal_cache_bytes: int = Field(default=500_000_000, ge=1_000_000)  # of pictures made for small screens
    oidc_issuer: str = Field(  # of the identity provider; encrypted, unless it is this machine
        default="", pattern=r"^(https://[^\s?#@]+|http://(127\.0\.0\.1|localhost)(:\d+)?(/[^\s?#@]*)?)?$"
    )
    oidc_client_id: str = Field(default="", max_length=500)
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_claim: str = Field(default="preferred_username", min_length=1, max_length=80)  # that is the login
    shelf_name: str = Field(default="", max_length=120)  # over every page of the portal
    lang: str | None = Field(default=None, pattern=r"^(vi|en)$")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, _SecretFiles(settings_cls), env_settings

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
