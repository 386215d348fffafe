"""The browser libraries are what their makers published."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_library_is_as_the_lock_says():
    subprocess.run([sys.executable, "scripts/assets", "--check"], cwd=ROOT, check=True)
