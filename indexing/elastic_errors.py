"""A search server's refusals and failures, as our errors."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from elasticsearch import ApiError, SSLError, TransportError, UnsupportedProductError

from domain.errors import IndexIncomplete, IndexReadOnly, IndexUnavailable, SettingNotValid, ShelfError

BLOCKED = "cluster_block_exception"
# With 503: what is asked for is on no machine that is up, or no machine is in charge yet.
_NOT_WHOLE = {
    "no_shard_available_action_exception",
    "unavailable_shards_exception",
    "search_phase_execution_exception",
    BLOCKED,
}


class LeaseLost(IndexUnavailable):
    """Another writer took over, since this one gave no sign of life for too long. Fields: detail."""


def lost() -> LeaseLost:
    return LeaseLost(detail="another writer took over; try again")


def refusal(status: int, kind: str, reason: str) -> ShelfError:
    """What an answer that is none means, for a whole request or for one document in it."""
    detail = f"{status} {kind}: {reason}"
    # Full disks and people set blocks; their 403 and 429 are neither the key's fault nor mere haste.
    if kind == BLOCKED and status in (403, 429):
        return IndexReadOnly(detail=reason)
    if status in (401, 403):
        return SettingNotValid(setting="TUSACH_INDEX_API_KEY", detail=detail)
    if status == 503 and kind in _NOT_WHOLE:
        return IndexIncomplete(detail=detail)
    return IndexUnavailable(detail=detail)


def kind_of(error: ApiError) -> str:
    return _told(error.body)[0]


@contextmanager
def translated() -> Iterator[None]:
    """Inside it, the client's errors become ours."""
    try:
        yield
    except UnsupportedProductError as error:
        raise SettingNotValid(setting="TUSACH_INDEX_URL", detail=str(error)) from error
    except ApiError as error:
        kind, reason = _told(error.body)
        raise refusal(error.status_code, kind, reason or error.message) from error
    except SSLError as error:
        raise _not_trusted(error) from error
    except TransportError as error:
        raise IndexUnavailable(detail=str(error)) from error


def check(answer: Any) -> None:
    """Raises what one answer of several says instead of an answer."""
    if "error" in answer:
        raise refusal(int(answer["status"]), *_told(answer))


def _told(body: Any) -> tuple[str, str]:
    """Kind and reason of an error, the deepest that the server names."""
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return "error", str(error or body or "")
    root = next(iter(error.get("root_cause") or ()), error)
    return str(root.get("type", "error")), str(root.get("reason") or "")


def _not_trusted(error: SSLError) -> SettingNotValid:
    """A server that is not the one it says, or that speaks no TLS at all."""
    unknown = any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error))
    setting = "TUSACH_INDEX_CA" if unknown else "TUSACH_INDEX_URL"
    return SettingNotValid(setting=setting, detail=error.message)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and those behind it, as the client and urllib3 wrap them."""
    waiting: list[Any] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [one.__cause__, one.__context__, *one.args, *getattr(one, "errors", ())]
