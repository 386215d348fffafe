"""Which errors are worth another try, and when."""

from __future__ import annotations

from typing import Any

from domain.errors import ShelfError

RETRIES = 2
DELAYS: list[float] = [5, 30]  # seconds before the first and the second further try


def worth_retrying(_task: Any, _task_run: Any, state: Any) -> bool:
    """Whether a failed task's error may pass by itself; what Prefect asks as ``retry_condition_fn``."""
    return may_pass(state.data)


def may_pass(error: object) -> bool:
    return isinstance(error, ShelfError) and error.retryable
