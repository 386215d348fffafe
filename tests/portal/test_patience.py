"""A connection whose request never gets a whole head is let go; one that is being answered is not."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn

from portal.patience import Patient
from samples.ports import free_port
from tests.flows.serving import until

HEAD_S, ANSWER_S = 0.3, 0.9  # an answer takes longer than a head may


class Hasty(Patient):
    head_s = HEAD_S


async def slow(scope, receive, send) -> None:
    await asyncio.sleep(ANSWER_S)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(
            slow, port=port, http=Hasty, lifespan="off", log_level="warning", timeout_keep_alive=60
        )
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    until(lambda: server.started)
    yield port
    server.should_exit = True
    thread.join()


@pytest.fixture
def line(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as opened:
        yield opened


WHOLE = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


def answered(line: socket.socket) -> None:
    told = b""
    while not told.endswith(b"\r\n\r\nok"):
        told += (more := line.recv(1_000))
        assert more, told


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: "])
def test_who_ends_no_request_is_let_go(line, said):
    line.sendall(said)
    assert line.recv(1) == b""


def test_a_request_that_is_being_answered_is_waited_for(line):
    line.sendall(WHOLE)
    answered(line)


def test_a_second_request_has_as_long_for_its_head_as_the_first(line):
    line.sendall(WHOLE)
    answered(line)
    line.sendall(WHOLE[:20])
    assert line.recv(1) == b""


def test_a_line_that_is_kept_open_may_be_silent_between_two_requests(line):
    line.sendall(WHOLE)
    answered(line)
    line.settimeout(3 * HEAD_S)
    with pytest.raises(TimeoutError):
        line.recv(1)
    line.settimeout(30)
    line.sendall(WHOLE)
    answered(line)
