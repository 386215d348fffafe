"""Where an item's pages are on the pictures of its scan, and in what order they stand.

A page keeps what belongs to it (its reading, its pictures) under a number that it is given once: its
home. Of the pages as they were scanned home, picture and number are the same. An arrangement is a row of
homes; turning or parting a page gives it a new home, moving it changes nothing but the row. So a page's
text and picture never part, whatever is done to their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol

from domain.errors import NotOfOnePicture, NotToBeUndone, PageNotKnown, PartTooSmall, TooManyPages
from domain.holdings import PageEntry, ScanFile
from domain.ids import ItemId

WHOLE = 10_000  # by how many a side of a picture is divided
LEAST = 500  # of a side: what a part must have
TURNS = 4  # quarters of a whole turn


class Cut(StrEnum):
    """How a page is parted, as people see it."""

    UPRIGHT = "doc"  # by an upright line: two pages that lie side by side
    ACROSS = "ngang"  # by a level line: one above the other


_FROM_THE_FAR_SIDE = frozenset({(Cut.UPRIGHT, 1), (Cut.UPRIGHT, 2), (Cut.ACROSS, 2), (Cut.ACROSS, 3)})
"""Where the part that people see first lies at the right or the bottom of the picture, by quarter turns."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a page shows of a picture; the edges in ``WHOLE`` ths of the upright picture, then turned."""

    image: int  # from 1
    left: int = 0
    top: int = 0
    right: int = WHOLE
    bottom: int = WHOLE
    turns: int = 0  # quarters, clockwise: 0 to 3
    former: int | None = field(default=None, compare=False)  # the home of the page that it was made of

    @property
    def is_whole(self) -> bool:
        return (self.left, self.top, self.right, self.bottom) == (0, 0, WHOLE, WHOLE)

    def overlaps(self, other: Place) -> bool:
        return (
            self.image == other.image
            and max(self.left, other.left) < min(self.right, other.right)
            and max(self.top, other.top) < min(self.bottom, other.bottom)
        )

    def lies_beside(self, other: Place) -> bool:
        """Whether both make up one rectangle of one picture, and are turned alike."""
        upright = (self.top, self.bottom) == (other.top, other.bottom) and (
            self.right == other.left or self.left == other.right
        )
        level = (self.left, self.right) == (other.left, other.right) and (
            self.bottom == other.top or self.top == other.bottom
        )
        return (self.image, self.turns) == (other.image, other.turns) and (upright or level)


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The pages in their order, and what each shows; the acts give another one."""

    homes: tuple[int, ...]
    places: Mapping[int, Place]  # of the homes that are not a picture as it was scanned; all ever given
    images: int  # pictures of the master
    version: int = 0  # grows with each act

    @classmethod
    def as_scanned(cls, images: int) -> Arrangement:
        return cls(tuple(range(1, images + 1)), {}, images)

    def place(self, home: int) -> Place:
        return self.places.get(home) or Place(home)

    def home(self, number: int, accession: str) -> int:
        """Of the page of this number (from 1). Raises PageNotKnown."""
        if not 1 <= number <= len(self.homes):
            raise PageNotKnown(accession=accession, page=number)
        return self.homes[number - 1]

    # acts, each on the page of a number, from 1

    def turned(self, number: int, turns: int, accession: str) -> Arrangement:
        """Turn a page by so many quarters clockwise. Raises PageNotKnown."""
        home = self.home(number, accession)
        place = self.place(home)
        new = replace(place, turns=(place.turns + turns) % TURNS, former=home)
        return self._with(number, 1, [new])

    def parted(self, number: int, cut: Cut, share: int, accession: str, *, most: int) -> Arrangement:
        """Make two pages of one: the first has ``share`` per cent of it, as people see it.

        Raises PageNotKnown, PartTooSmall, and TooManyPages beyond ``most``.
        """
        home = self.home(number, accession)
        place = self.place(home)
        if len(self.homes) >= most:
            raise TooManyPages(name=accession, pages=len(self.homes) + 1, limit=most)
        # What lies side by side on a page that was turned once, lies above each other on its picture.
        along = (cut is Cut.UPRIGHT) == (place.turns % 2 == 0)
        start, end = (place.left, place.right) if along else (place.top, place.bottom)
        reverse = (cut, place.turns) in _FROM_THE_FAR_SIDE
        at = start + (end - start) * (100 - share if reverse else share) // 100
        if not (0 < share < 100) or at - start < LEAST or end - at < LEAST:
            raise PartTooSmall(accession=accession, page=number)
        if along:
            parts = [replace(place, right=at, former=home), replace(place, left=at, former=home)]
        else:
            parts = [replace(place, bottom=at, former=home), replace(place, top=at, former=home)]
        return self._with(number, 1, parts[::-1] if reverse else parts)

    def joined(self, number: int, accession: str) -> Arrangement:
        """Make one page of this and the next, which have to be parts of one picture that lie together.

        Raises PageNotKnown, NotOfOnePicture.
        """
        home = self.home(number, accession)
        one, other = self.place(home), self.place(self.home(number + 1, accession))
        if not one.lies_beside(other):
            raise NotOfOnePicture(accession=accession, page=number)
        whole = replace(
            one,
            left=min(one.left, other.left),
            top=min(one.top, other.top),
            right=max(one.right, other.right),
            bottom=max(one.bottom, other.bottom),
            former=home,
        )
        return self._with(number, 2, [whole])

    def are_joinable(self, number: int) -> bool:
        """Whether this page and the next, if there is one, can be joined."""
        if not 1 <= number < len(self.homes):
            return False
        return self.place(self.homes[number - 1]).lies_beside(self.place(self.homes[number]))

    def moved(self, number: int, to: int, accession: str) -> Arrangement:
        """Have the page stand at the place ``to`` (from 1). Raises PageNotKnown."""
        home = self.home(number, accession)
        self.home(to, accession)
        homes = [*self.homes[: number - 1], *self.homes[number:]]
        homes.insert(to - 1, home)
        return replace(self, homes=tuple(homes))

    def shown_by(self, number: int, image: int, accession: str) -> Arrangement:
        """Have the page shown by another picture, all of it. Raises PageNotKnown."""
        return self._with(number, 1, [Place(image, former=self.home(number, accession))])

    def as_before(self, homes: Sequence[int], accession: str) -> Arrangement:
        """With the pages that stood there once. Raises NotToBeUndone for homes that nobody was given."""
        known = {*range(1, self.images + 1), *self.places}
        if not homes or len({*homes}) != len(homes) or not known.issuperset(homes):
            raise NotToBeUndone(accession=accession)
        return replace(self, homes=tuple(homes))

    def _with(self, number: int, count: int, parts: Sequence[Place]) -> Arrangement:
        """``parts`` in the place of ``count`` pages; a place that was there before has its home still."""
        known = {place: home for home, place in self.places.items()}
        places = dict(self.places)
        homes: list[int] = []
        for part in parts:
            home = part.image if part == Place(part.image) and part.image <= self.images else known.get(part)
            if home is None:
                home = max(self.images, *places, 0) + 1
                places[home] = part
            homes.append(home)
        return replace(
            self,
            homes=(*self.homes[: number - 1], *homes, *self.homes[number - 1 + count :]),
            places=places,
        )

    # what became of a page

    def heirs(self, homes: Iterable[int]) -> Mapping[int, int]:
        """The number (from 1) at which each of these pages, or else what was made of it, stands now."""
        numbers = {home: number for number, home in enumerate(self.homes, start=1)}
        found = {}
        for home in homes:
            number = numbers.get(home) or next(
                (at for other, at in numbers.items() if self._is_made_of(other, home)), None
            )
            if number is not None:
                found[home] = number
        return found

    def _is_made_of(self, one: int, other: int) -> bool:
        return (
            other in self.line(one) or one in self.line(other) or self.place(one).overlaps(self.place(other))
        )

    def line(self, home: int) -> tuple[int, ...]:
        """The pages that this one was made of, the last one first. Each has a smaller home than the next."""
        found: list[int] = []
        former = self.place(home).former
        while former is not None and former < (found[-1] if found else home):
            found.append(former)
            former = self.place(former).former
        return tuple(found)


def spans(homes: Sequence[int]) -> str:
    """Numbers as people write them, in their order: "1-4,6,5,7-900"."""
    runs: list[list[int]] = []
    for home in homes:
        if runs and home == runs[-1][-1] + 1:
            runs[-1][1:] = [home]
        else:
            runs.append([home])
    return ",".join("-".join(map(str, run)) for run in runs)


def of_spans(said: str) -> tuple[int, ...]:
    """What ``spans`` wrote. Raises ValueError."""
    homes: list[int] = []
    for run in said.split(",") if said else ():
        first, _, last = run.partition("-")
        homes += range(int(first), int(last or first) + 1)
    return tuple(homes)


class PlacesLedger(Protocol):
    """Arrangements as the catalogue keeps them: a part of its transaction, reached as ``changes.places``."""

    def arrangement(self, item_id: ItemId) -> Arrangement | None:
        """None where the pages stand as they were scanned."""
        ...

    def keep_arrangement(self, item_id: ItemId, arrangement: Arrangement) -> None: ...
    def resting(self, item_id: ItemId) -> Mapping[int, PageEntry]:
        """The pages that were read and do not stand in the item, by their homes."""
        ...

    def keep_resting(self, item_id: ItemId, page: PageEntry) -> None:
        """Keep what was read of a page that has its home in the arrangement and does not stand yet."""
        ...

    def number_of(self, item_id: ItemId, home: int) -> int | None:
        """The number of the page that stands; None for one at rest."""
        ...

    def stand(self, item_id: ItemId, pages: Sequence[PageEntry]) -> None:
        """Have these pages stand from now on, in their order; those that stood rest. Makes a new revision."""
        ...

    def renumber_reports(self, item_id: ItemId, numbers: Mapping[int, int]) -> None:
        """What readers said of a page is said of another number."""
        ...

    def add_scan_file(self, item_id: ItemId, file: ScanFile) -> None:
        """A picture that was scanned again, behind the files of the master."""
        ...
