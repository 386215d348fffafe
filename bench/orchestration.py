"""What Prefect costs, and what the commands cost that do not need it.

The same batch twice: in one process that calls the steps, and through ``tusach add`` against a running
``tusach up``. What the second takes beyond the first is Prefect's: the client, the flow processes, the
worker, the supervisor, and the server until it is idle again, each process's own CPU only, so tesseract
(a child) never counts. What those would have spent idling meanwhile is taken off and told.

    python -m bench.orchestration [--pages 200] [--leaflets 100]
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.measure import BIN, SINGLE, Check, free_port, run, show, stop, tusach, verdict, workplace
from bench.watch import Watch, watching
from config.settings import load_settings
from flows.api import open_api
from samples.books import make_book

BOOK_CPU_S = 5.0
BOOK_SHARE = 0.02  # of all that an ordinary book takes
BOOK_TASKS = 30
LEAFLETS_TO_OCR = 0.25
HELP_TO_IMPORT = 0.35
COMMAND_TO_IMPORT = 0.6
ROUNDS = 7
RESIDENT = ("server", "worker", "supervisor")
SPAN_S = 20.0  # over which idling is measured
SPANS = 15  # looks for rest before giving up
IDLE_MARGIN = 0.02  # of a processor above idling that still counts as idle
READY_S = 240.0


@dataclass(frozen=True, slots=True)
class Way:
    """What one batch took, in CPU seconds."""

    client: float
    flows: float
    flow_processes: int
    resident: Mapping[str, float]  # by role, idling included
    idling: float  # what the resident ones would have spent anyway
    wall_s: float
    tasks: int
    bare: float  # the same steps without Prefect
    ocr: float  # tesseract in the bare run

    @property
    def prefect(self) -> float:
        return self.client + self.flows + sum(self.resident.values()) - self.idling - self.bare


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.orchestration")
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--leaflets", type=int, default=100)
    chosen = parser.parse_args()
    with workplace("orchestration") as folder:
        batches = {"book": folder / "book", "leaflets": folder / "leaflets"}
        for batch in batches.values():
            batch.mkdir()
        make_book(batches["book"] / "book.pdf", chosen.pages, "book")
        for number in range(chosen.leaflets):
            make_book(batches["leaflets"] / f"leaflet-{number:03}.pdf", 2, f"leaflet {number}")
        env = _environment(folder / "data")
        bare = {name: _bare(batch, folder / f"bare-{name}") for name, batch in batches.items()}
        with _up(env) as watch:
            ways = {name: _way(watch, env, batch, bare[name]) for name, batch in batches.items()}
        commands = _commands(env)
    _tell(ways, commands)
    checks = [
        Check(f"Prefect, a book of {chosen.pages} pages", ways["book"].prefect, BOOK_CPU_S, "CPU s"),
        Check(
            "the same, to all that the book takes without Prefect",
            ways["book"].prefect / (ways["book"].bare + ways["book"].ocr),
            BOOK_SHARE,
        ),
        Check("its task runs", ways["book"].tasks, BOOK_TASKS),
        Check(
            f"Prefect, {chosen.leaflets} leaflets, to their OCR",
            ways["leaflets"].prefect / ways["leaflets"].ocr,
            LEAFLETS_TO_OCR,
        ),
    ]
    for name, command in commands.items():
        limit = HELP_TO_IMPORT if name == "--help" else COMMAND_TO_IMPORT
        if name != "import prefect":
            checks.append(
                Check(f"tusach {name} to import prefect", command / commands["import prefect"], limit)
            )
    verdict(checks)


def _environment(data: Path) -> dict[str, str]:
    return {
        "TUSACH_DATA_DIR": str(data),
        "TUSACH_PREFECT_PORT": str(free_port()),
        "TUSACH_HEALTH_PORT": str(free_port()),
        "TUSACH_PORTAL_PORT": str(free_port()),
    }


def _bare(batch: Path, data: Path) -> Mapping[str, float]:
    cost = run([sys.executable, "-m", "bench.bare", batch], env={"TUSACH_DATA_DIR": str(data)})
    said: Mapping[str, float] = json.loads(cost.out.splitlines()[-1])
    if said["published"] != said["items"]:
        stop(f"{said['published']} of {said['items']} items were published without Prefect")
    return said


@contextmanager
def _up(env: Mapping[str, str]) -> Iterator[Watch]:
    """A running shelf, idle; stopped at the end."""
    log = Path(env["TUSACH_DATA_DIR"]).with_suffix(".log")
    with log.open("wb") as out:
        command = [str(part) for part in tusach("up")]
        server = subprocess.Popen(command, stdout=out, stderr=out, env={**os.environ, **SINGLE, **env})
    try:
        with watching(server.pid) as watch:
            _await_ready(server, f"http://127.0.0.1:{env['TUSACH_HEALTH_PORT']}/health", log)
            yield watch
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)


def _await_ready(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.5)
    stop(f"tusach up was not ready:\n{log.read_text(errors='replace')[-2000:]}")


def _way(watch: Watch, env: Mapping[str, str], batch: Path, bare: Mapping[str, float]) -> Way:
    idle_rate = _idle_rate(watch)
    before = {role: watch.own(role) for role in (*RESIDENT, "flow", "other")}
    processes, tasks, began = watch.count("flow"), _task_runs(env), time.monotonic()
    client = run(tusach("add", batch, "--publish", "--json"), env=env)
    quiet = _await_idle(watch, idle_rate)
    wall = time.monotonic() - began - quiet
    spent = {role: watch.own(role) - was for role, was in before.items()}
    return Way(
        client=client.cpu_s,
        flows=spent["flow"] + spent["other"],
        flow_processes=watch.count("flow") - processes,
        resident={role: spent[role] for role in RESIDENT},
        idling=idle_rate * (wall + quiet),
        wall_s=wall,
        tasks=_task_runs(env) - tasks,
        bare=bare["own"],
        ocr=bare["ocr"],
    )


def _idle_rate(watch: Watch) -> float:
    """Processors that the resident ones use at rest: two spans in a row have to agree."""
    last = _rate(watch)
    for _ in range(SPANS):
        rate = _rate(watch)
        if abs(rate - last) <= IDLE_MARGIN:
            return min(rate, last)
        last = rate
    return stop("the server does not come to rest before the batch")


def _await_idle(watch: Watch, idle_rate: float) -> float:
    """The seconds it took until the resident ones used no more than at rest."""
    began = time.monotonic()
    for _ in range(SPANS):
        if _rate(watch) <= idle_rate + IDLE_MARGIN:
            return time.monotonic() - began
    return stop("the server does not come to rest after the batch")


def _rate(watch: Watch) -> float:
    began, was = time.monotonic(), sum(watch.own(role) for role in RESIDENT)
    time.sleep(SPAN_S)
    return (sum(watch.own(role) for role in RESIDENT) - was) / (time.monotonic() - began)


def _task_runs(env: Mapping[str, str]) -> int:
    settings = load_settings(
        data_dir=env["TUSACH_DATA_DIR"],
        prefect_port=env["TUSACH_PREFECT_PORT"],
        health_port=env["TUSACH_HEALTH_PORT"],
    )
    with open_api(settings) as api:
        return int(api.call("POST", "/task_runs/count", {}))


def _commands(env: Mapping[str, str]) -> dict[str, float]:
    """The least CPU of several rounds of each command, in turn; none of them may import Prefect."""
    listed = json.loads(run(tusach("list", "--json"), env=env).out)
    accession = (listed if isinstance(listed, list) else listed["items"])[0]["accession"]
    commands: dict[str, list[str | Path]] = {
        "import prefect": [BIN / "python", "-c", "import prefect"],
        "--help": tusach("--help"),
        "status": tusach("status"),
        "list": tusach("list"),
        "show": tusach("show", accession),
        "search": tusach("search", "hòa giải"),
    }
    for name, command in commands.items():
        if name != "import prefect":
            _without_prefect(name, command, env)
    rounds = [
        {name: run(command, env=env).cpu_s for name, command in commands.items()} for _ in range(ROUNDS)
    ]
    return {name: min(costs[name] for costs in rounds) for name in commands}


def _without_prefect(name: str, command: list[str | Path], env: Mapping[str, str]) -> None:
    told = subprocess.run(
        [str(part) for part in command],
        env={**os.environ, **env, "PYTHONPROFILEIMPORTTIME": "1"},
        capture_output=True,
        check=True,
    )
    imported = {line.rpartition(b"|")[2].strip().split(b".")[0] for line in told.stderr.splitlines()}
    if b"cli" not in imported:
        stop(f"tusach {name} does not say what it imports")
    if b"prefect" in imported:
        stop(f"tusach {name} imports prefect")


def _tell(ways: Mapping[str, Way], commands: Mapping[str, float]) -> None:
    told = [
        {
            "client (tusach add)": f"{way.client:.2f}",
            "flow processes, without tesseract": f"{way.flows:.2f} ({way.flow_processes})",
            **{role: f"{spent:.2f}" for role, spent in way.resident.items()},
            "- idling meanwhile": f"{way.idling:.2f}",
            "- the same steps without Prefect": f"{way.bare:.2f}",
            "= Prefect": f"{way.prefect:.2f}",
            "tesseract": f"{way.ocr:.1f}",
            "Prefect to tesseract": f"{way.prefect / way.ocr:.3f}",
            "task runs": str(way.tasks),
            "wall s": f"{way.wall_s:.0f}",
        }
        for way in ways.values()
    ]
    show("CPU s", ("", *ways), [(name, *(column[name] for column in told)) for name in told[0]])
    show(
        f"commands, least CPU s of {ROUNDS} rounds",
        ("", "CPU s", "to import prefect"),
        [(name, f"{cpu:.3f}", f"{cpu / commands['import prefect']:.2f}") for name, cpu in commands.items()],
    )


if __name__ == "__main__":
    main()
