"""What malformed and hostile queries do: none may fail, none may take a second.

    python -m bench.search_fuzz [--queries 500] [--pages 5000] [--seed 4]

Each query is searched for, with facets, and completed, as a reader and as staff, on the embedded index and
on the server that TUSACH_TEST_INDEX_URL names. Refusing a query that has no words is an answer.
"""

from __future__ import annotations

import argparse
import os
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Literal

from bench.measure import Check, show, verdict, workplace
from config.wiring import INDEXES, adapter
from domain.errors import QueryNotUnderstood
from domain.ids import Accession, ItemId
from domain.ports import SearchIndex
from domain.queries import Facet, ItemPages, PageDocument, Query
from samples.text import Composer, topics

SERVER_URL = os.environ.get("TUSACH_TEST_INDEX_URL", "")
SERVER_SECRETS = {"api_key": os.environ.get("TUSACH_TEST_INDEX_API_KEY", "")}
LONGEST_S = 1.0  # of one query
PAGES_OF_ITEM = 50
LONG = 10_000  # characters

WORDS = (
    "đất đai", "hòa giải viên ở cơ sở", "14/2019/QĐ-TTg", "UBND xã", "quyền sử dụng đất", "1.000.000 đồng",
    "01/07/2020", "ngày 1 tháng 7 năm 2020", "Điều 5 Luật 14/2012/QH13", "hoa giai", "luật", "a",
)  # fmt: skip
OPERATORS = (
    *(
        "+",
        "-",
        "!",
        "&&",
        "||",
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        "^",
        "~",
        "*",
        "?",
        ":",
        "\\",
        "/",
        "<",
        ">",
        "=",
    ),
    *(" AND ", " OR ", " NOT ", " TO ", " IN ", "^99999999", "~9999999", "[* TO *]", "{a TO b}", "*:*"),
    *("_exists_:title", "_id:*", "published:false", "title:", "fold:", "/.*.*.*/", '"~2', "\\u0000", "%00"),
    *(
        '{"query":{"match_all":{}}}',
        '{"script":"1"}',
        "field:[1 TO",
        "a:b:c:d",
        "-",
        "--",
        "- -",
        "|",
        "_",
        ">a",
    ),
)
FIELDS = (
    "loại:",
    "năm:",
    "cơ quan:",
    "lĩnh vực:",
    "hiệu lực:",
    "số:",
    "tựa:",
    "type:",
    "year:",
    "nope:",
    ":",
    "::",
)
QUOTES = ('"', "'", "“", "”", "„", "«", "»", "＂", "`", '""', '"""', '" "', '"-"')
STRANGE = (
    "\x00", "\x07", "\x1b[2J", "\x7f", "\x85", "\u200b", "\u200d", "\u202e", "\u2066", "\ufeff", "\ufffd",
    "\ufffe", "\U0010ffff", "\ue000", "\ud800", "\udfff", "👩‍👩‍👧‍👦",
    "🇻🇳", "שלום", "مرحبا", "ด่", "ﷺ", "İ", "ß", "ſ", "ﬁ",
    "Ⅷ", "٣", "𝟘", "①", "Å", "e\u0301\u0302\u0303", "\u0301", "\n", "\r\n", "\t", "\u2028",
    "\u00a0", "\u3000",
)  # fmt: skip
BOMBS = (
    "a", "9", "1.", "1,", "1/", "14/2019/", "QĐ-", "1 000 ", "-a ", 'a:"', "a:", '"', "(", "-", "* ", "~",
    "ngày 1 tháng 1 năm 2000 ", "1/1/", "đ", "\u0301", "Điều 1 ", "luật 1 năm 2000 ", "năm:2000-2100 ", "a_",
    "\ud83d", "ủy ban nhân dân ", "- ", '-"', "loại:sách ", "1-", "a\u0301", "ub nd ", "((((a+)+)+)+)",
    "\x00",
)  # fmt: skip
INJECTIONS = (
    "'; DROP TABLE item; --", "1 OR 1=1", "<script>alert(1)</script>", "${jndi:ldap://x/a}", "{{7*7}}",
    "$(id)", "../../../etc/passwd", "%s%n%x", "a\r\nHost: x", "file:///etc/passwd", "(?:(?:a+)+)+$",
    "(.*)*\\1", "]]>",
)  # fmt: skip


def hostile(seed: int, count: int) -> list[str]:
    """Queries that nobody means well; the same for the same seed."""
    random = Random(f"fuzz/{seed}")
    shapes: Sequence[Callable[[Random], str]] = (
        _mixed, _mixed, _nested, _long, _bomb, _anything, _broken_words, _decomposed,
    )  # fmt: skip
    fixed = [*OPERATORS, *FIELDS, *QUOTES, *STRANGE, *INJECTIONS, "", " ", *(bomb * 500 for bomb in BOMBS)]
    made = [random.choice(shapes)(random) for _ in range(max(0, count - len(fixed)))]
    return [*fixed, *made][:count]


def _part(random: Random) -> str:
    return random.choice(random.choice((WORDS, OPERATORS, FIELDS, QUOTES, STRANGE, INJECTIONS)))


def _mixed(random: Random) -> str:
    return random.choice(("", " ")).join(_part(random) for _ in range(random.randint(1, 24)))


