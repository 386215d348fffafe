"""What the worker's stem promises: processes of their own, their exit codes, and no survivors."""

from __future__ import annotations

import subprocess
import sys

import psutil
import pytest

from tests.flows.serving import ROOT, until

WORKER = """
import asyncio, os, sys, time
from flows.stem import Stem, StemDied, fork_stem

def flow():
    os.write(1, f"{{os.environ['WORD']}} {{os.getcwd()}} {{os.getpid()}}\\n".encode())  # whole, unlike print
    {flow}

class Status:
    def started(self, process):
        self.process = process

async def work(link):
    stem = await Stem.of(link)
    listening = asyncio.create_task(stem.listen())
    runs = [
        stem.run_process(
            command=[], task_status=Status(), task_status_handler=str, env={{"WORD": word}}, cwd="/"
        )
        for word in sys.argv[1:]
    ]
    running = asyncio.gather(*runs)
    await asyncio.wait([listening, running], return_when=asyncio.FIRST_COMPLETED)
    if listening.done():
        print(type(listening.exception()).__name__)
        running.cancel()
    else:
        print([process.returncode for process in running.result()], flush=True)
        listening.cancel()

asyncio.run(work(fork_stem(flow)))
"""


def over(process: psutil.Process) -> bool:
    """Ended, though nobody may have buried it: orphans come to whoever adopts them."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def worker(flow: str, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WORKER.format(flow=flow), *words], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize(
    ("flow", "codes"),
    [
        ("return", "[0, 0]"),
        ("sys.exit(3)", "[3, 3]"),
        ("os.kill(os.getpid(), 9)", "[-9, -9]"),
    ],
)
def test_each_order_is_a_process_with_an_environment_a_folder_and_an_end_of_its_own(flow, codes):
    with worker(flow, "một", "hai") as process:
        *said, ended = process.communicate(timeout=60)[0].splitlines()
    assert {tuple(line.split()[:2]) for line in said} == {("một", "/"), ("hai", "/")}
    assert len({line.split()[2] for line in said}) == 2
    assert ended == codes


def test_a_flow_can_be_told_to_stop_though_the_stem_cannot():
    with worker("os.kill(os.getppid(), 15); os.kill(os.getpid(), 15)", "một") as process:
        assert process.communicate(timeout=60)[0].splitlines()[-1] == "[-15]"


@pytest.mark.parametrize("killed", ["stem", "worker"])
def test_flows_die_with_the_stem_and_the_stem_with_the_worker(killed):
    with worker("time.sleep(600)", "một") as process:
        flow = psutil.Process(int(process.stdout.readline().split()[2]))
        stem = flow.parent()
        (stem if killed == "stem" else process).kill()
        rest = process.stdout.read().split()
        until(lambda: over(stem) and over(flow))
    assert rest == (["StemDied"] if killed == "stem" else [])
