"""Writers that are killed at an instant nobody chose, for either engine."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable

FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["indexing.tantivy", "indexing.elastic", "tests.indexing.shelved"])


def killed(deed: Callable[..., None], *given: object, after_s: float) -> int:
    """The last revision that was said to be written before the writer was killed, so long after its first."""
    here, there = FORKED.Pipe(duplex=False)
    writer = FORKED.Process(target=deed, args=(*given, there))
    writer.start()
    there.close()
    said: int = here.recv()  # at work
    threading.Event().wait(after_s)  # the instant: nothing is waited for
    writer.kill()
    writer.join()
    try:
        while True:
            said = here.recv()
    except EOFError:
        return said
