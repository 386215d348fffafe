"""The parts of an installation and how they are: the store, the index, Prefect, whoever supervises here."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from config.settings import Settings
from domain.errors import ServerNotReady
from domain.ports import Shelf
from flows.api import api_url, open_api
from flows.examine import Finding, examine
from flows.place import Place
from flows.runs import LaneCount, Phase, Run, WorkerSeen, find_runs, lanes, workers
from flows.steps.answering import index_trouble, store_trouble
from portal.operate.asking import PATIENCE, Answer, Question, deadline
from portal.operate.tallies import Tallies

RUNNING = 100  # runs that are told of at once
_EXAMINED = 30.0  # seconds for which findings about the machine are told again: they start programs


@dataclass(frozen=True, slots=True)
class Runner:
    """What Prefect tells."""

    lanes: Sequence[LaneCount]
    workers: Sequence[WorkerSeen]
    running: Sequence[Run]


@dataclass(frozen=True, slots=True)
class ProcessSeen:
    name: str
    alive: bool
    restarts: int


@dataclass(frozen=True, slots=True)
class Parts:
    """How each answered, all asked at once."""

    store: Answer[str]  # what is wrong; "" where it is well
    index: Answer[str]
    runner: Answer[Runner]
    processes: Answer[Sequence[ProcessSeen]]  # of this machine
    free_bytes: int  # of the data folder


class Watch:
    """One for each portal process; its questions are shared by all who look."""

    def __init__(self, settings: Settings, shelf: Shelf) -> None:
        self._settings = settings
        self.tallies = Tallies(shelf)
        self._store = Question("store", lambda: store_trouble(shelf))
        self._index = Question("index", lambda: index_trouble(shelf))
        self._runner = Question("runner", self._ask_runner)
        self._processes = Question("processes", self._ask_supervisor)
        self._examined = Question("machine", lambda: [*examine(settings)], fresh=_EXAMINED)

    def parts(self) -> Parts:
        """At most PATIENCE seconds."""
        until = deadline()
        for question in (self._store, self._index, self._runner, self._processes):
            question.begin()
        return Parts(
            store=self._store.answer(until),
            index=self._index.answer(until),
            runner=self._runner.answer(until),
            processes=self._processes.answer(until),
            free_bytes=shutil.disk_usage(self._settings.data_dir).free,
        )

    def runner(self) -> Answer[Runner]:
        return self._runner.answer(deadline())

    def findings(self) -> Answer[list[Finding]]:
        return self._examined.answer(deadline())

    def _ask_runner(self) -> Runner:
        with open_api(self._settings, patience=PATIENCE) as api:
            return Runner(lanes(api), workers(api), find_runs(api, Phase.RUNNING, None, limit=RUNNING))

    def _ask_supervisor(self) -> Sequence[ProcessSeen]:
        """The health page of this machine's supervisor; nothing where there is none."""
        serving = Place.of(self._settings).serving()
        if serving is None or serving.health_url is None:
            return ()
        import httpx  # heavy, and only wanted by operators

        try:
            with httpx.Client(timeout=PATIENCE, trust_env=False) as client:
                told = client.get(f"{serving.health_url}/health").json()
        except (httpx.HTTPError, ValueError) as error:
            raise ServerNotReady(seconds=PATIENCE, log=str(error)[:200]) from error
        return _processes(told.get("processes", {}))


def runner_address(settings: Settings) -> str:
    """Where Prefect's API is, as this process reaches it."""
    serving = Place.of(settings).serving()
    return serving.api_url if serving else api_url(settings)


def _processes(told: Mapping[str, Mapping[str, int]]) -> Sequence[ProcessSeen]:
    return [ProcessSeen(name, bool(one["alive"]), int(one["restarts"])) for name, one in told.items()]
