"""Sending documents to a search server no faster than it takes them."""

from __future__ import annotations

import json
import random
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from elasticsearch import ApiError, Elasticsearch

from domain.errors import IndexUnavailable
from indexing.elastic_errors import BLOCKED, kind_of, lost, refusal, translated

CHUNK = 400  # documents sent at once
CHUNK_BYTES = 4_000_000  # at once; a server takes 100 MB, but holds them all in memory
REFUSALS = 10  # of a server that is too busy, before we give up
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0


@dataclass(frozen=True, slots=True)
class Operation:
    """One document to keep, or without a source to forget, as the server reads it."""

    lines: bytes

    @classmethod
    def keep(cls, name: str, token: int, document: Any) -> Operation:
        """Repeating it changes nothing; one of a writer that was superseded is refused."""
        source = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        return cls(_action("index", name, token) + b"\n" + source)

    @classmethod
    def forget(cls, name: str, token: int) -> Operation:
        return cls(_action("delete", name, token))


def _action(deed: str, name: str, token: int) -> bytes:
    return json.dumps({deed: {"_id": name, "version": token, "version_type": "external_gte"}}).encode()


def chunks(operations: Iterable[Operation]) -> Iterator[list[Operation]]:
    """In their order, bounded in number and in bytes; one that is larger alone goes alone."""
    chunk: list[Operation] = []
    size = 0
    for operation in operations:
        if chunk and (len(chunk) >= CHUNK or size + len(operation.lines) > CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(operation)
        size += len(operation.lines)
    if chunk:
        yield chunk


def send(
    client: Elasticsearch, index: str, operations: Sequence[Operation], *, alive: Callable[[], None]
) -> None:
    """All of them, in order; smaller pieces and longer pauses each time that the server is too busy.

    ``alive`` is called before each piece. Raises what the first document that is refused means.
    """
    left = deque(operations)
    size, refused = len(left), 0
    while left:
        alive()
        piece = [left.popleft() for _ in range(min(size, len(left)))]
        busy = _sent(client, index, piece)
        if not busy:
            continue
        refused += 1
        if refused > REFUSALS:
            raise IndexUnavailable(detail=f"the search server was too busy {refused} times")
        left.extendleft(reversed(busy))
        size = max(1, size // 2)
        pause = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**refused)
        time.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - so that writers do not return together


def _sent(client: Elasticsearch, index: str, piece: list[Operation]) -> list[Operation]:
    """Those that the server was too busy for: all or none of a request, since an index has one shard."""
    with translated():
        try:
            lines: list[Any] = [one.lines for one in piece]  # the client declares mappings, and takes both
            answer = client.bulk(index=index, operations=lines, timeout="20s")
        except ApiError as error:
            if error.status_code == 429 and kind_of(error) != BLOCKED:
                return piece
            raise
    busy = []
    for operation, told in zip(piece, answer["items"] if answer["errors"] else (), strict=False):
        (result,) = told.values()
        failure, status = result.get("error"), result["status"]
        if failure is None:
            continue
        if status == 409:
            raise lost()
        if status != 429 or failure["type"] == BLOCKED:
            raise refusal(status, failure["type"], failure.get("reason") or "")
        busy.append(operation)
    return busy
