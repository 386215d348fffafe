"""Ports of this machine; apart, since measurements of memory want it, too."""

from __future__ import annotations

import random
import socket

_TRIES = 100
# Below those that a system gives to whoever connects: between the question and the use nobody is given it.
_LEAST, _MOST = 20_000, 32_000


def free_port(wanted: int = 0) -> int:
    """The one that is wanted where it is free, else any; 0 wants none."""
    tried = [wanted] if wanted else []
    for port in (*tried, *random.SystemRandom().sample(range(_LEAST, _MOST), _TRIES)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    return wanted
