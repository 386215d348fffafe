"""Make the server know our work pool and our flows."""

from __future__ import annotations

from domain.errors import RunFailed
from flows.api import PrefectApi
from flows.orders import BOOK, LANES, POOL, SHORT_ITEMS, parameter_schema

# Found on the worker's PATH, so that workers of several machines can share a server.
COMMAND = "python -m flows.engine"
ENTRYPOINTS = {BOOK: "flows.digitise.digitise_item", SHORT_ITEMS: "flows.digitise.digitise_items"}
CONFLICT = 409

# The least that Prefect's process worker asks of a pool.
TEMPLATE = {
    "job_configuration": {
        "command": "{{ command }}",
        "env": "{{ env }}",
        "labels": "{{ labels }}",
        "name": "{{ name }}",
        "stream_output": "{{ stream_output }}",
        "working_dir": "{{ working_dir }}",
    },
    "variables": {
        "type": "object",
        "properties": {
            "command": {"type": "string", "default": COMMAND},
            "env": {"type": "object", "additionalProperties": {"type": "string"}},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "name": {"type": "string"},
            "stream_output": {"type": "boolean", "default": True},
            "working_dir": {"type": "string"},
        },
    },
}


def register(api: PrefectApi) -> None:
    """The work pool and one deployment for each flow; repeating it changes nothing."""
    pool = {"name": POOL, "type": "process", "base_job_template": TEMPLATE}
    if api.call("POST", "/work_pools/", pool, ok=CONFLICT) is None:
        api.call("PATCH", f"/work_pools/{POOL}", {"base_job_template": TEMPLATE})
    for lane in LANES:
        queue = {"name": lane.name, "priority": lane.priority}
        if api.call("POST", f"/work_pools/{POOL}/queues", queue, ok=CONFLICT) is None:
            api.call("PATCH", f"/work_pools/{POOL}/queues/{lane.name}", {"priority": lane.priority})
    queues = {lane.flow: lane.name for lane in LANES}
    for name, entrypoint in ENTRYPOINTS.items():
        flow = api.call("POST", "/flows/", {"name": name})
        deployment = {
            "name": name,
            "flow_id": flow["id"],
            "work_pool_name": POOL,
            "work_queue_name": queues[name],
            "entrypoint": entrypoint,
            "tags": ["tusach"],
            "parameter_openapi_schema": parameter_schema(name),
            "enforce_parameter_schema": True,
        }
        api.call("POST", "/deployments/", deployment)


def is_registered(api: PrefectApi) -> bool:
    """Whether runs can be handed in: the deployment that ``register`` makes last is there."""
    return api.deployment(list(ENTRYPOINTS)[-1]) is not None


def deployment_of(api: PrefectApi, flow: str) -> str:
    """The id of the flow's deployment; a server that nobody has told of our flows is told."""
    known = api.deployment(flow)
    if known is None:
        register(api)
        known = api.deployment(flow)
    if known is None:
        raise RunFailed(run=flow, detail="the server does not keep its deployment")
    return known
