"""So many pages at once on one machine, whoever reads them and however they end."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

from flows.slots import Slots
from tests.flows.serving import ROOT, until

HOLDER = """
import sys, time
from pathlib import Path
from flows.slots import Slots
with Slots(Path(sys.argv[1]), 1).one():
    print("held", flush=True)
    time.sleep(600)
"""


def test_two_places_are_had_at_once_and_a_third_waits(tmp_path: Path) -> None:
    slots, entered = Slots(tmp_path, 2), threading.Event()

    def enter() -> None:
        with slots.one():
            entered.set()

    third = threading.Thread(target=enter, daemon=True)
    with slots.one():
        with slots.one():
            third.start()
            assert not entered.wait(0.5)
        until(entered.is_set)
    third.join()


def test_the_place_of_a_killed_process_is_free_at_once(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    entered = threading.Event()

    def enter() -> None:
        with Slots(tmp_path, 1).one():
            entered.set()

    thread = threading.Thread(target=enter, daemon=True)
    thread.start()
    assert not entered.wait(0.5)
    process.kill()
    process.wait()
    process.stdout.close()
    until(entered.is_set)
    thread.join()
