"""``search`` and ``complete``: what readers, and staff with ``--all``, can find."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cli.exits import Exit
from cli.phrases import type_name
from cli.session import Session
from config.messages import printable
from domain.ids import ItemId
from domain.ports import Shelf
from domain.queries import Facet, FacetValue, ItemHit, PageHit, Query, SearchResult, Sort
from domain.values import Json

if TYPE_CHECKING:
    from rich.text import Text

    from cli.screen import Screen
    from flows.steps.hit_boxes import Boxed

# What people know the facets as: the fields of the record.
_CALLED = {
    Facet.TYPE: "resource_type",
    Facet.FIELD: "field",
    Facet.AGENCY: "compiling_agency",
    Facet.YEAR: "year",
    Facet.LEGAL_STATUS: "legal_status",
}
_VALUES = 10  # of a facet, shown to people; --json has all

Boxes = Mapping[tuple[ItemId, int], "Boxed | None"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the options of one search say."""

    text: str
    everything: bool = False
    limit: int = 10
    offset: int = 0
    sort: Sort = Sort.BEST
    inside: str | None = None  # an item's id or accession
    filters: Mapping[Facet, Sequence[str]] = field(default_factory=dict)
    facets: bool = False
    boxes: bool = False


def search(session: Session, asked: Asked, *, as_json: bool) -> int:
    from flows.steps.find import find

    screen = session.speak(as_json)
    with session.shelf() as shelf:
        result = find(shelf, _query(shelf, asked))
        boxes = _boxes(shelf, result) if asked.boxes else {}
    if as_json:
        screen.answer(result_json(result, boxes if asked.boxes else None))
        return Exit.DONE
    if result.did_you_mean:
        screen.tell("cli.did_you_mean", query=result.did_you_mean)
    if not result.items:
        screen.tell(
            "cli.nothing_found" if asked.everything else "cli.nothing_found_published", query=asked.text
        )
        return Exit.DONE
    shown = result.with_diacritics or asked.text
    screen.line(screen.words("cli.found", query=shown, total=result.total))
    for item in result.items:
        _item(item, boxes, screen)
    for facet, values in result.facets.items():
        _facet(facet, values, screen)
    left = result.total - asked.offset - len(result.items)
    if left > 0:
        screen.tell("cli.more", count=left)
    return Exit.DONE


def complete(session: Session, text: str, *, everything: bool, limit: int, as_json: bool) -> int:
    screen = session.speak(as_json)
    with session.shelf() as shelf:
        found = shelf.index.complete(text, published_only=not everything, limit=limit)
    if as_json:
        screen.answer({"completions": [{"text": one.text, "id": one.item_id} for one in found]})
    else:
        for one in found:
            screen.line(one.text)
    return Exit.DONE


def _query(shelf: Shelf, asked: Asked) -> Query:
    """Raises ItemNotFound, FieldNotValid."""
    item_id = None
    if asked.inside is not None:
        with shelf.catalog.view() as seen:
            item_id = seen.item(asked.inside).id
    return Query(
        text=asked.text,
        published_only=not asked.everything,
        limit=asked.limit,
        offset=asked.offset,
        sort=asked.sort,
        item_id=item_id,
        filters={facet: _values(facet, values) for facet, values in asked.filters.items() if values},
        facets=asked.facets,
    )


def _values(facet: Facet, typed: Sequence[str]) -> tuple[str, ...]:
    """A type may be given by its code or by its name in either language."""
    if facet is not Facet.TYPE:
        return tuple(typed)
    from catalog.records import parse_field

    return tuple(str(parse_field("resource_type", one)) for one in typed)


def _boxes(shelf: Shelf, result: SearchResult) -> Boxes:
    from flows.steps.hit_boxes import hit_boxes

    return hit_boxes(shelf, result)


def result_json(result: SearchResult, boxes: Boxes | None = None) -> dict[str, Json]:
    return {
        "query": result.query,
        "total": result.total,
        "items": [
            {
                "id": item.item_id,
                "accession": item.accession,
                "title": item.title,
                "type": item.resource_type,
                "year": item.year,
                "pages": [_page_json(item, page, boxes) for page in item.pages],
                "page_total": item.page_total,
            }
            for item in result.items
        ],
        "facets": {
            facet.value: [{"value": one.value, "count": one.count} for one in values]
            for facet, values in result.facets.items()
        },
        "with_diacritics": result.with_diacritics,
        "did_you_mean": result.did_you_mean,
    }


def _page_json(item: ItemHit, page: PageHit, boxes: Boxes | None) -> dict[str, Json]:
    told: dict[str, Json] = {
        "number": page.number,
        "label": page.label,
        "snippet": page.snippet.text,
        "score": round(page.score, 4),
        "marks": [list(mark) for mark in page.snippet.marks],
    }
    if boxes is not None:
        boxed = boxes[item.item_id, page.number]
        told["width"] = boxed.width if boxed else None
        told["height"] = boxed.height if boxed else None
        told["boxes"] = [[box.left, box.top, box.right, box.bottom] for box in boxed.boxes] if boxed else None
    return told


def _item(item: ItemHit, boxes: Boxes, screen: Screen) -> None:
    from rich.text import Text

    screen.line()
    about = ", ".join(part for part in (type_name(item.resource_type, screen.lang), _year(item)) if part)
    head = Text(f"{item.accession}  ", style="dim")
    head.append(printable(item.title), style="bold")
    head.append(f"  ({about})", style="dim")
    screen.styled(head)
    for page in item.pages:
        screen.styled(_page(page, screen))
        if boxed := boxes.get((item.item_id, page.number)):
            corners = (f"{box.left},{box.top}–{box.right},{box.bottom}" for box in boxed.boxes)
            screen.line("    " + "  ".join(corners))
    if item.page_total > len(item.pages):
        screen.line("  " + screen.words("cli.more_pages", count=item.page_total - len(item.pages)))


def _facet(facet: Facet, values: Sequence[FacetValue], screen: Screen) -> None:
    if not values:
        return
    named = type_name if facet is Facet.TYPE else _as_it_is
    told = [f"{named(one.value, screen.lang)} ({one.count})" for one in values[:_VALUES]]
    rest = f" {screen.words('cli.and_more', count=len(values) - _VALUES)}" if len(values) > _VALUES else ""
    screen.line()
    screen.line(f"{screen.words(f'field.{_CALLED[facet]}')}: {', '.join(told)}{rest}")


def _as_it_is(value: str, _lang: str) -> str:
    return value


def _year(item: ItemHit) -> str:
    return "" if item.year is None else str(item.year)


def _page(page: PageHit, screen: Screen) -> Text:
    """ "  trang 12 (in số 9): … words found …", the words in bold."""
    from rich.text import Text

    where = screen.words("cli.hit_page", number=page.number)
    if page.label and page.label != str(page.number):
        where += f" ({screen.words('cli.hit_label', label=page.label)})"
    shown = Text(f"  {where}: ", style="cyan")
    end = 0
    for start, stop in page.snippet.marks:
        shown.append(_flat(page.snippet.text[end:start]), style="default")
        shown.append(_flat(page.snippet.text[start:stop]), style="bold yellow")
        end = stop
    shown.append(_flat(page.snippet.text[end:]), style="default")
    return shown


def _flat(text: str) -> str:
    """A stretch of a page as part of one line: printed lines run on."""
    return re.sub(r"\s+", " ", printable(text))
