"""What runs the tasks of a flow: threads of its own process, or a Dask cluster at an address.

A cluster runs whatever it is sent, so beyond this machine it has to know whom it listens to.
"""

from __future__ import annotations

import ipaddress
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from config.settings import Settings
from domain.errors import SettingNotValid, UnknownScheme

KNOWN = ("threads", "dask+tls", "dask+tcp")


def task_runner(settings: Settings) -> TaskRunner[Any]:
    """By ``TUSACH_TASKS_URL``. Raises UnknownScheme, SettingNotValid; nothing is connected yet."""
    if settings.tasks_url.partition(":")[0].lower() == "threads":
        return ThreadPoolTaskRunner()
    from prefect_dask.task_runners import DaskTaskRunner

    return DaskTaskRunner(address=address(settings), client_kwargs={"security": security(settings)})


def address(settings: Settings) -> str:
    """Where the cluster's scheduler listens, as Dask says it: ``tls://host:8786``."""
    parts = urlsplit(settings.tasks_url)
    if parts.scheme not in KNOWN:
        raise UnknownScheme(setting="TUSACH_TASKS_URL", scheme=parts.scheme, known=sorted(KNOWN))
    if not parts.hostname or not parts.port:
        raise SettingNotValid(setting="TUSACH_TASKS_URL", detail="such as dask+tls://host:8786")
    if parts.scheme == "dask+tcp" and not _loopback(parts.hostname):
        detail = "whoever reaches it can run programs there: beyond this machine it has to be dask+tls"
        raise SettingNotValid(setting="TUSACH_TASKS_URL", detail=detail)
    return f"{parts.scheme.removeprefix('dask+')}://{parts.netloc}"


def security(settings: Settings) -> Any:
    """Dask's ``Security``: over TLS both sides show a certificate of the given authority."""
    from distributed.security import Security

    if settings.tasks_url.startswith("dask+tcp"):
        return Security()  # type: ignore[no-untyped-call]
    files = {"TUSACH_TASKS_CA": settings.tasks_ca, "TUSACH_TASKS_CERT": settings.tasks_cert}
    for setting, path in (files | {"TUSACH_TASKS_KEY": settings.tasks_key}).items():
        if not Path(path).is_file():
            raise SettingNotValid(setting=setting, detail=f"dask+tls needs this file: “{path}”")
    return Security(  # type: ignore[no-untyped-call]
        tls_ca_file=settings.tasks_ca,
        tls_client_cert=settings.tasks_cert,
        tls_client_key=settings.tasks_key,
        tls_worker_cert=settings.tasks_cert,
        tls_worker_key=settings.tasks_key,
        require_encryption=True,
    )


def worker_died(error: BaseException) -> bool:
    """Whether the cluster gave a task up since every worker that took it died; nobody has noted that."""
    cluster = sys.modules.get("distributed")
    return cluster is not None and isinstance(error, cluster.KilledWorker)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
