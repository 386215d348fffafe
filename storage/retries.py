"""How long a server that does not answer, or says that it is busy, is asked again: jittered and bounded.

Refused connections end after at most 6.2 s of waiting; an address where nobody answers after about a
minute; a server that takes questions and stays silent after at most three minutes.
"""

from __future__ import annotations

import random
import time
from types import TracebackType
from typing import Any, Self

import urllib3
from urllib3.connectionpool import ConnectionPool
from urllib3.response import BaseHTTPResponse

TRIES = 5  # after the first
FIRST_S, LONGEST_S = 0.2, 5.0  # the most that is waited after the first failure, and after any
ENOUGH_S = 60.0  # after the first failure nothing is begun anew that much later
BUSY = frozenset({429, 500, 502, 503, 504})


class Retries(urllib3.Retry):
    """Full jitter: each wait is drawn from 0 up to a bound that doubles, so that clients do not meet again.

    Only what may be done twice is done twice: GET, HEAD, PUT and DELETE. A POST is repeated where no
    connection came about. The last answer of a busy server is handed on, since it says why.
    """

    until: float | None = None  # monotonic; None before the first failure
    enough_s: float = ENOUGH_S

    @classmethod
    def usual(cls, *, enough_s: float = ENOUGH_S) -> Self:
        made = cls(total=TRIES, status_forcelist=BUSY, raise_on_status=False, retry_after_max=int(LONGEST_S))
        made.enough_s = enough_s
        return made

    def new(self, **kw: Any) -> Self:
        made = super().new(**kw)
        made.until, made.enough_s = self.until, self.enough_s
        return made

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        now = time.monotonic()
        spent = self.until is not None and now >= self.until
        left = self.new(total=0) if spent else self
        following = super(Retries, left).increment(method, url, response, error, _pool, _stacktrace)
        following.until = self.until or now + self.enough_s
        return following

    def get_backoff_time(self) -> float:
        return wait_s(len(self.history))

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:
        asked = self.get_retry_after(response) if response is not None else None
        time.sleep(max(asked or 0.0, self.get_backoff_time()))


def wait_s(failures: int) -> float:
    """Seconds to wait after so many failures in a row, from 1."""
    return random.uniform(0, min(LONGEST_S, FIRST_S * 2 ** (failures - 1)))  # noqa: S311 - no secret
