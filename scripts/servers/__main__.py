"""The command line of scripts/services."""

from __future__ import annotations

import argparse
import sys

from common import Failed, NotHere, alone, say
from search_server import SearchServer

ALL = {server.name: server for server in (SearchServer(),)}


def main() -> int:
    arguments = _parser().parse_args()
    chosen = [ALL[name] for name in arguments.server or ALL]
    try:
        with alone():
            for server in chosen:
                if arguments.command == "install":
                    server.install()
                elif arguments.command == "start":
                    server.start(port=arguments.port, heap_mb=arguments.heap)
                elif arguments.command == "stop":
                    server.stop()
        if arguments.command in ("install", "stop"):
            return 0
        return _tell(chosen)
    except NotHere as reason:
        say(str(reason))
        return 4
    except Failed as reason:
        say(f"scripts/services: {reason}")
        return 1


def _tell(servers: list[SearchServer]) -> int:
    """The settings of those that run, as a shell reads them; 3 where one does not run."""
    stopped = [server for server in servers if not server.running()]
    for server in servers:
        if server not in stopped:
            sys.stdout.writelines(f"export {name}={value}\n" for name, value in server.settings().items())
    for server in stopped:
        say(f"{server.name}: not running")
    return 3 if stopped else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("scripts/services", description="Real servers for the tests.")
    parser.add_argument("command", choices=["install", "start", "stop", "status"])
    parser.add_argument("server", nargs="*", choices=[*ALL, []], help="all where none is named")
    parser.add_argument("--port", type=int, default=0, help="to listen on; a free one where none is given")
    parser.add_argument("--heap", type=int, default=512, metavar="MB")
    return parser


if __name__ == "__main__":
    sys.exit(main())
