"""Twenty readers on a shelf of 100,000 pages while books are read beside them, and what memory grows to."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import httpx
import psutil

from bench.measure import Check, free_port, show, tusach, workplace
from bench.search_speed import Text
from bench.web import large_shelf
from bench.web.large_shelf import Readable
from config.settings import load_settings
from samples.batch import make_batch
from samples.serving import Server

READERS = 20
CLICK_S = 3.0  # between a reader's clicks, on average
PROMISED_MS = 100.0
SYLLABLES = 4  # of a question
LOOKS = 10  # at the memory, while requests go on
GROWN_MB = 10.0  # from half of the requests to their end; what a server remembers is full by then
LOWEST = ["nice", "-n", "19"]
SEARCH, READER = "search", "reader"

Times = dict[str, list[float]]  # kind of page -> ms


def measure(data: Path, *, pages: int, minutes: float, requests: int) -> list[Check]:
    text = Text.of(data)
    with workplace("web-load") as folder:
        settings = load_settings(
            data_dir=folder / "data", actor="bench", unit="bench", portal_port=free_port()
        )
        readable = large_shelf.make(settings, text, pages)
        questions = text.asked(SYLLABLES, random.Random(1))
        make_batch(folder / "in", "1")
        with Server(settings) as portal:
            asyncio.run(_reading(portal, readable, questions, until=time.monotonic() + 20))  # warms up
            with _books_being_read(folder):
                times = asyncio.run(
                    _reading(portal, readable, questions, until=time.monotonic() + 60 * minutes)
                )
            show(
                f"{READERS} readers, a click every {CLICK_S:.0f} s, {pages:,} pages, books read beside them",
                ["page", "requests", "median ms", "p95 ms", "most ms"],
                [
                    [kind, f"{len(told):,}", *(f"{_part(told, part):.0f}" for part in (0.5, 0.95, 1.0))]
                    for kind, told in times.items()
                ],
            )
            resident = asyncio.run(_many(portal, readable, questions, requests))
    show(
        "Memory",
        ["requests", "MB"],
        [[f"{at:,}", f"{held:.0f}"] for at, held in resident.items()],
    )
    checks = [Check(f"{kind}: p95", _part(told, 0.95), PROMISED_MS, "ms") for kind, told in times.items()]
    later = [held for at, held in resident.items() if at >= requests // 2]
    return [*checks, Check("memory grows by", max(later) - later[0], GROWN_MB, "MB")]


@contextmanager
def _books_being_read(folder: Path) -> Iterator[None]:
    """One book after the other, by the same program at the lowest priority, until the block ends."""
    book = sorted((folder / "in" / "batch").glob("*.pdf"))[0]
    again = (
        "import subprocess, sys\nwhile True: subprocess.run(sys.argv[1:], check=False, capture_output=True)"
    )
    command = [
        *LOWEST,
        sys.executable,
        "-c",
        again,
        *map(str, tusach("digitise", book, "--out", folder / "out")),
    ]
    process = psutil.Process(subprocess.Popen(command).pid)
    try:
        yield
    finally:
        for one in [process, *process.children(recursive=True)]:
            one.kill()
        process.wait(60)


async def _reading(portal: Server, readable: list[Readable], questions: list[str], *, until: float) -> Times:
    times: Times = defaultdict(list)
    async with httpx.AsyncClient(base_url=portal.base, trust_env=False, timeout=60) as client:
        await asyncio.gather(
            *(_reader(client, random.Random(at), readable, questions, times, until) for at in range(READERS))
        )
    return times


async def _reader(
    client: httpx.AsyncClient,
    rng: random.Random,
    readable: list[Readable],
    questions: list[str],
    times: Times,
    until: float,
) -> None:
    """Searches, opens a page of it with its picture, and turns a few."""
    while True:
        await asyncio.sleep(rng.expovariate(1 / CLICK_S))
        if time.monotonic() > until:
            return
        kind, path, picture = _click(rng, readable, questions)
        began = time.perf_counter()
        answer = await client.get(path)
        times[kind].append(1000 * (time.perf_counter() - began))
        answer.raise_for_status()
        if picture is not None:
            (await client.get(picture)).raise_for_status()


def _click(rng: random.Random, readable: list[Readable], questions: list[str]) -> tuple[str, str, str | None]:
    """What kind of page, its address, and that of its picture."""
    question = urlencode({"q": rng.choice(questions)})
    if rng.random() < 1 / 3:
        return SEARCH, f"/tim?{question}", None
    book = rng.choice(readable)
    number = rng.randint(1, book.pages)
    at = f"/sach/{book.accession}"
    return READER, f"{at}/trang/{number}?{question}", f"{at}/anh/{number}?rong=660"


async def _many(
    portal: Server, readable: list[Readable], questions: list[str], requests: int
) -> dict[int, float]:
    """Resident MB of the portal after so many requests, sent as fast as it answers them."""
    rng = random.Random(2)
    left = iter(range(1, requests + 1))
    told: dict[int, float] = {}

    async def asking(client: httpx.AsyncClient) -> None:
        for at in left:
            (await client.get(_click(rng, readable, questions)[1])).raise_for_status()
            if at % (requests // LOOKS) == 0:
                told[at] = _resident(portal.pid)

    async with httpx.AsyncClient(base_url=portal.base, trust_env=False, timeout=120) as client:
        await asyncio.gather(*(asking(client) for _ in range(READERS)))
    return dict(sorted(told.items()))


def _resident(pid: int) -> float:
    return float(psutil.Process(pid).memory_info().rss) / 1e6


def _part(figures: list[float], part: float) -> float:
    ordered = sorted(figures)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else float("inf")
