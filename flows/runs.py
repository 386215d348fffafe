"""What operators ask of Prefect: runs, their logs, queues and workers; without importing Prefect."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from domain.errors import RunNotFound, RunNotWaiting
from flows.api import PAGE, PrefectApi, moment
from flows.orders import LANES, POOL
from flows.turns import unit_tag

MOST_WORKERS = 100
LOG_LINES = 200  # the most that a server tells at once
LONGEST_LINE = 2_000  # characters of one line of a log
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_WORKER = re.compile(r"tusach-(?P<host>.+)-[0-9a-f]{8}-[a-z]+")
MOMENT = dt.timedelta(microseconds=1)  # the shortest that Prefect tells apart
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Phase(StrEnum):
    """What a list of runs is about."""

    WAITING = "waiting"
    RUNNING = "running"
    FAILED = "failed"
    DONE = "done"


TYPES: Mapping[Phase, tuple[str, ...]] = {
    Phase.WAITING: ("SCHEDULED",),
    Phase.RUNNING: ("PENDING", "RUNNING", "CANCELLING", "PAUSED"),
    Phase.FAILED: ("FAILED", "CRASHED", "CANCELLED"),
    Phase.DONE: ("COMPLETED",),
}
_PHASES = {kind: phase for phase, kinds in TYPES.items() for kind in kinds}


@dataclass(frozen=True, slots=True)
class Run:
    """A flow run as operators see it."""

    id: str
    name: str
    type: str  # SCHEDULED · PENDING · RUNNING · COMPLETED · FAILED · CRASHED · …
    message: str
    unit: str | None
    batch: str | None
    accessions: tuple[str, ...]
    lane: str | None
    due: dt.datetime | None  # UTC
    began: dt.datetime | None
    ended: dt.datetime | None
    machine: str | None  # where its process ran

    @property
    def phase(self) -> Phase:
        return _PHASES.get(self.type, Phase.RUNNING)

    @property
    def took(self) -> dt.timedelta | None:
        return self.ended - self.began if self.began and self.ended else None


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """Where a list of runs was left, as it can stand in an address."""

    due: dt.datetime  # UTC
    id: str

    @classmethod
    def of(cls, run: Run) -> Mark:
        return cls(run.due or EPOCH, run.id)

    @classmethod
    def read(cls, text: str) -> Mark:
        """Raises ValueError."""
        since, _, run_id = text.partition(".")
        return cls(EPOCH + int(since) * MOMENT, str(UUID(run_id)))

    def __str__(self) -> str:
        return f"{(self.due - EPOCH) // MOMENT}.{self.id}"


@dataclass(frozen=True, slots=True)
class LogLine:
    at: dt.datetime | None
    level: int  # as Python's logging counts them
    text: str


@dataclass(frozen=True, slots=True)
class WorkerSeen:
    name: str
    online: bool
    seen_at: dt.datetime | None  # UTC: when it last said that it lives


@dataclass(frozen=True, slots=True)
class LaneCount:
    lane: str
    waiting: int
    running: int


def find_runs(
    api: PrefectApi,
    phase: Phase | None,
    units: Collection[str] | None,
    *,
    after: Mark | None = None,
    limit: int,
) -> Sequence[Run]:
    """What was due last comes first; of these units alone, None: of all. Raises ServerNotReady, RunFailed.

    Of runs that are due at the same moment, as the first ones of several units are, Prefect keeps no order
    of its own: they are all asked for, and stand in the order of their ids.
    """
    if units is not None and not units:
        return []
    asked = _asked(phase, units)
    found: list[Run] = []
    latest = None
    if after is not None:
        found = [one for one in _due_at(api, asked, after.due) if Mark.of(one) < after]
        latest = after.due - MOMENT
    if (missing := limit - len(found)) > 0:
        older = _due_by(api, asked, latest, limit=missing)
        found += older
        if len(older) == missing and older[-1].due is not None:
            found += _due_at(api, asked, older[-1].due)
    whole = {one.id: one for one in found}.values()
    return sorted(whole, key=Mark.of, reverse=True)[:limit]


def _due_by(
    api: PrefectApi, asked: Mapping[str, Any], latest: dt.datetime | None, *, limit: int
) -> list[Run]:
    by = {} if latest is None else {"expected_start_time": {"before_": latest.isoformat()}}
    body = {"flow_runs": {**asked, **by}, "sort": "EXPECTED_START_TIME_DESC", "limit": limit}
    return [_run(one) for one in api.call("POST", "/flow_runs/filter", body)]


def _due_at(api: PrefectApi, asked: Mapping[str, Any], due: dt.datetime) -> list[Run]:
    """All runs that are due at this very moment."""
    then = {"expected_start_time": {"before_": due.isoformat(), "after_": due.isoformat()}}
    body = {"flow_runs": {**asked, **then}, "sort": "ID_DESC", "limit": PAGE}
    found: list[Run] = []
    while True:
        some = api.call("POST", "/flow_runs/filter", {**body, "offset": len(found)})
        found += [_run(one) for one in some]
        if len(some) < PAGE:
            return found


def run_of(api: PrefectApi, run_id: str) -> Run:
    """Raises RunNotFound, ServerNotReady."""
    found = api.call("GET", f"/flow_runs/{run_id}", ok=HTTPStatus.NOT_FOUND)
    if found is None:
        raise RunNotFound(run=run_id)
    return _run(found)


def log_tail(api: PrefectApi, run_id: str, limit: int = LOG_LINES) -> Sequence[LogLine]:
    """The last lines of a run's log, the oldest of them first."""
    body = {
        "logs": {"flow_run_id": {"any_": [run_id]}},
        "sort": "TIMESTAMP_DESC",
        "limit": min(limit, LOG_LINES),
    }
    found = api.call("POST", "/logs/filter", body)
    return [
        LogLine(moment(one.get("timestamp")), int(one.get("level") or 0), str(one["message"])[:LONGEST_LINE])
        for one in reversed(found)
    ]


