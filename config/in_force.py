"""Which settings hold here, for people to look at: never a secret."""

from __future__ import annotations

import re

from pydantic import BaseModel, SecretStr

from config.settings import Settings
from domain.values import Json


def in_force(settings: Settings) -> dict[str, Json]:
    """Every setting by its variable, secrets as whether they are set."""
    shown: dict[str, Json] = {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            for inner, one in value.model_dump(mode="json").items():
                shown[f"TUSACH_{name}__{inner}".upper()] = one
        elif isinstance(value, SecretStr):
            shown[f"TUSACH_{name}".upper()] = {"set": bool(value.get_secret_value())}
        else:
            plain = value if value is None or isinstance(value, int) else str(value)
            shown[f"TUSACH_{name}".upper()] = hidden(plain) if isinstance(plain, str) else plain
    return shown


def hidden(url: str) -> str:
    """Without a password that somebody put into an address all the same."""
    return re.sub(r"(://[^/@:]*):[^/@]*@", r"\1:***@", url)
