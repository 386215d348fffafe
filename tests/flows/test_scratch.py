"""Temporary files go where they are found again when their process was killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from flows.scratch import sweep
from tests.flows.serving import ROOT

HOLDER = """
import sys, tempfile, time
from pathlib import Path
from flows.scratch import own_scratch
with own_scratch(Path(sys.argv[1])):
    print(tempfile.mkdtemp(), flush=True)
    time.sleep(600 if sys.argv[2] == "stay" else 0)
"""


def start(scratch: Path, what: str) -> tuple[subprocess.Popen[str], Path]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(scratch), what], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    if process.stdout:
        process.stdout.close()


def test_what_a_killed_process_left_is_cleared_away_and_what_is_in_use_is_not(tmp_path: Path) -> None:
    killed, left = start(tmp_path, "stay")
    living, used = start(tmp_path, "stay")
    other = tmp_path / "1-of-somebody-else"
    other.mkdir()
    assert sweep(tmp_path) == 0
    end(killed)
    assert sweep(tmp_path) == 1
    assert not left.parent.exists()
    assert used.is_dir()
    assert other.is_dir()
    end(living)


def test_a_process_that_ends_clears_away_itself(tmp_path: Path) -> None:
    process, _ = start(tmp_path, "go")
    process.wait()
    end(process)
    assert list(tmp_path.iterdir()) == []
