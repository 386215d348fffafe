"""One writer at a time on a search server, and what it is about to do.

The server has no locks. A lease is a document that is only ever written as it was last seen; who
holds it shows signs of life, and without any for ``LEASE_S`` another writer takes it; at once where
both are on one machine, and the holder's process is gone.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from elasticsearch import (
    ApiError,
    BadRequestError,
    ConflictError,
    Elasticsearch,
    NotFoundError,
    TransportError,
)

from domain.errors import IndexUnavailable
from domain.holders import dead, holder
from indexing.elastic_errors import kind_of, lost, translated

PATIENCE_S = 60.0  # for another writer
LEASE_S = 20.0  # without a sign of life after which a writer counts as dead
KEEP_S = LEASE_S / 4  # between signs of life
PAUSE_S = 0.2

_ID = "writer"
_SETTINGS = {"number_of_shards": 1, "auto_expand_replicas": "0-1"}
_MAPPING = {"dynamic": False}


class Lease:
    """The right to write, until it is given back or no sign of life came for ``LEASE_S``.

    ``token`` is greater than that of every lease before; a writer without its lease knows by it.
    """

    def __init__(
        self, client: Elasticsearch, index: str, unfinished: Mapping[str, Any] | None, token: int
    ) -> None:
        # Asked twice, the server would take the second time for another writer's.
        self._client, self._index = client.options(max_retries=0), index
        self._version: tuple[int, int] | None = None
        self._shown = 0.0  # when the last sign of life was sent, by the monotonic clock
        self.unfinished = unfinished  # what a writer that died was about to do
        self.token = token

    def take(self, version: tuple[int, int] | None) -> bool:
        """Take it where it still is as it was seen; False where another was faster."""
        self._version = version
        try:
            self._write(self.unfinished, LEASE_S)
        except ConflictError:
            return False
        return True

    def note(self, work: Mapping[str, Any] | None) -> None:
        """Keep what is about to be done, as a sign of life too. Raises LeaseLost."""
        with translated():
            try:
                self._write(work, LEASE_S)
            except ConflictError as error:
                raise lost() from error
        self.unfinished = work

    def done(self) -> None:
        """Nothing is unfinished any more; said when the lease is given back."""
        self.unfinished = None

    def keep(self) -> None:
        """A sign of life, if it is time for one. Raises LeaseLost."""
        if time.monotonic() - self._shown > KEEP_S:
            self.note(self.unfinished)

    def give_back(self) -> None:
        """Another may have it at once; where that cannot be told, it has it when ``LEASE_S`` is over."""
        try:
            self._write(self.unfinished, 0)
        except (ApiError, TransportError) as error:
            logging.getLogger(__name__).info("the lease was not given back: %s", error)

    def _write(self, work: Mapping[str, Any] | None, seconds: float) -> None:
        shown = time.monotonic()
        held = {"holder": holder(), "until": time.time() + seconds, "token": self.token, "work": work}
        only: dict[str, Any] = {"op_type": "create"}
        if self._version is not None:
            only = {"if_seq_no": self._version[0], "if_primary_term": self._version[1]}
        done = self._client.index(index=self._index, id=_ID, document=held, timeout="10s", **only)
        self._version = (done["_seq_no"], done["_primary_term"])
        self._shown = shown


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
                if seen["until"] <= time.time() or dead(seen["holder"]):
                    # The clock starts them, should the lease's index ever be lost.
                    token = max(seen["token"] + 1, time.time_ns() // 1_000_000)
                    lease = Lease(self._client, self._index, seen["work"], token)
                    if lease.take(version):
                        return lease
            time.sleep(PAUSE_S)
        raise IndexUnavailable(detail=f"another process has been writing for {PATIENCE_S:.0f} s")

    def _seen(self) -> tuple[dict[str, Any], tuple[int, int] | None]:
        try:
            found = self._client.get(index=self._index, id=_ID)
        except NotFoundError as error:
            if "found" not in error.body:  # not the document alone is missing
                self._create()
            return {"holder": "", "until": 0, "token": 0, "work": None}, None
        return found["_source"], (found["_seq_no"], found["_primary_term"])

    def _create(self) -> None:
        try:
            self._client.indices.create(index=self._index, settings=_SETTINGS, mappings=_MAPPING)
        except BadRequestError as error:
            if kind_of(error) != "resource_already_exists_exception":
                raise
