"""What a portal keeps for its readers between their visits: answers for a while, pictures in a folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from config.settings import Settings
from domain.ids import Accession
from domain.queries import Facet
from flows.steps.contents import Heading
from portal.readers.front import Front
from portal.readers.inside import InsideSearch
from portal.readers.pictures import Pictures
from portal.readers.remembered import Remembered

A_MINUTE, AN_HOUR = 60, 3_600  # seconds


@dataclass(frozen=True)
class Kept:
    """Shared by the threads that answer."""

    inside: InsideSearch
    fronts: Remembered[Front]  # by language
    counts: Remembered[Mapping[Facet, Mapping[str, int]]]
    contents: Remembered[tuple[Heading, ...]]
    waymarks: Remembered[tuple[Accession, ...]]
    pictures: Pictures

    @classmethod
    def of(cls, settings: Settings) -> Kept:
        folder = settings.data_dir / "portal" / "pictures"
        return cls(
            inside=InsideSearch(),
            fronts=Remembered(most=2, seconds=A_MINUTE),
            counts=Remembered(most=1, seconds=A_MINUTE),
            contents=Remembered(most=200, seconds=AN_HOUR),
            waymarks=Remembered(most=1, seconds=10 * A_MINUTE),
            pictures=Pictures(folder, most_bytes=settings.portal_cache_bytes),
        )
