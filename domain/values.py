"""Small values that the rest of the language leans on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is as it is: a code and the fields its sentence mentions."""

    code: str
    fields: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of an image, origin top left; ``right`` and ``bottom`` are exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class Fixity:
    """What a file's bytes were when they were last looked at."""

    sha256: str  # 64 lower-case hexadecimal digits
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, and for which organisation unit."""

    name: str
    unit: str = "default"  # one unit until there are people
