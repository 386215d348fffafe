"""What a run is asked to do: parameters that travel as JSON and read well in Prefect's pages."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from domain.options import OcrOptions
from domain.values import Actor
from flows.steps.work import Work

POOL = "tusach"  # the process work pool that our workers poll
BOOK = "digitise-item"  # the flow, and its deployment, for one item with many pages
SHORT_ITEMS = "digitise-items"  # for several items of a few pages each


@dataclass(frozen=True, slots=True)
class Lane:
    """A work queue of the pool, of which every worker keeps places free: no leaflet waits behind books."""

    name: str
    flow: str
    priority: int
    runs_at_once: int  # of one worker


LANES = (
    Lane("short", SHORT_ITEMS, 1, 1),
    Lane("books", BOOK, 2, 2),  # while one run assembles its book with one processor, another reads
)


class Order(BaseModel):
    """How, and on whose behalf."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    options: OcrOptions = OcrOptions()
    actor: str = Field(min_length=1, max_length=80)
    unit: str = Field(min_length=1, max_length=80)
    cleared: bool = Field(default=False, description="a confidential marking may pass: a person decided")

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits: the same for orders that ask for the same reading."""
        said = f"{self.options.digest} {self.options.timeout_s} {self.cleared}"
        return hashlib.sha256(said.encode()).hexdigest()[:12]

    def work(self, *, held_by: str | None = None) -> Work:
        return Work(Actor(self.actor, self.unit), self.options, cleared=self.cleared, held_by=held_by)


def run_lease(run_id: str) -> str:
    """The name of the lease that the process of a flow run holds."""
    return f"run/{run_id}"


class _ItemParameters(BaseModel):
    item_id: str
    order: Order


class _ItemsParameters(BaseModel):
    item_ids: list[str]
    order: Order


def parameter_schema(flow_name: str) -> dict[str, Any]:
    """The JSON schema of a flow's parameters, as Prefect's pages show it."""
    model = _ItemParameters if flow_name == BOOK else _ItemsParameters
    schema = model.model_json_schema(ref_template="#/definitions/{model}")
    schema["definitions"] = schema.pop("$defs")
    return schema | {"title": "Parameters"}
