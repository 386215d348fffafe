"""What a supervisor adopts it buries, and nothing that others ask about."""

from __future__ import annotations

import subprocess
import sys

from tests.flows.serving import ROOT

ADOPTING = """
import subprocess, sys, time
import psutil
from flows.children import reap
from flows.tether import adopt_orphans

adopt_orphans()
known = subprocess.Popen(["true"], start_new_session=True)
ours = subprocess.Popen(["false"])
# A child that leaves a grandchild behind and is asked how it ended.
subprocess.run(["sh", "-c", "sleep 0.2 &"], check=True, start_new_session=True)
zombies = []
while len(zombies) < 3:
    zombies = [one for one in psutil.Process().children() if one.status() == psutil.STATUS_ZOMBIE]
    time.sleep(0.05)
print(reap({known.pid}), known.wait(), ours.wait(), len(psutil.Process().children()))
"""


def test_what_was_adopted_and_ended_is_buried_and_a_known_child_is_left_to_who_asks():
    said = subprocess.run(
        [sys.executable, "-c", ADOPTING], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert said.stdout.split() == ["1", "0", "1", "0"]
