"""Keep a data folder's Prefect server and worker running: for ``tusach up``, or for one command."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType

import psutil

from config.settings import Settings
from config.wiring import open_shelf
from domain.errors import PortTaken, ServerNotReady, ShelfError, StoreFull
from domain.values import Reason
from flows.api import PrefectApi, api_auth, api_url, is_elsewhere
from flows.children import Child, kill, leftovers, orphans, reap
from flows.dead_runs import mark_dead_runs
from flows.deployments import is_registered, register
from flows.health import HealthServer, Standing
from flows.locks import held
from flows.place import Place, Serving
from flows.reconcile import reconcile, resume
from flows.scratch import sweep
from flows.server import environment, portal_command, server_command, worker_command
from flows.tether import adopt_orphans

Told = Callable[[Reason], None]

NEEDED = 500_000_000  # bytes free before anything is started
READY = 180.0  # seconds for a server to answer; 5 to 20 are usual, more for the first time of a folder
ROUND = 1.0  # seconds between looks at the children
RECONCILE = 10.0  # seconds between looks for dead runs, their orphans and what they left behind
DEEP = 30.0  # seconds between looks at what waits to begin, too
REST = 20  # times as long as such a look took, at least: it goes with all that waits
GRACE = 8.0  # seconds for a child to stop by itself


class Supervisor:
    """The server and the worker of one data folder: ``start``, ``tend`` again and again, ``stop``."""

    def __init__(self, settings: Settings, told: Told, *, takes_up: bool) -> None:
        """``takes_up``: what others left on its way too, rather than what is handed in meanwhile alone."""
        self._settings, self._told, self._takes_up = settings, told, takes_up
        self._place = Place.of(settings)
        told_them = environment(settings, os.getpid())
        self._server = (
            None
            if is_elsewhere(settings)
            else Child("server", server_command(settings, os.getpid()), told_them, self._place.log("server"))
        )
        self._worker = Child("worker", worker_command(os.getpid()), told_them, self._place.log("worker"))
        # Who serves one command, or works for a server elsewhere, has no readers.
        self._portal = (
            Child("portal", portal_command(os.getpid()), told_them, self._place.log("portal"))
            if takes_up and self._server is not None
            else None
        )
        self._api = PrefectApi(api_url(settings), api_auth(settings), log=str(self._place.log("server")))
        self._reconcile_at = self._deep_at = 0.0
        self._portal_missed = False

    @property
    def children(self) -> list[Child]:
        return [child for child in (self._portal, self._server, self._worker) if child is not None]

    def start(self, stopping: threading.Event) -> None:
        """Bring up portal, server and worker. Raises ServerNotReady; leaves early when ``stopping``."""
        adopt_orphans()
        if self._portal is not None:
            self._portal.start()  # reading needs no Prefect
        if self._server is not None:
            self._told(Reason("runner.starting_server", {"port": self._settings.prefect_port}))
            self._server.start()
        self._await_server(stopping)
        if stopping.is_set():
            return
        register(self._api)
        # Before the first worker nobody here can be starting a run; elsewhere other machines may.
        self._bury(starting=not is_elsewhere(self._settings))
        self._told(Reason("runner.starting_worker"))
        self._worker.start()

    def _await_server(self, stopping: threading.Event) -> None:
        began = time.monotonic()
        while not self._api.healthy():
            waited = time.monotonic() - began
            died = self._server is not None and not self._server.alive
            if died or waited > READY:
                raise ServerNotReady(seconds=round(waited), log=str(self._place.log("server")))
            if stopping.wait(0.25):
                return

    def tend(self) -> None:
        """One round: start again what died, clean up after dead flows.

        Raises ServerNotReady where a child dies again and again.
        """
        for child in self.children:
            if child.hopeless:
                if child is not self._portal:
                    raise ServerNotReady(seconds=0, log=str(child.log))
                self._do_without_portal(child)
            elif child.restart_due():
                self._told(Reason("runner.restarting", {"process": child.name, "log": str(child.log)}))
                child.start()
        if time.monotonic() >= self._reconcile_at:
            self._reconcile_at = time.monotonic() + RECONCILE
            for child in self.children:
                child.put_log_aside()
            kill(orphans(os.getpid()))
            reap({child.started for child in self.children if child.started})
            sweep(self._place.scratch)
            if self._takes_up:
                self._reconcile()
            else:
                self._bury()

    def _do_without_portal(self, portal: Child) -> None:
        """The books are read all the same; the health page goes on telling that it is down."""
        if not self._portal_missed:
            self._portal_missed = True
            self._told(Reason("runner.no_portal", {"log": str(portal.log)}))

    def _bury(self, *, starting: bool = False) -> None:
        with self._bearing(), open_shelf(self._settings) as shelf:
            mark_dead_runs(self._api, shelf, starting=starting)

    def _reconcile(self) -> None:
        deep = time.monotonic() >= self._deep_at
        with self._bearing(), open_shelf(self._settings) as shelf:
            began = time.monotonic()
            done = reconcile(self._settings, shelf, self._api, deep=deep)
            if deep:
                now = time.monotonic()
                self._deep_at = now + max(DEEP, REST * (now - began))
            if done.away:
                self._told(Reason("runner.not_reconciled", {"detail": done.away}))
            if done.taken_up or done.given_up:
                self._told(
                    Reason("runner.reconciled", {"items": done.taken_up, "quarantined": done.given_up})
                )

    @contextmanager
    def _bearing(self) -> Iterator[None]:
        """The server is starting anew, or the catalogue busy: the next round sees."""
        try:
            yield
        except ShelfError as error:
            self._told(Reason("runner.not_reconciled", {"detail": str(error)}))

    def resume(self) -> None:
        """Hand in again what was left on its way."""
        with self._bearing(), open_shelf(self._settings) as shelf:
            items = resume(self._settings, shelf, self._api)
            if items:
                self._told(Reason("runner.resuming", {"items": items}))

    def stop(self) -> None:
        """The worker first: a flow that ends tells the server how. Leaves no process behind."""
        self._told(Reason("runner.stopping"))
        self._worker.stop(GRACE)
        for child in (self._server, self._portal):
            if child is not None:
                child.stop(GRACE)
        kill([one for one in leftovers(self._settings.data_dir) if one.pid != os.getpid()])
        self._api.close()

    def standing(self) -> Standing:
        """What the health page tells of the processes."""
        return Standing(
            alive={child.name: child.alive for child in self.children},
            restarts={child.name: child.restarts for child in self.children},
            server_answers=self._api.healthy(),
        )


def portal_address(settings: Settings) -> str:
    """Where readers of this machine, or all of them, find the pages."""
    return settings.portal_url or f"http://127.0.0.1:{settings.portal_port}"


def _check(settings: Settings, *, health: bool) -> None:
    """What would go wrong later is told now. Raises StoreFull, PortTaken."""
    free = shutil.disk_usage(settings.data_dir).free
    if free < NEEDED:
        raise StoreFull(path=str(settings.data_dir), free=free, needed=NEEDED)
    ports = [] if is_elsewhere(settings) else [(settings.prefect_port, "TUSACH_PREFECT_PORT")]
    if health:
        ports.append((settings.health_port, "TUSACH_HEALTH_PORT"))
    if health and not is_elsewhere(settings):
        ports.append((settings.portal_port, "TUSACH_PORTAL_PORT"))
    for port, setting in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                raise PortTaken(port=port, setting=setting) from error


def up(settings: Settings, told: Told) -> int:
    """Serve this data folder until Ctrl-C or SIGTERM; 0 then. What was left on its way goes on.

    Raises AlreadyRunning, PortTaken, StoreFull before anything is started, and ServerNotReady.
    """
    place = Place.of(settings)
    place.prepare()
    stopping = threading.Event()
    with ExitStack() as stack:
        if not stack.enter_context(held(place.lock)):
            raise place.already()
        _clean(place)
        _check(settings, health=True)
        stack.enter_context(_signals(stopping))
        supervisor = Supervisor(settings, told, takes_up=True)
        stack.callback(supervisor.stop)
        health_url = f"http://127.0.0.1:{settings.health_port}"
        stack.enter_context(_announced(place, settings, health_url))
        stack.enter_context(HealthServer(settings, supervisor.standing))
        supervisor.start(stopping)
        if not stopping.is_set():
            supervisor.resume()
            told(Reason("runner.ready", {"api": api_url(settings), "health": f"{health_url}/health"}))
            if not is_elsewhere(settings):
                told(Reason("runner.portal", {"url": portal_address(settings)}))
        while not stopping.wait(ROUND):
            supervisor.tend()
    told(Reason("runner.stopped"))
    return 0


@contextmanager
def running(settings: Settings, told: Told) -> Iterator[None]:
    """The folder's server while the block runs: the one that is there, or one started for this command.

    One that was started is stopped at the end, when no other command leans on it any more.
    """
    if is_elsewhere(settings):
        yield
        return
    place = Place.of(settings)
    place.prepare()
    deadline = time.monotonic() + READY
    while True:
        with held(place.lock) as ours:
            if ours:
                with _own(settings, place, told):
                    yield
                return
        with held(place.users, shared=True) as joined:
            if joined and _join(settings, place, told, deadline):
                yield
                return
        if time.monotonic() > deadline:
            raise ServerNotReady(seconds=round(READY), log=str(place.log("server")))
        time.sleep(0.2)  # its owner is stopping it; then ours is the next try


def _join(settings: Settings, place: Place, told: Told, deadline: float) -> bool:
    """Wait until the server that another process supervises answers; False where that process is gone."""
    told(Reason("runner.joining"))
    while (serving := place.serving()) is not None:
        api = PrefectApi(serving.api_url, api_auth(settings), log=str(place.log("server")))
        try:
            if api.healthy() and is_registered(api):
                return True
        finally:
            api.close()
        if time.monotonic() > deadline:
            raise ServerNotReady(seconds=round(READY), log=str(place.log("server")))
        time.sleep(0.25)
    return False


@contextmanager
def _own(settings: Settings, place: Place, told: Told) -> Iterator[None]:
    _clean(place)
    _check(settings, health=False)
    stopping = threading.Event()
    supervisor = Supervisor(settings, told, takes_up=False)
    with _terminable():
        try:
            with _announced(place, settings, None):
                supervisor.start(stopping)
                tending = threading.Thread(target=_tend, args=(supervisor, stopping), daemon=True)
                tending.start()
                try:
                    yield
                    _await_users(place, told)
                finally:
                    stopping.set()
                    tending.join()
        finally:
            with _unhurried():
                supervisor.stop()


def _tend(supervisor: Supervisor, stopping: threading.Event) -> None:
    while not stopping.wait(ROUND):
        try:
            supervisor.tend()
        except ServerNotReady:
            return  # whoever waits for a run finds the server silent and says so


def _await_users(place: Place, told: Told) -> None:
    waiting = False
    while True:
        with held(place.users) as alone:
            if alone:
                return
        if not waiting:
            told(Reason("runner.waiting_for_others"))
            waiting = True
        time.sleep(0.5)


@contextmanager
def _announced(place: Place, settings: Settings, health_url: str | None) -> Iterator[None]:
    place.tell(Serving(os.getpid(), psutil.Process().create_time(), api_url(settings), health_url))
    try:
        yield
    finally:
        place.forget()


def _clean(place: Place) -> None:
    """Away with what a killed supervisor left: processes, temporary files."""
    kill([one for one in leftovers(place.data_dir) if one.pid != os.getpid()])
    shutil.rmtree(place.scratch, ignore_errors=True)
    place.prepare()


@contextmanager
def _signals(stopping: threading.Event) -> Iterator[None]:
    """Ctrl-C, SIGTERM and a closed terminal ask for an orderly end; asking again does not hurry it."""

    def ask(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    with _handled((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), ask):
        yield


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM ends the command as Ctrl-C does, so that its server is stopped."""

    def leave(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    with _handled((signal.SIGTERM, signal.SIGHUP), leave):
        yield


@contextmanager
def _unhurried() -> Iterator[None]:
    def ignore(_number: int, _frame: FrameType | None) -> None:
        """Stopping takes its few bounded seconds."""

    with _handled((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), ignore):
        yield


@contextmanager
def _handled(
    numbers: tuple[signal.Signals, ...], handler: Callable[[int, FrameType | None], None]
) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may; its signals stay as they are
        return
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, was in before.items():
            signal.signal(number, was)
