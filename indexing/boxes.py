"""Where the words of a hit stand on the picture of a page."""

from __future__ import annotations

from domain.text import OcrPage
from domain.values import Box
from indexing.folios import is_folio
from indexing.marks import Sought, folded, sought, worth
from indexing.queries import Parsed


def hit_boxes(
    page: OcrPage, parsed: Parsed, *, before: OcrPage | None = None, after: OcrPage | None = None
) -> tuple[Box, ...]:
    """The boxes of the words that were looked for, in pixels of the page's picture, in reading order.

    ``before`` and ``after`` are the nearest pages with words. Of a phrase that runs over the page
    break, the words on this page are marked; a folio does not part them. A word that recognition
    joined to another ("nước/nhà") has its box together with it.
    """
    asked = sought(parsed)
    words = page.words
    marked = _marked([word.text for word in words], asked)
    longest = _longest(asked)
    if longest > 1:
        reach = 2 * longest + 10  # chunks; some hold no token
        ahead = _body(before)[1][-reach:] if before is not None else []
        behind = _body(after)[1][:reach] if after is not None else []
        first, body = _body(page)
        over = (at - len(ahead) for at in _marked([*ahead, *body, *behind], asked))
        marked |= {first + at for at in over if 0 <= at < len(body)}
    return tuple(word.box for at, word in enumerate(words) if at in marked)


def may_run_over(parsed: Parsed) -> bool:
    """Whether anything that is looked for can begin on one page and end on the next."""
    return _longest(sought(parsed)) > 1


def _longest(asked: Sought) -> int:
    return max(map(len, (*asked.runs, *asked.written)), default=0)


def _marked(chunks: list[str], asked: Sought) -> set[int]:
    """Which of the chunks hold a token that is marked."""
    parts = folded(chunks)
    told = worth(chunks, parts, asked)
    owners = [at for at, tokens in enumerate(parts) for _ in tokens]
    return {owners[ordinal] for ordinal in told}


def _body(page: OcrPage) -> tuple[int, list[str]]:
    """The words that run on from page to page, and how many stand before them: without folios."""
    lines = [[word.text for word in line.words] for line in page.lines]
    first = 1 if lines and is_folio(" ".join(lines[0])) else 0
    last = len(lines) - 1 if len(lines) > first and is_folio(" ".join(lines[-1])) else len(lines)
    return sum(map(len, lines[:first])), [chunk for line in lines[first:last] for chunk in line]
