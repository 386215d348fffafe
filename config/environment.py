"""The environment in which our own child processes read the very settings of this one."""

from __future__ import annotations

import json
import os

from pydantic import SecretStr

from config.settings import Settings

# What a person set for a Prefect of their own must not reach ours; settings are handed on whole.
_OURS = ("TUSACH_", "PREFECT_", "PREFECT__")


def child_environment(settings: Settings) -> dict[str, str]:
    """This process's environment, with every setting as ``TUSACH_…`` (secrets too: never in arguments).

    What was set for another Prefect is left out; ``flows.server`` adds what ours needs.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return kept | _as_variables(settings)


def _as_variables(settings: Settings) -> dict[str, str]:
    told: dict[str, str] = {}
    for name, value in settings.model_dump(mode="json").items():
        raw = getattr(settings, name)
        if isinstance(raw, SecretStr):
            value = raw.get_secret_value()
        if value is not None:
            told[f"TUSACH_{name.upper()}"] = value if isinstance(value, str) else json.dumps(value)
    return told
