"""How the shelf is: ``/health`` as JSON, ``/metrics`` for Prometheus; on loopback only."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from config.settings import Settings
from config.wiring import open_shelf
from domain.errors import ShelfError
from domain.holdings import State
from flows.api import open_api

FRESH = 15.0  # seconds for which figures are told again instead of counted
TIMEOUT = 5  # seconds for a client to say what it wants


@dataclass(frozen=True, slots=True)
class Standing:
    """How the supervised processes are."""

    alive: Mapping[str, bool]
    restarts: Mapping[str, int]
    server_answers: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """What there is and what waits; None where it could not be counted."""

    items: Mapping[State, int] | None
    pages: int | None  # of all items whose pages are counted
    claimed: int | None  # items that a process works on
    waiting: int | None  # runs not started yet
    running: int | None
    free_bytes: int
    unanswered: int | None = None  # searches that found nothing, ever


def _count(settings: Settings) -> Figures:
    free = shutil.disk_usage(settings.data_dir).free
    try:
        with open_shelf(settings) as shelf, shelf.catalog.view() as seen:
            totals = seen.totals()
            claimed = len(seen.claims())
            unanswered = sum(seen.unanswered(dt.date.min).values())
        with open_api(settings) as api:
            waiting, running = api.count(["SCHEDULED", "PENDING"]), api.count(["RUNNING"])
    except ShelfError:
        return Figures(None, None, None, None, None, free)
    items = {state: total.items for state, total in totals.items()}
    pages = sum(total.pages for total in totals.values())
    return Figures(items, pages, claimed, waiting, running, free, unanswered)


class HealthServer(AbstractContextManager["HealthServer"]):
    """Answers on loopback while the block runs."""

    def __init__(self, settings: Settings, standing: Callable[[], Standing]) -> None:
        self._settings, self._standing = settings, standing
        self._lock = threading.Lock()
        self._figures: Figures | None = None
        self._counted = 0.0  # monotonic seconds
        self._server = ThreadingHTTPServer(("127.0.0.1", settings.health_port), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="health", daemon=True)

    def __enter__(self) -> HealthServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def figures(self) -> Figures:
        with self._lock:
            if self._figures is None or time.monotonic() - self._counted > FRESH:
                self._figures, self._counted = _count(self._settings), time.monotonic()
            return self._figures

    def health(self) -> tuple[HTTPStatus, dict[str, Any]]:
        standing, figures = self._standing(), self.figures()
        well = all(standing.alive.values()) and standing.server_answers and figures.items is not None
        told = {
            "status": "ok" if well else "degraded",
            "processes": {
                name: {"alive": alive, "restarts": standing.restarts[name]}
                for name, alive in standing.alive.items()
            },
            "server_answers": standing.server_answers,
            "items": dict(figures.items) if figures.items is not None else None,
            "pages": figures.pages,
            "items_claimed": figures.claimed,
            "runs": {"waiting": figures.waiting, "running": figures.running},
            "disk_free_bytes": figures.free_bytes,
        }
        return (HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE), told

    def metrics(self) -> str:
        standing, figures = self._standing(), self.figures()
        lines: list[str] = []

        def gauge(name: str, said: str, values: Mapping[str, float | None], kind: str = "gauge") -> None:
            known = {labels: value for labels, value in values.items() if value is not None}
            if known:
                lines.extend([f"# HELP {name} {said}", f"# TYPE {name} {kind}"])
                lines.extend(f"{name}{labels} {value:g}" for labels, value in known.items())

        gauge(
            "tusach_process_up",
            "Whether a supervised process is alive.",
            {f'{{process="{name}"}}': float(alive) for name, alive in standing.alive.items()},
        )
        gauge(
            "tusach_process_restarts_total",
            "Times a supervised process was started again.",
            {f'{{process="{name}"}}': times for name, times in standing.restarts.items()},
            "counter",
        )
        gauge("tusach_server_up", "Whether Prefect answers.", {"": float(standing.server_answers)})
        gauge(
            "tusach_items",
            "Items by state.",
            {f'{{state="{state}"}}': number for state, number in (figures.items or {}).items()},
        )
        gauge("tusach_pages", "Pages counted in all items.", {"": figures.pages})
        gauge("tusach_items_claimed", "Items that a process works on.", {"": figures.claimed})
        gauge(
            "tusach_runs",
            "Flow runs that are not at their end.",
            {'{state="waiting"}': figures.waiting, '{state="running"}': figures.running},
        )
        gauge(
            "tusach_searches_without_result_total",
            "Searches that found nothing.",
            {"": figures.unanswered},
            "counter",
        )
        gauge("tusach_disk_free_bytes", "Free space of the data folder.", {"": figures.free_bytes})
        return "\n".join(lines) + "\n"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            timeout = TIMEOUT

            def do_GET(self) -> None:
                if self.path == "/health":
                    status, told = outer.health()
                    self._answer(status, "application/json", json.dumps(told, ensure_ascii=False))
                elif self.path == "/metrics":
                    self._answer(HTTPStatus.OK, "text/plain; version=0.0.4; charset=utf-8", outer.metrics())
                else:
                    self._answer(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", "/health /metrics\n")

            def _answer(self, status: HTTPStatus, media_type: str, text: str) -> None:
                body = text.encode()
                self.send_response(status)
                self.send_header("Content-Type", media_type)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Cache-Control", "no-store")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Monitors ask every few seconds: nothing to write down."""

        return Handler
