"""Connections to a server: patient, and deaf to answers that were cut short.

``http.client`` takes an answer whose headers end with the connection for a whole one: 200, and whatever of
length, ETag and metadata had come so far. Here it is an error like any other break.
"""

from __future__ import annotations

from http.client import HTTPResponse, RemoteDisconnected
from typing import Any, BinaryIO

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from storage.retries import ENOUGH_S, Retries

CONNECT_S, READ_S = 10.0, 60.0


class _Lines:
    """A file that remembers the last line it gave."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.last = file, b""

    def readline(self, size: int = -1) -> bytes:
        self.last = self.file.readline(size)
        return self.last

    def close(self) -> None:
        self.file.close()


class _Answer(HTTPResponse):
    fp: Any

    def begin(self) -> None:
        lines = self.fp = _Lines(self.fp)
        try:
            super().begin()
        finally:
            if self.fp is lines:  # without a body it is closed by now
                self.fp = lines.file
        if not lines.last:
            raise RemoteDisconnected("the answer ends within its headers")


class _Connection(HTTPConnection):
    response_class = _Answer


class _TlsConnection(HTTPSConnection):
    response_class = _Answer


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


def patient_pool(
    *, connect_s: float = CONNECT_S, read_s: float = READ_S, enough_s: float = ENOUGH_S
) -> urllib3.PoolManager:
    """Connections that are kept open; ``read_s`` is the most that a server may stay silent."""
    pool = urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=connect_s, read=read_s),
        maxsize=8,
        retries=Retries.usual(enough_s=enough_s),
    )
    pool.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
    return pool
