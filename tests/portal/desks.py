"""A shelf whose items wait for staff, and the portal over it: what its tests change is theirs alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from config.settings import Settings, load_settings
from config.wiring import open_shelf
from domain.holdings import Item
from domain.ids import ItemId
from domain.options import OcrOptions
from domain.people import Unit
from domain.ports import OcrEngine, Shelf
from domain.records import Citation
from domain.text import OcrPage, PageImage
from flows.batches import take_in
from flows.steps.way import digitise
from flows.steps.work import Work
from tests.faults.scans import draw_book
from tests.flows.serving import free_port
from tests.flows.steps.people import add
from tests.portal.serving import served

PEOPLE = {
    "an": ("stp", ("update@stp", "manage@stp")),
    "em": ("stp", ("update@stp",)),
    "chi": ("stp", ("access@default",)),
    "binh": ("stp", ("operate@default",)),
    "xa": ("xa", ("update@xa", "manage@xa")),
}
CITED = ("14/2019/QĐ-TTg", "43/2014/NĐ-CP")


class Doubting:
    """Reads as the engine does, and is not sure of every seventh word."""

    def __init__(self, engine: OcrEngine) -> None:
        self._engine = engine

    def describe(self) -> str:
        return self._engine.describe()

    def languages(self) -> frozenset[str]:
        return self._engine.languages()

    def recognise(self, image: PageImage, options: OcrOptions) -> OcrPage:
        page = self._engine.recognise(image, options)
        count = 0
        lines = []
        for line in page.lines:
            words = []
            for word in line.words:
                count += 1
                words.append(replace(word, confidence=0.5 if count % 7 == 3 else 0.95))
            lines.append(replace(line, words=tuple(words)))
        return replace(page, lines=tuple(lines))


@dataclass(frozen=True)
class Desk:
    """The portal's address, and its shelf."""

    base: str
    settings: Settings
    shelf: Shelf
    folder: Path

    def new_book(self, name: str, *, pages: int = 2, publish: bool = False, first_folio: int = 1) -> Item:
        """A book that went all its way, with two citations on its first page."""
        book = draw_book(self.folder / f"{name}.pdf", pages=pages, first_folio=first_folio)
        (item_id,) = take_in(self.shelf, self.settings, [book], publish=publish).to_digitise
        self.follow(item_id)
        cites = tuple(Citation(number, 1, f"số {number}", 0.8) for number in CITED)
        with self.shelf.catalog.begin() as changes:
            changes.set_record(item_id, replace(changes.record(item_id), cites=cites))
        return self.item(item_id)

    def follow(self, ref: str) -> Item:
        """What the flows do when they are handed an item."""
        shelf = replace(self.shelf, ocr=Doubting(self.shelf.ocr))
        return digitise(shelf, self.item(ref).id, Work(self.settings.who, self.settings.ocr))

    def unread(self, name: str) -> Item:
        """A book that was taken in and that nobody has read yet."""
        book = draw_book(self.folder / f"{name}.pdf", pages=1, first_folio=77)
        (item_id,) = take_in(self.shelf, self.settings, [book], publish=False).to_digitise
        return self.item(item_id)

    def item(self, ref: str | ItemId) -> Item:
        with self.shelf.catalog.view() as seen:
            return seen.item(ref)


@contextmanager
def desk_at(folder: Path) -> Iterator[Desk]:
    settings = load_settings(
        data_dir=folder / "data",
        actor="lan",
        unit="stp",
        portal_port=free_port(),
        prefect_port=free_port(),  # where nobody answers
    )
    with open_shelf(settings) as shelf:
        with shelf.catalog.begin() as changes:
            changes.people.keep_unit(Unit("stp", "Sở Tư pháp"))
            changes.people.keep_unit(Unit("xa", "UBND xã"))
        for login, (unit, roles) in PEOPLE.items():
            add(shelf, login, *roles, unit=unit)
        with served(settings) as base:
            yield Desk(base, settings, shelf, folder)
