"""The few calls to Prefect's REST API that commands need, without importing Prefect (1.5 CPU-seconds)."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from config.settings import Settings
from domain.errors import RunFailed, ServerNotReady
from domain.values import Json
from flows.place import Place

if TYPE_CHECKING:
    import httpx

# A server answers 500 while its database is away.
_BUSY = frozenset({429, 500, 502, 503, 504})
NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)
PAGE = 200  # runs told at once, the most that a server tells
TIMEOUT = 30.0  # seconds for one call: SQLite lets one writer at a time through
LIVE = frozenset({"SCHEDULED", "PENDING", "RUNNING", "PAUSED", "CANCELLING"})


@dataclass(frozen=True, slots=True)
class RunState:
    """A flow run as the server has it."""

    id: str
    name: str
    type: str  # SCHEDULED · PENDING · RUNNING · COMPLETED · FAILED · CRASHED · …
    message: str
    tags: tuple[str, ...]
    since: dt.datetime  # UTC: when it entered this state, by the server's own clock; long ago if not told
    age: dt.timedelta  # for how long it is in it, by that clock, which the server tells in whole seconds
    due: dt.datetime  # UTC: when it is to be taken

    @property
    def live(self) -> bool:
        return self.type in LIVE


class PrefectApi:
    """A Prefect server, by its address. Raises ServerNotReady where it does not answer."""

    def __init__(self, url: str, auth: str, *, log: str = "", patience: float = TIMEOUT) -> None:
        """``patience``: seconds for one call, with all that is asked again."""
        import httpx  # heavy, here and below: the portal knows this module, and seldom asks a server

        user, _, password = auth.partition(":")
        self.url, self._log, self._patience = url, log, patience
        self.said_at = dt.datetime.now(dt.UTC)  # what time it was by the server's clock when it last answered
        self._client = httpx.Client(
            base_url=url.rstrip("/"),
            auth=httpx.BasicAuth(user, password) if auth else None,
            timeout=patience,
            # Loading the certificates of the world takes 50 ms, which a server on loopback has no use for.
            verify=not url.startswith("http:"),
            trust_env=False,  # a proxy for the web is none for a server of ours
        )

    def close(self) -> None:
        self._client.close()

    def healthy(self) -> bool:
        import httpx

        try:
            # Behind the password, unlike /health: a server of somebody else's answers 401.
            return self._client.get("/version", timeout=5).status_code == HTTPStatus.OK
        except httpx.HTTPError:
            return False

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None, *, ok: int = 0) -> Any:
        """The answer's JSON; None where the status is ``ok``, an error that means something here."""
        import httpx

        try:
            answer = self._patiently(method, path, body)
            if answer.status_code == ok:
                return None
            answer.raise_for_status()
        except httpx.HTTPStatusError as error:
            told = f"{error.response.status_code} {error.response.text[:300]}"
            raise RunFailed(run=f"{method} {path}", detail=told) from error
        except httpx.HTTPError as error:
            raise ServerNotReady(seconds=self._patience, log=self._log or str(error)) from error
        return answer.json() if answer.content else None

    def _patiently(self, method: str, path: str, body: Mapping[str, Any] | None) -> httpx.Response:
        """Ask again while the server says that it is busy: on SQLite its own writers shut each other out."""
        deadline = time.monotonic() + self._patience
        pause = 0.1
        while True:
            answer = self._client.request(method, path, json=body)
            if answer.status_code not in _BUSY:
                self.said_at = _said_at(answer)
                return answer
            if time.monotonic() > deadline:
                raise ServerNotReady(seconds=self._patience, log=self._log or answer.text[:300])
            time.sleep(pause)
            pause = min(2 * pause, 2.0)

    def deployment(self, name: str) -> str | None:
        """The id of the deployment that carries the flow's own name; None where there is none yet."""
        found = self.call("GET", f"/deployments/name/{name}/{name}", ok=HTTPStatus.NOT_FOUND)
        return None if found is None else str(found["id"])

    def create_run(
        self,
        deployment: str,
        *,
        name: str,
        key: str,
        tags: Sequence[str],
        parameters: Mapping[str, Json],
        due: dt.datetime,
    ) -> RunState:
        """Schedule a run; where a run with this key exists already, that one."""
        return self._run(
            self.call(
                "POST",
                f"/deployments/{deployment}/create_flow_run",
                {
                    "name": name,
                    "idempotency_key": key,
                    "tags": list(tags),
                    "parameters": parameters,
                    "state": {
                        "type": "SCHEDULED",
                        "state_details": {"scheduled_time": due.isoformat()},
                    },
                },
            )
        )

    def runs(
        self,
        *,
        tags: Sequence[str] = (),
        types: Sequence[str] = (),
        ids: Sequence[str] = (),
        limit: int | None = None,
    ) -> list[RunState]:
        """Runs with all these tags, in one of these state types, of these ids; the newest first."""
        asked: dict[str, Any] = {}
        if tags:
            asked["tags"] = {"all_": list(tags)}
        if types:
            asked["state"] = {"type": {"any_": list(types)}}
        if ids:
            asked["id"] = {"any_": list(ids)}
        body = {"flow_runs": asked, "sort": "EXPECTED_START_TIME_DESC", "limit": limit or PAGE}
        told: list[RunState] = []
        while True:
            found = self.call("POST", "/flow_runs/filter", {**body, "offset": len(told)})
            told += [self._run(one) for one in found]
            if limit or len(found) < PAGE:
                return told

    def _run(self, found: Mapping[str, Any]) -> RunState:
        state = found.get("state") or {}
        since = moment(state.get("timestamp"))
        return RunState(
            id=str(found["id"]),
            name=str(found["name"]),
            type=str(found["state_type"]),
            message=str(state.get("message") or ""),
            tags=tuple(found.get("tags") or ()),
            since=since or NEVER,
            age=self.said_at - since if since else dt.timedelta.max,
            due=moment(found.get("expected_start_time")) or self.said_at,
        )

    def count(self, types: Sequence[str]) -> int:
        body = {"flow_runs": {"state": {"type": {"any_": list(types)}}}}
        return int(self.call("POST", "/flow_runs/count", body))

    def mark_crashed(self, run_id: str, message: str) -> None:
        self.call(
            "POST",
            f"/flow_runs/{run_id}/set_state",
            {"state": {"type": "CRASHED", "name": "Crashed", "message": message}, "force": True},
        )


