"""What the front page shows, and the ways into the catalogue."""

from __future__ import annotations

from dataclasses import dataclass

from portal.readers.cards import Card


@dataclass(frozen=True, slots=True)
class Shelfmark:
    """One way into the catalogue."""

    label: str
    count: int
    address: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Front:
    """What the front page shows, the same for all who read one language; found out once a minute."""

    subjects: tuple[Shelfmark, ...]
    kinds: tuple[Shelfmark, ...]
    newest: tuple[Card, ...]
    leaflets: tuple[Card, ...]
