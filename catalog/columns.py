"""Column types: how text, times and JSON are kept, so that every database gives back the same."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, String
from sqlalchemy.types import TypeDecorator

# File names that are not UTF-8 reach us as lone surrogates, damaged PDFs carry NUL; neither can be
# kept by every database. They become U+FFFD, so that a reader sees that something stood there.
_NOT_KEEPABLE = re.compile("[\x00\ud800-\udfff]")


def keepable(text: str) -> str:
    """``text`` as every database can keep it: NUL and lone surrogates become U+FFFD."""
    return _NOT_KEEPABLE.sub("\ufffd", text)


def keepable_json(value: Any) -> Any:
    """``value`` as JSON can say it: texts keepable, sequences as lists, NaN and infinities as null."""
    if isinstance(value, str):
        return keepable(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {keepable(str(name)): keepable_json(part) for name, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [keepable_json(part) for part in value]
    return value


class Text(TypeDecorator[str]):
    """Text without what databases refuse; see ``keepable``."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        # str() first: an enum's member would reach the driver as an object it does not know.
        return None if value is None else keepable(str(value))


class JsonValue(TypeDecorator[Any]):
    """A JSON value; sequences come back as lists, None is SQL's NULL."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        return keepable_json(value)


class UtcTime(TypeDecorator[dt.datetime]):
    """An aware time, kept as UTC; SQLite knows no time zones and keeps the bare UTC time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without its zone")
        utc = value.astimezone(dt.UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)
