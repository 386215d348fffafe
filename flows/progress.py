"""A run's progress, as Prefect's pages show it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate
from prefect.context import FlowRunContext

from domain.holdings import Item

STEPS = 5  # times an artifact is written on the way: each costs the server about as much as half a task


class Progress:
    """Pages read of all, as a progress artifact; written at most STEPS times on the way.

    A server that does not answer is no reason to stop reading: the ledger is in the catalogue.
    """

    def __init__(self, item: Item, *, total: int, done: int) -> None:
        self._item, self._total, self._done = item, total, done
        self._written = -1
        self._id: UUID | None = None
        self._write()

    def add(self, pages: int) -> None:
        self._done += pages
        if self._done == self._total or (self._done - self._written) * STEPS >= self._total:
            self._write()

    def _write(self) -> None:
        if self._written == self._done:
            return
        run = FlowRunContext.get()
        if run is None or run.flow_run is None:
            return
        client, run_id = cast(SyncPrefectClient, run.client), run.flow_run.id
        share = 100.0 * self._done / self._total if self._total else 100.0
        said = f"{self._item.accession} · {self._item.title}: {self._done}/{self._total}"

        def write() -> None:
            if self._id is None:
                made = ArtifactCreate(
                    key=f"item-{self._item.id}",
                    type="progress",
                    data=share,
                    description=said,
                    flow_run_id=run_id,
                )
                self._id = client.create_artifact(made).id
            else:
                client.update_artifact(self._id, ArtifactUpdate(data=share, description=said))

        self._written = self._done
        _if_answered(write)


def _if_answered(call: Callable[[], Any]) -> None:
    try:
        call()
    except httpx.HTTPError:
        return
