"""``python -m cli``: the same as ``tusach``, where its script is not on PATH."""

from cli.main import run

run()
