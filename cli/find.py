"""``search``: what readers, and staff with ``--all``, can find."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cli.exits import Exit
from cli.phrases import type_name
from cli.session import Session
from config.messages import printable
from domain.queries import ItemHit, PageHit, Query, SearchResult
from domain.values import Json

if TYPE_CHECKING:
    from rich.text import Text

    from cli.screen import Screen


def search(session: Session, text: str, *, everything: bool, limit: int, as_json: bool) -> int:
    screen = session.speak(as_json)
    with session.shelf() as shelf:
        result = shelf.index.search(Query(text=text, published_only=not everything, limit=limit))
    if as_json:
        screen.answer(result_json(result))
        return Exit.DONE
    if not result.items:
        screen.tell("cli.nothing_found" if everything else "cli.nothing_found_published", query=text)
        return Exit.DONE
    screen.line(screen.words("cli.found", query=text, total=result.total))
    for item in result.items:
        _item(item, screen)
    if result.total > len(result.items):
        screen.tell("cli.more", count=result.total - len(result.items))
    return Exit.DONE


def result_json(result: SearchResult) -> dict[str, Json]:
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
                "pages": [
                    {
                        "number": page.number,
                        "label": page.label,
                        "snippet": page.snippet.text,
                        "score": round(page.score, 4),
                    }
                    for page in item.pages
                ],
            }
            for item in result.items
        ],
    }


def _item(item: ItemHit, screen: Screen) -> None:
    from rich.text import Text

    screen.line()
    about = ", ".join(part for part in (type_name(item.resource_type, screen.lang), _year(item)) if part)
    head = Text(f"{item.accession}  ", style="dim")
    head.append(printable(item.title), style="bold")
    head.append(f"  ({about})", style="dim")
    screen.styled(head)
    for page in item.pages:
        screen.styled(_page(page, screen))


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
