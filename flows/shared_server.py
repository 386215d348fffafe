"""The Prefect server of a large shelf: workers on any machine, PostgreSQL, a password out of the settings."""

from __future__ import annotations

import argparse
import os
import sys

from config.messages import choose_lang, explain
from config.settings import load_settings
from domain.errors import ShelfError
from flows.place import Place
from flows.server import shared_environment


def main() -> None:
    """Become ``flows.api_server`` with what a shared server has to be told."""
    options = argparse.ArgumentParser(prog="python -m flows.shared_server")
    options.add_argument("--host", default="127.0.0.1", help="address to listen on")
    options.add_argument("--port", type=int, default=4200)
    asked = options.parse_args()
    try:
        settings = load_settings()
        told = shared_environment(settings)
    except ShelfError as error:
        sys.exit(explain(error.reason, choose_lang(None)))
    Place.of(settings).prepare()
    command = [sys.executable, "-m", "flows.api_server", str(asked.port), "--host", asked.host]
    os.execve(sys.executable, command, told)  # noqa: S606 (in its place, so that signals reach the server)


if __name__ == "__main__":
    main()