def moment(said: object) -> dt.datetime | None:
    """An ISO 8601 time with its zone; None where it is none."""
    try:
        told = dt.datetime.fromisoformat(str(said))
    except ValueError:
        return None
    return told if told.tzinfo else None


def _said_at(answer: httpx.Response) -> dt.datetime:
    """When the server answered, by its own clock."""
    try:
        return parsedate_to_datetime(answer.headers["Date"])
    except (KeyError, ValueError):
        return dt.datetime.now(dt.UTC)


def api_url(settings: Settings) -> str:
    """Where the settings say that runs are handed in: ``prefect+http(s)://…``, or this folder's server."""
    if settings.runner_url.startswith("prefect+"):
        return settings.runner_url.removeprefix("prefect+")
    return f"http://127.0.0.1:{settings.prefect_port}/api"


def is_elsewhere(settings: Settings) -> bool:
    return settings.runner_url.startswith("prefect+")


def api_auth(settings: Settings) -> str:
    if is_elsewhere(settings):
        return settings.runner_auth.get_secret_value()
    return Place.of(settings).password()


@contextmanager
def open_api(settings: Settings, *, patience: float = TIMEOUT) -> Iterator[PrefectApi]:
    """The server that the settings mean."""
    place = Place.of(settings)
    serving = None if is_elsewhere(settings) else place.serving()
    url = serving.api_url if serving else api_url(settings)
    api = PrefectApi(url, api_auth(settings), log=str(place.log("server")), patience=patience)
    try:
        yield api
    finally:
        api.close()
