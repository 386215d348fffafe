"""Ports of this machine; apart, since measurements of memory want it, too."""

from __future__ import annotations

import socket


def free_port(wanted: int = 0) -> int:
    """The one that is wanted where it is free, else any; 0 wants none."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    return wanted