def _nested(random: Random) -> str:
    depth = random.randint(1, 800)
    opening, closing = random.choice(
        (("(", ")"), ("[", "]"), ("{", "}"), ('"', '"'), ("-(", ")"), ("a:(", ")"))
    )
    return opening * depth + random.choice(WORDS) + closing * random.choice((depth, depth - 1, 0))


def _long(random: Random) -> str:
    parts: list[str] = []
    while sum(map(len, parts)) < LONG:
        parts.append(_part(random))
    return random.choice(("", " ")).join(parts)


def _bomb(random: Random) -> str:
    bomb = random.choice(BOMBS)
    return (
        random.choice(WORDS)
        + bomb * random.randint(10, LONG // len(bomb))
        + random.choice(("", "!", '"', " a"))
    )


def _anything(random: Random) -> str:
    return "".join(chr(random.randrange(0x110000)) for _ in range(random.randint(1, 300)))


def _broken_words(random: Random) -> str:
    text = list(random.choice(WORDS) * random.randint(1, 4))
    for _ in range(random.randint(1, 8)):
        text.insert(random.randrange(len(text) + 1), _part(random))
    return "".join(text)


def _decomposed(random: Random) -> str:
    forms: Sequence[Literal["NFD", "NFKD", "NFKC"]] = ("NFD", "NFKD", "NFKC")
    form = random.choice(forms)
    marks = "".join(chr(random.randrange(0x300, 0x370)) for _ in range(random.choice((0, 1, 2_000))))
    return unicodedata.normalize(form, _mixed(random).replace("\ud800", "").replace("\udfff", "")) + marks


@dataclass(slots=True)
class Figures:
    asked: int = 0
    refused: int = 0
    failed: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    slowest: str = ""


def attack(index: SearchIndex, queries: Sequence[str]) -> Figures:
    """Ask every query in every way; what is no answer is noted."""
    figures = Figures()
    for text in queries:
        for ask in _ways(index, text):
            began = time.perf_counter()
            try:
                ask()
            except QueryNotUnderstood:
                figures.refused += 1
            except Exception as error:
                figures.failed.append(f"{text[:80]!r}: {type(error).__name__}: {str(error)[:200]}")
            took = time.perf_counter() - began
            figures.asked += 1
            if took > figures.slowest_s:
                figures.slowest_s, figures.slowest = took, text[:80]
    return figures


def _ways(index: SearchIndex, text: str) -> Iterator[Callable[[], object]]:
    yield lambda: index.search(Query(text, facets=True))
    yield lambda: index.search(Query(text, published_only=False, limit=3, offset=2))
    yield lambda: index.search(Query("đất đai", filters={Facet.AGENCY: (text,), Facet.TYPE: ("book", text)}))
    yield lambda: index.complete(text)


def shelf_of(pages: int, seed: int) -> Iterator[ItemPages]:
    """Items of make-believe prose; every fourth is not published."""
    random = Random(f"fuzz/{seed}")
    for number in range(0, pages, PAGES_OF_ITEM):
        composer = Composer(random, random.choice(topics()))
        item_id = ItemId(f"{number:032x}")
        documents = [
            PageDocument(
                item_id=item_id,
                accession=Accession(f"TSPL-VN-2026-{number + 1:06d}"),
                revision=1,
                published=bool(number // PAGES_OF_ITEM % 4),
                title=f"Sổ tay pháp luật về {composer.topic.name}",
                resource_type=random.choice(("book", "manual", "qa_book")),
                agency="Sở Tư pháp",
                year=random.choice((None, 2012, 2019)),
                so_ky_hieu=None,
                number=at + 1,
                label=str(at + 1),
                text=composer.paragraph(12),
            )
            for at in range(min(PAGES_OF_ITEM, pages - number))
        ]
        yield ItemPages(item_id, 1, documents)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--pages", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=4)
    given = parser.parse_args()
    queries = hostile(given.seed, given.queries)
    with workplace("fuzz") as folder:
        found = run(folder, queries, pages=given.pages, seed=given.seed)
    for name, figures in found.items():
        for line in figures.failed[:20]:
            print(f"{name}: {line}")
    show(
        f"{len(queries)} hostile queries",
        ("engine", "questions", "refused", "failed", "slowest, s", "which"),
        [
            (
                name,
                str(figures.asked),
                str(figures.refused),
                str(len(figures.failed)),
                f"{figures.slowest_s:.3f}",
                ascii(figures.slowest)[:40],
            )
            for name, figures in found.items()
        ],
    )
    verdict(checks(found))


def run(folder: Path, queries: Sequence[str], *, pages: int, seed: int) -> dict[str, Figures]:
    """By the name of each engine that there is."""
    addresses = {"embedded": f"tantivy://{folder}/index"}
    if SERVER_URL:
        addresses["server"] = f"{SERVER_URL}-fuzz"
    found = {}
    with ExitStack() as opened:
        for name, url in addresses.items():
            index = opened.enter_context(adapter("TUSACH_INDEX_URL", INDEXES, url, SERVER_SECRETS))
            index.rebuild(shelf_of(pages, seed))
            found[name] = attack(index, queries)
    return found


def checks(found: dict[str, Figures]) -> list[Check]:
    return [
        check
        for name, figures in found.items()
        for check in (
            Check(f"failures, {name}", len(figures.failed), 0),
            Check(f"slowest query, {name}", figures.slowest_s, LONGEST_S, "s"),
        )
    ]


if __name__ == "__main__":
    main()
