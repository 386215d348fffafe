"""One writer at a time on a search server, and what it is about to do."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from elasticsearch import ConflictError, Elasticsearch, NotFoundError

from domain.errors import IndexUnavailable
from indexing.elastic_bodies import translated

PATIENCE_S = 60.0  # for another writer
LEASE_S = 20.0  # without a sign of life after which a writer counts as dead
PAUSE_S = 0.2

_ID = "writer"


class Lease:
    """The right to write, until it is given back or no sign of life came for ``LEASE_S``."""

    def __init__(self, client: Elasticsearch, index: str, unfinished: Mapping[str, Any] | None) -> None:
        self._client, self._index = client, index
        self._holder = uuid.uuid4().hex
        self._version: tuple[int, int] | None = None
        self.unfinished = unfinished  # what a writer that died was about to do

    def take(self, version: tuple[int, int] | None) -> bool:
        """Take it where it still is as it was seen; False where another was faster."""
        self._version = version
        try:
            self._write(self.unfinished, LEASE_S)
        except ConflictError:
            return False
        return True

    def note(self, work: Mapping[str, Any] | None) -> None:
        """Keep what is about to be done, as a sign of life too. IndexUnavailable where the lease was lost."""
        try:
            with translated():
                self._write(work, LEASE_S)
        except IndexUnavailable as error:
            if isinstance(error.__cause__, ConflictError):
                raise IndexUnavailable(detail="another writer took over; try again") from error
            raise
        self.unfinished = work

    def give_back(self) -> None:
        with translated():
            self._write(self.unfinished, 0)

    def _write(self, work: Mapping[str, Any] | None, seconds: float) -> None:
        held = {"holder": self._holder, "until": time.time() + seconds, "work": work}
        only: dict[str, Any] = {"op_type": "create"}
        if self._version is not None:
            only = {"if_seq_no": self._version[0], "if_primary_term": self._version[1]}
        done = self._client.index(index=self._index, id=_ID, document=held, **only)
        self._version = (done["_seq_no"], done["_primary_term"])


class Leases:
    """Where the lease of one alias is kept: one document in an index of its own."""

    def __init__(self, client: Elasticsearch, index: str) -> None:
        self._client, self._index = client, index

    @contextmanager
    def held(self) -> Iterator[Lease]:
        """Raises IndexUnavailable after a bounded wait for another writer."""
        lease = self._wait()
        try:
            yield lease
        finally:
            lease.give_back()

    def _wait(self) -> Lease:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            with translated():
                seen, version = self._seen()
                if seen["until"] <= time.time():
                    lease = Lease(self._client, self._index, seen["work"])
                    if lease.take(version):
                        return lease
            time.sleep(PAUSE_S)
        raise IndexUnavailable(detail=f"another process has been writing for {PATIENCE_S:.0f} s")

    def _seen(self) -> tuple[dict[str, Any], tuple[int, int] | None]:
        try:
            found = self._client.get(index=self._index, id=_ID)
        except NotFoundError:
            return {"until": 0, "work": None}, None
        return found["_source"], (found["_seq_no"], found["_primary_term"])
