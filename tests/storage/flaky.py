"""A TCP proxy that cuts connections, alters what passes or says that the server is busy, as it is told."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import Literal

_BUSY = (
    b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>SlowDown</Code>'
    b"<Message>Please reduce your request rate.</Message></Error>"
)


@dataclass(frozen=True)
class Fault:
    """Befalls the next request whose first line begins so; one after the other, each once.

    ``cut up``, ``cut down``: the connection ends after so many bytes of the request, of the answer.
    ``flip``: the lowest bit of that byte of the request changes. ``busy``: 503 SlowDown without the server's
    knowing. ``silent``: no answer at all until the client gives up.
    """

    kind: Literal["cut up", "cut down", "flip", "busy", "silent"]
    on: bytes = b""
    after: int = 0


@dataclass
class Flaky:
    server: str  # "127.0.0.1:9000"
    faults: list[Fault] = field(default_factory=list)
    endpoint: str = ""
    asked: list[str] = field(default_factory=list)  # first lines of requests
    down: int = 0  # bytes that reached the client
    lock: Lock = field(default_factory=Lock)

    def take(self, request: bytes) -> Fault | None:
        with self.lock:
            self.asked.append(request.partition(b"\r\n")[0].decode("ascii", "replace"))
            if self.faults and request.startswith(self.faults[0].on):
                return self.faults.pop(0)
            return None


@contextmanager
def standing(flaky: Flaky) -> Iterator[Flaky]:
    """While the block runs it passes on what comes to ``flaky.endpoint``."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        flaky.endpoint = f"127.0.0.1:{listener.getsockname()[1]}"
        connections: list[_Connection] = []
        thread = Thread(target=_accept, args=(flaky, listener, connections))
        thread.start()
        try:
            yield flaky
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for one in connections:
                one.end()
                one.join()


def _accept(flaky: Flaky, listener: socket.socket, connections: list[_Connection]) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:  # the block has ended
            return
        connections.append(_Connection(flaky, client))


class _Connection:
    def __init__(self, flaky: Flaky, client: socket.socket) -> None:
        host, _, port = flaky.server.rpartition(":")
        self.flaky, self.client = flaky, client
        self.server = socket.create_connection((host, int(port)))
        self.fault: Fault | None = None
        self.passed = 0  # bytes of this request, or of its answer
        self.answered = True
        self.threads = [Thread(target=self._run, args=(way,)) for way in (self._up, self._down)]
        for thread in self.threads:
            thread.start()

    def end(self) -> None:
        for one in (self.client, self.server):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def join(self) -> None:
        with ExitStack() as closing:
            closing.enter_context(self.client)
            closing.enter_context(self.server)
            for thread in self.threads:
                thread.join()

    def _run(self, way) -> None:
        with suppress(OSError):
            way()
        self.end()

    def _up(self) -> None:
        while chunk := self.client.recv(1 << 16):
            if self.answered:  # the client asks one thing after the other
                self.answered, self.passed = False, 0
                self.fault = self.flaky.take(chunk)
            kind, at = (self.fault.kind, self.fault.after - self.passed) if self.fault else ("", 0)
            if kind == "silent":
                continue
            if kind == "busy":
                return self._say_busy(chunk)
            if kind == "cut up" and at < len(chunk):
                return self.server.sendall(chunk[: max(at, 0)])
            if kind == "flip" and 0 <= at < len(chunk):
                chunk = chunk[:at] + bytes([chunk[at] ^ 1]) + chunk[at + 1 :]
            if kind != "cut down":
                self.passed += len(chunk)
            self.server.sendall(chunk)
        return None

    def _down(self) -> None:
        while chunk := self.server.recv(1 << 16):
            self.answered = True
            if self.fault and self.fault.kind == "cut down":
                chunk = chunk[: max(self.fault.after - self.passed, 0)]
                self.passed += len(chunk)
                if self.passed >= self.fault.after:
                    return self._pass_on(chunk)
            self._pass_on(chunk)
        return None

    def _pass_on(self, chunk: bytes) -> None:
        self.flaky.down += len(chunk)
        self.client.sendall(chunk)

    def _say_busy(self, begun: bytes) -> None:
        """After the whole request, or a client would not see the answer."""
        while b"\r\n\r\n" not in begun:
            begun += self.client.recv(1 << 16)
        head, _, body = begun.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        left = (int(length[1]) if length else 0) - len(body)
        while left > 0:
            left -= len(self.client.recv(1 << 16))
        head = (
            f"HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nContent-Length: {len(_BUSY)}\r\n\r\n"
        )
        self.client.sendall(head.encode() + _BUSY)
