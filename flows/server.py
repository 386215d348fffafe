"""The Prefect server as a child process: how it is started and what it is told."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from urllib.parse import quote, urlsplit

from config.environment import child_environment
from config.settings import Settings
from domain.errors import SettingNotValid
from flows.api import api_auth, api_url, is_elsewhere
from flows.place import Place
from flows.tether import MARK

# Measured (docs/decisions): each service polls or writes on its own; none of these has work on one
# machine whose supervisor starts runs at once and sees processes die.
_SERVER = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
    "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false",
    "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "false",  # nothing runs by the calendar
    "PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_PAUSE_EXPIRATIONS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_CANCELLATION_CLEANUP_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_FOREMAN_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_REPOSSESSOR_ENABLED": "false",  # no concurrency leases
    "PREFECT_SERVER_SERVICES_CLEANUP_RECONCILER_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",  # no automations
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "100",  # not a transaction for each event
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "flow_runs",  # runs grow for ever otherwise
}
# Workers on other machines die unseen: this one shows them as offline when they have been silent.
_SHARED = {"PREFECT_SERVER_SERVICES_FOREMAN_ENABLED": "true"}
_CLIENT = {
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_LOGGING_LOGGERS_PREFECT_FLOW_RUNS_LEVEL": "INFO",  # ours: a line or two for each item
    "PREFECT_LOGGING_COLORS": "false",
    "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",
    "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "false",
    "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
    # Each question of a lane that has a place free costs the server 25 ms.
    "PREFECT_WORKER_QUERY_SECONDS": "10",  # who hands in runs wakes it at once
    "PREFECT_WORKER_HEARTBEAT_SECONDS": "60",
    "DO_NOT_TRACK": "1",
    # The pages are the parallel part. Its threads, started on import, would keep the worker from forking.
    "OPENBLAS_NUM_THREADS": "1",
}
_CLIENT_ELSEWHERE = {"PREFECT_WORKER_QUERY_SECONDS": "5"}  # who hands in runs elsewhere cannot wake it


def environment(settings: Settings, supervisor: int) -> dict[str, str]:
    """What the server, the worker and the flows it starts are told, beside our own settings."""
    place = Place.of(settings)
    inherited = child_environment(settings)
    return (
        inherited
        | _SERVER
        | _CLIENT
        | {
            MARK: str(supervisor),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), inherited.get("PATH", os.defpath)]),
            "TMPDIR": str(place.scratch),
            "PREFECT_HOME": str(place.home),
            "PREFECT_PROFILES_PATH": str(place.home / "profiles.toml"),
            "PREFECT_API_URL": api_url(settings),
            "PREFECT_API_AUTH_STRING": api_auth(settings),
            "PREFECT_TASK_RUNNER_THREAD_POOL_MAX_WORKERS": str(settings.jobs),
            "PYTHONUNBUFFERED": "1",
        }
        | (_CLIENT_ELSEWHERE if is_elsewhere(settings) else _of_our_server(settings, place))
    )


def _of_our_server(settings: Settings, place: Place) -> dict[str, str]:
    return {
        "PREFECT_SERVER_API_HOST": "127.0.0.1",
        "PREFECT_SERVER_API_PORT": str(settings.prefect_port),
        "PREFECT_SERVER_API_AUTH_STRING": place.password(),
        "PREFECT_UI_STATIC_DIRECTORY": str(place.home / "ui"),
    }


def shared_environment(settings: Settings) -> dict[str, str]:
    """What a Prefect server that several machines share is told. Raises SettingNotValid."""
    place = Place.of(settings)
    user, _, password = settings.runner_auth.get_secret_value().partition(":")
    if not (user and password):
        raise SettingNotValid(setting="TUSACH_RUNNER_AUTH", detail="user:password")
    kept = {
        name: value for name, value in child_environment(settings).items() if not name.startswith("TUSACH_")
    }
    return (
        kept
        | _SERVER
        | _SHARED
        | {
            "DO_NOT_TRACK": "1",
            "PREFECT_HOME": str(place.home),
            "PREFECT_PROFILES_PATH": str(place.home / "profiles.toml"),
            "PREFECT_UI_STATIC_DIRECTORY": str(place.home / "ui"),
            "PREFECT_UI_API_URL": "/api",  # at whatever name and port a browser found the pages
            "PREFECT_SERVER_API_AUTH_STRING": f"{user}:{password}",
            "PREFECT_API_DATABASE_CONNECTION_URL": _database(settings),
            "PYTHONUNBUFFERED": "1",
        }
    )


def _database(settings: Settings) -> str:
    """The address with its password, which is why it stands in the environment and in no argument."""
    given = urlsplit(settings.runner_database_url)
    if given.scheme != "postgresql" or not given.username or given.password:
        raise SettingNotValid(setting="TUSACH_RUNNER_DATABASE_URL", detail="postgresql://user@host/database")
    password = quote(settings.runner_database_password.get_secret_value(), safe="")
    host = given.netloc.rpartition("@")[2]
    return given._replace(scheme="postgresql+asyncpg", netloc=f"{given.username}:{password}@{host}").geturl()


def server_command(settings: Settings, supervisor: int) -> list[str]:
    return [
        *(sys.executable, "-m", "flows.api_server", str(settings.prefect_port)),
        *("--parent", str(supervisor)),
    ]


def worker_command(supervisor: int) -> list[str]:
    return [sys.executable, "-m", "flows.worker", "--parent", str(supervisor)]


def portal_command(supervisor: int) -> list[str]:
    return [sys.executable, "-m", "portal", "--parent", str(supervisor)]
