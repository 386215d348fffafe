"""How the shelf is: ``/health`` as JSON, ``/metrics`` for Prometheus; on loopback only."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from config.settings import Settings
from config.wiring import open_shelf
from domain.errors import ShelfError
from domain.holdings import State
from domain.ports import Shelf
from flows.api import open_api
from flows.steps.answering import index_trouble, store_trouble

FRESH = 15.0  # seconds for which figures are told again instead of counted
TIMEOUT = 5  # seconds for a client to say what it wants


@dataclass(frozen=True, slots=True)
class Standing:
    """How the supervised processes are."""

    alive: Mapping[str, bool]
    restarts: Mapping[str, int]
    server_answers: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """What the catalogue tells."""

    items: Mapping[State, int]
    pages: int  # of all items whose pages are counted
    claimed: int  # items that a process works on
    oldest_s: float | None  # since the item on its way that moved the longest ago did so; None without one
    quarantined: Mapping[str, int]  # by the code of the reason
    audit_age_s: float | None  # None where there was no audit yet
    audit_findings: int | None
    unanswered: int  # searches that found nothing, ever


@dataclass(frozen=True, slots=True)
class Figures:
    """What there is and what waits; None where it could not be counted."""

    counted: Counted | None
    answers: Mapping[str, bool]  # catalog, store, index
    waiting: int | None  # runs not started yet
    running: int | None
    free_bytes: int


MOVING = frozenset({State.RECEIVED, State.READING, State.READ})  # without waiting for a person


def _count(settings: Settings) -> Figures:
    free = shutil.disk_usage(settings.data_dir).free
    counted, answers = None, dict.fromkeys(("catalog", "store", "index"), False)
    waiting = running = None
    with suppress(ShelfError), open_shelf(settings) as shelf:
        answers |= {"store": not store_trouble(shelf), "index": not index_trouble(shelf)}
        counted = _counted(shelf)
        answers["catalog"] = True
    with suppress(ShelfError), open_api(settings) as api:
        waiting, running = api.count(["SCHEDULED", "PENDING"]), api.count(["RUNNING"])
    return Figures(counted, answers, waiting, running, free)


def _counted(shelf: Shelf) -> Counted:
    with shelf.catalog.view() as seen:
        totals, now = seen.totals(), seen.clock()
        oldest, audited = seen.longest_unmoved(MOVING), seen.shelf_event("audited")
        findings = audited.options.get("findings") if audited else None
        return Counted(
            items={state: total.items for state, total in totals.items()},
            pages=sum(total.pages for total in totals.values()),
            claimed=len(seen.claims()),
            oldest_s=(now - oldest).total_seconds() if oldest else None,
            quarantined=seen.troubles(),
            audit_age_s=(now - audited.at).total_seconds() if audited else None,
            audit_findings=findings if isinstance(findings, int) else None,
            unanswered=sum(seen.unanswered(dt.date.min).values()),
        )


def _written(value: float) -> str:
    """All its digits; whole ones without a point."""
    return str(int(value)) if value == int(value) else repr(value)


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
        counted = figures.counted
        well = all(standing.alive.values()) and standing.server_answers and all(figures.answers.values())
        told = {
            "status": "ok" if well else "degraded",
            "processes": {
                name: {"alive": alive, "restarts": standing.restarts[name]}
                for name, alive in standing.alive.items()
            },
            "server_answers": standing.server_answers,
            "answers": dict(figures.answers),
            "items": dict(counted.items) if counted else None,
            "pages": counted.pages if counted else None,
            "items_claimed": counted.claimed if counted else None,
            "quarantined": dict(counted.quarantined) if counted else None,
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
                lines.extend(f"{name}{labels} {_written(value)}" for labels, value in known.items())

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
            "tusach_answers",
            "Whether catalogue, store and index answer.",
            {f'{{part="{part}"}}': float(answers) for part, answers in figures.answers.items()},
        )
        if (counted := figures.counted) is not None:
            self._tell(counted, gauge)
        gauge(
            "tusach_runs",
            "Flow runs that are not at their end.",
            {'{state="waiting"}': figures.waiting, '{state="running"}': figures.running},
        )
        gauge("tusach_disk_free_bytes", "Free space of the data folder.", {"": figures.free_bytes})
        return "\n".join(lines) + "\n"

    @staticmethod
    def _tell(counted: Counted, gauge: Callable[..., None]) -> None:
        gauge(
            "tusach_items",
            "Items by state.",
            {f'{{state="{state}"}}': number for state, number in counted.items.items()},
        )
        gauge("tusach_pages", "Pages counted in all items.", {"": counted.pages})
        gauge("tusach_items_claimed", "Items that a process works on.", {"": counted.claimed})
        gauge(
            "tusach_oldest_item_age_seconds",
            "Since the item on its way that moved the longest ago did so.",
            {"": counted.oldest_s},
        )
        gauge(
            "tusach_quarantined_items",
            "Items in quarantine by the code of their reason.",
            {f'{{code="{code}"}}': number for code, number in counted.quarantined.items()},
        )
        gauge("tusach_audit_age_seconds", "Since the last whole audit.", {"": counted.audit_age_s})
        gauge("tusach_audit_findings", "Files that were not as they were kept.", {"": counted.audit_findings})
        gauge(
            "tusach_searches_without_result_total",
            "Searches that found nothing.",
            {"": counted.unanswered},
            "counter",
        )

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
