"""The command line of scripts/services."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from common import Failed, NotHere, alone, say
from database_server import DatabaseServer
from object_server import ObjectServer
from processes import Server
from search_server import SearchServer


def main() -> int:
    arguments = _parser().parse_args()
    servers: dict[str, Server] = {
        server.name: server for server in (DatabaseServer(), ObjectServer(), SearchServer(arguments.heap))
    }
    chosen = [servers[name] for name in arguments.server or servers]
    if arguments.port and len(chosen) > 1:
        say("scripts/services: --port goes with one server")
        return 2
    lacking: list[Server] = []
    try:
        with alone():
            for server in chosen:
                try:
                    if arguments.command == "install":
                        server.install()
                    elif arguments.command == "start":
                        server.start(port=arguments.port)
                    elif arguments.command == "kill":
                        server.kill()
                    elif arguments.command == "restart":
                        server.restart()
                    elif arguments.command == "stop":
                        server.stop()
                except NotHere as reason:  # the others are none the worse for it
                    say(str(reason))
                    lacking.append(server)
        here = [server for server in chosen if server not in lacking]
        told = 0 if arguments.command in ("install", "kill", "stop") else _tell(here)
    except Failed as reason:
        say(f"scripts/services: {reason}")
        return 1
    return told or (4 if lacking else 0)


def _tell(servers: Sequence[Server]) -> int:
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
    parser.add_argument("command", choices=["install", "start", "status", "kill", "restart", "stop"])
    names = [DatabaseServer.name, ObjectServer.name, SearchServer.name]
    parser.add_argument("server", nargs="*", choices=[*names, []], help="all where none is named")
    parser.add_argument("--port", type=int, default=0, help="to listen on; a free one where none is given")
    parser.add_argument("--heap", type=int, default=512, metavar="MB", help="of the search server")
    return parser


if __name__ == "__main__":
    sys.exit(main())
