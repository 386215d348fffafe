"""A served data folder: the supervisor in a process of its own, and what a test asks of it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import httpx
import psutil

from config.environment import child_environment
from config.settings import Settings, load_settings
from config.wiring import open_shelf
from domain.ids import ItemId
from domain.options import OcrOptions
from flows.api import open_api
from flows.batches import take_in
from flows.orders import run_lease
from flows.steps.claims import dead
from samples.ports import free_port as free_port
from tests.faults.scans import draw_page

ROOT = Path(__file__).parents[2]
UP = (
    "import sys; from config.settings import load_settings; from flows.supervisor import up; "
    "sys.exit(up(load_settings(), lambda reason: print(reason.code, flush=True)))"
)
PATIENCE = 120  # seconds until something that has to happen counts as not happening

Found = TypeVar("Found")


def settings_in(folder: Path) -> Settings:
    return load_settings(
        data_dir=folder,
        prefect_port=free_port(),
        health_port=free_port(),
        portal_port=free_port(),
        jobs=2,
        actor="lan",
        unit="stp",
    )


def begin(settings: Settings) -> subprocess.Popen[str]:
    """Start the supervisor with an environment that holds nothing but what a shell would give it."""
    told = child_environment(settings)
    clean = {
        name: told[name] for name in told if name in ("PATH", "HOME", "LANG") or name.startswith("TUSACH_")
    }
    return subprocess.Popen(
        [sys.executable, "-c", UP], env=clean, cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def await_line(process: subprocess.Popen[str], code: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == code:
            return
    raise AssertionError(f"ended with {process.wait()} before saying {code}")


@contextmanager
def served(settings: Settings) -> Iterator[subprocess.Popen[str]]:
    process = begin(settings)
    try:
        await_line(process, "runner.ready")
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if process.stdout:
            process.stdout.close()


def until(question: Callable[[], Found]) -> Found:
    """The first answer that is not empty."""
    deadline = time.monotonic() + PATIENCE
    while not (answer := question()):
        assert time.monotonic() < deadline, f"never happened: {question}"
        time.sleep(0.1)
    return answer


def receive(settings: Settings, folder: Path, *pages: int, options: OcrOptions | None = None) -> list[ItemId]:
    """Books of so many pages each, taken in and asked to be published."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for ordinal, count in enumerate(pages):
        images = [
            draw_page([f"{folder.name} {ordinal}: trang {number}"], size=(600, 200))
            for number in range(1, count + 1)
        ]
        path = folder / f"sách {ordinal}.tif"
        images[0].save(path, save_all=True, append_images=images[1:], dpi=(150, 150))
        paths.append(path)
    with open_shelf(settings) as shelf:
        told = settings.model_copy(update={"ocr": options or settings.ocr})
        report = take_in(shelf, told, paths, publish=True)
    return list(report.to_digitise)


def process_of(settings: Settings, run_id: str) -> psutil.Process | None:
    """The process that works on a flow run."""
    with open_shelf(settings) as shelf, shelf.catalog.view() as seen:
        held = [one.holder for one in seen.leases() if one.name == run_lease(run_id) and not dead(one.holder)]
    return psutil.Process(int(held[0].split("/")[2])) if held else None


def processes_of(settings: Settings) -> list[psutil.Process]:
    """All processes, other than this one, that were told of the data folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("TUSACH_DATA_DIR") == str(settings.data_dir):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def pages_read(settings: Settings, item_id: ItemId) -> list[int]:
    with open_shelf(settings) as shelf, shelf.catalog.view() as seen:
        return [page.number for page in seen.pages(item_id)]


def state_of(settings: Settings, item_id: ItemId) -> str:
    with open_shelf(settings) as shelf, shelf.catalog.view() as seen:
        return seen.item(item_id).state.value


def runs_of(settings: Settings, item_id: ItemId) -> dict[str, str]:
    """The runs of an item with the types of their states."""
    with open_shelf(settings) as shelf, shelf.catalog.view() as seen:
        accession = seen.item(item_id).accession
    with open_api(settings) as api:
        return {run.id: run.type for run in api.runs(tags=[accession])}


def ask(settings: Settings, path: str) -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{settings.health_port}{path}", timeout=30, trust_env=False)
