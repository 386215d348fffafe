"""Workers that ask one server for the same runs, each as a machine of its own would."""

from __future__ import annotations

import subprocess
import sys

import pytest

from flows.api import open_api
from flows.deployments import deployment_of
from flows.orders import BOOK, POOL
from flows.server import environment
from tests.flows.serving import ROOT, served, settings_in

pytestmark = [pytest.mark.prefect, pytest.mark.slow]

LANE = "race"  # which the worker of the served folder does not look at
MACHINES = """
import asyncio
import prefect.runner._starter_engine as starting
from flows.orders import BOOK, Lane
from flows.worker import LaneWorker

ended = asyncio.Event()

async def until_told(*, task_status, task_status_handler, **_):
    class Process:
        pid, returncode = 1, 0
    task_status.started(task_status_handler(Process))
    await ended.wait()
    return Process

starting.run_process = until_told

async def machines():
    async with LaneWorker(LANE, "một") as one, LaneWorker(LANE, "hai") as two:
        await one.sync_with_backend()
        await two.sync_with_backend()
        answering = asyncio.gather(one.answer(), two.answer())
        both = await asyncio.gather(one.get_and_submit_flow_runs(), two.get_and_submit_flow_runs())
        print(len({run.id for taken in both for run in taken}), "told to both", flush=True)
        while one.limiter.available_tokens or two.limiter.available_tokens or both_asked(one, two):
            await asyncio.sleep(0.05)
        print(await one.get_and_submit_flow_runs(), "while all places are taken", flush=True)
        ended.set()
        await asyncio.sleep(0)
        while one.limiter.borrowed_tokens or two.limiter.borrowed_tokens:
            await asyncio.sleep(0.05)
        answering.cancel()

def both_asked(*workers):
    return any(worker._submitting_flow_run_ids for worker in workers)

LANE = Lane("race", BOOK, 9, 1)
asyncio.run(asyncio.wait_for(machines(), 60))
"""


def test_a_machine_that_was_too_late_for_a_run_takes_the_next_one(tmp_path):
    settings = settings_in(tmp_path)
    with served(settings) as supervisor, open_api(settings) as api:
        api.call("POST", f"/work_pools/{POOL}/queues", {"name": LANE})
        path = f"/deployments/{deployment_of(api, BOOK)}/create_flow_run"
        asked = {"item_id": "a", "order": {"actor": "lan", "unit": "stp"}}
        for name in ("a", "b"):
            api.call("POST", path, {"name": name, "work_queue_name": LANE, "parameters": asked})
        told = environment(settings, supervisor.pid)
        done = subprocess.run(
            [sys.executable, "-c", MACHINES], env=told, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.stdout.splitlines() == ["1 told to both", "[] while all places are taken"], done.stderr
        found = {run["name"]: run["state_type"] for run in api.call("POST", "/flow_runs/filter", {})}
    assert found.keys() == {"a", "b"}
    assert "SCHEDULED" not in found.values()
