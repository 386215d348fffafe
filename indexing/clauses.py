"""What an engine is asked: a few shapes that every engine can spell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Has:
    """A page with this token in this field. Rare tokens score higher, unless ``flat``."""

    field: str
    token: str
    weight: float = 1.0
    flat: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """A page with these tokens one after another; at least two."""

    field: str
    tokens: tuple[str, ...]
    weight: float = 1.0
    flat: bool = False


@dataclass(frozen=True, slots=True)
class Like:
    """A page with tokens that match these patterns, one after another; every such page scores ``weight``.

    A pattern matches a whole token. It is made of letters, "_?" and "[A-Z]*", which every engine reads alike.
    """

    field: str
    patterns: tuple[str, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class AnyOf:
    """A page that answers at least ``least`` of the parts; every part answered adds to its score."""

    parts: tuple[Clause, ...]
    least: int = 1


@dataclass(frozen=True, slots=True)
class AllOf:
    """A page that answers every part and none of ``never``; ``better`` only adds to its score.

    Without parts, every page that answers none of ``never``.
    """

    parts: tuple[Clause, ...]
    better: tuple[Clause, ...] = ()
    never: tuple[Clause, ...] = ()


Clause: TypeAlias = "Has | Run | Like | AnyOf | AllOf"
