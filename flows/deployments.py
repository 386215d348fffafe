"""Make the server know our work pool and our flows."""

from __future__ import annotations

from flows.api import PrefectApi
from flows.orders import BOOK, POOL, SHORT_ITEMS, parameter_schema

# Found on the worker's PATH, so that workers of several machines can share a server.
COMMAND = "python -m flows.engine"
ENTRYPOINTS = {BOOK: "flows.digitise.digitise_item", SHORT_ITEMS: "flows.digitise.digitise_items"}
NOT_FOUND, CONFLICT = 404, 409

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
    for name, entrypoint in ENTRYPOINTS.items():
        flow = api.call("POST", "/flows/", {"name": name})
        deployment = {
            "name": name,
            "flow_id": flow["id"],
            "work_pool_name": POOL,
            "entrypoint": entrypoint,
            "tags": ["tusach"],
            "parameter_openapi_schema": parameter_schema(name),
            "enforce_parameter_schema": True,
        }
        api.call("POST", "/deployments/", deployment)


def is_registered(api: PrefectApi) -> bool:
    """Whether runs can be handed in: the deployment that ``register`` makes last is there."""
    last = list(ENTRYPOINTS)[-1]
    return api.call("GET", f"/deployments/name/{last}/{last}", ok=NOT_FOUND) is not None