def lanes(api: PrefectApi) -> Sequence[LaneCount]:
    """How many runs wait and how many are taken, by lane."""
    return [
        LaneCount(lane.name, _count(api, Phase.WAITING, lane.name), _count(api, Phase.RUNNING, lane.name))
        for lane in LANES
    ]


def workers(api: PrefectApi) -> Sequence[WorkerSeen]:
    """Those of our pool, by name; none where the pool is not made yet."""
    found = api.call(
        "POST", f"/work_pools/{POOL}/workers/filter", {"limit": MOST_WORKERS}, ok=HTTPStatus.NOT_FOUND
    )
    seen = [
        WorkerSeen(str(one["name"]), one.get("status") == "ONLINE", moment(one.get("last_heartbeat_time")))
        for one in found or ()
    ]
    return sorted(seen, key=lambda one: one.name)


def cancel_waiting(api: PrefectApi, run_id: str) -> None:
    """Take a run that nobody has begun out of the queue. Raises RunNotFound, RunNotWaiting."""
    run = run_of(api, run_id)
    if run.phase is not Phase.WAITING:
        raise RunNotWaiting(run=run.name, state=run.type)
    told = api.call(
        "POST",
        f"/flow_runs/{run_id}/set_state",
        {"state": {"type": "CANCELLED", "name": "Cancelled", "message": "cancelled by an operator"}},
    )
    if told.get("status") != "ACCEPT":  # somebody took it in between
        raise RunNotWaiting(run=run.name, state=run_of(api, run_id).type)


def page_of(api_url: str, run_id: str | None = None) -> str:
    """Where Prefect shows a run, or all of them."""
    pages = api_url.rstrip("/").removesuffix("/api")
    return f"{pages}/runs/flow-run/{run_id}" if run_id else f"{pages}/runs"


def only_on_its_machine(api_url: str) -> bool:
    """Whether Prefect's pages can be opened on its own machine alone."""
    return urlsplit(api_url).hostname in LOOPBACK


def _asked(phase: Phase | None, units: Collection[str] | None) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    if phase is not None:
        asked["state"] = {"type": {"any_": list(TYPES[phase])}}
    if units is not None:
        asked["tags"] = {"any_": [unit_tag(unit) for unit in sorted(units)]}
    return asked


def _count(api: PrefectApi, phase: Phase, lane: str) -> int:
    asked = _asked(phase, None) | {"work_queue_name": {"any_": [lane]}}
    return int(api.call("POST", "/flow_runs/count", {"flow_runs": asked}))


def _run(found: Mapping[str, Any]) -> Run:
    state = found.get("state") or {}
    tags = [str(tag) for tag in found.get("tags") or ()]
    return Run(
        id=str(found["id"]),
        name=str(found["name"]),
        type=str(found.get("state_type") or ""),
        message=str(state.get("message") or "")[:LONGEST_LINE],
        unit=_tagged(tags, "unit:"),
        batch=_tagged(tags, "batch:"),
        accessions=tuple(tag for tag in tags if ":" not in tag and tag != "tusach"),
        lane=found.get("work_queue_name"),
        due=moment(found.get("expected_start_time")),
        began=moment(found.get("start_time")),
        ended=moment(found.get("end_time")),
        machine=_machine((found.get("labels") or {}).get("prefect.worker.name")),
    )


def _tagged(tags: Sequence[str], prefix: str) -> str | None:
    return next((tag.removeprefix(prefix) for tag in tags if tag.startswith(prefix)), None)


def _machine(worker: object) -> str | None:
    """The host of tusach-HOST-FOLDER-LANE, as ``flows.worker`` names its workers; another name as it is."""
    named = _WORKER.fullmatch(str(worker or ""))
    return named["host"] if named else str(worker or "") or None
