"""An audit in a process of its own, for whoever cannot wait for it: ``python -m flows.auditing``.

It reads every byte of the shelf, which takes hours on a large one. How far it is stands in its lease, so
that every machine sees it, and so does that there is only one. It outlives who started it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
import time

from config.environment import child_environment
from config.settings import Settings, load_settings
from config.wiring import open_shelf
from domain.errors import AuditUnderWay, ShelfError
from domain.ports import Shelf
from domain.values import Actor
from flows.place import Place
from flows.steps.audit import audit
from flows.steps.audit_log import note_audit, note_failure, note_repair
from flows.steps.audit_turn import AUDIT, audit_turn, audit_under_way
from flows.steps.index_check import repair as put_index_right
from flows.steps.index_check import verify
from flows.steps.repair import repair
from flows.tether import MARK, name_process

BEGIN = 10.0  # seconds for the process to take its lease; usually two
NICE = 10  # readers and reading come first


def start_audit(settings: Settings, shelf: Shelf, by: Actor, *, mend: bool) -> None:
    """Have the shelf audited, and put right what can be where ``mend``; returns once it has begun.

    Raises AuditUnderWay where somebody is at it already.
    """
    if audit_under_way(shelf) is not None:
        raise AuditUnderWay
    place = Place.of(settings)
    place.logs.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "flows.auditing", "--name", by.name, "--unit", by.unit]
    with place.log(AUDIT).open("ab") as log:
        process = subprocess.Popen(
            [*command, "--mend"] if mend else command,
            # Marked, so that whoever supervises this folder ends it when all has to stop.
            env=child_environment(settings) | {MARK: str(os.getpid())},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    threading.Thread(target=process.wait, name="audit", daemon=True).start()  # buries it
    deadline = time.monotonic() + BEGIN
    while process.poll() is None and time.monotonic() < deadline and audit_under_way(shelf) is None:
        time.sleep(0.1)


def run_audit(shelf: Shelf, by: Actor, *, mend: bool) -> None:
    """The audit itself, noted at its end. Raises AuditUnderWay; what else goes wrong is noted and raised."""
    with audit_turn(shelf) as told:
        try:
            audited = audit(shelf, told)
            checked = verify(shelf)
            note_audit(shelf, audited, len(checked.differences), by)
            if mend:
                note_repair(shelf, repair(shelf, audited, by), by)
                put_index_right(shelf, by)
        except ShelfError as error:
            note_failure(shelf, error, by)
            raise


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m flows.auditing")
    options.add_argument("--name", required=True, help="who asks for it")
    options.add_argument("--unit", required=True)
    options.add_argument("--mend", action="store_true", help="put right what can be")
    asked = options.parse_args()
    name_process("tusach-audit")
    os.nice(NICE)
    settings = load_settings()
    with open_shelf(settings) as shelf:
        try:
            run_audit(shelf, Actor(asked.name, asked.unit), mend=asked.mend)
        except AuditUnderWay:
            sys.exit(1)  # somebody was quicker


if __name__ == "__main__":
    main()
