"""Whether both engines answer alike: the same first ten, in the same order."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random

from bench.measure import Check, show
from bench.retrieval import Judged, ask, damaged, item_id, shelve, shelved
from config.wiring import INDEXES, adapter
from domain.ports import SearchIndex

SERVER_URL = os.environ.get("TUSACH_TEST_INDEX_URL", "")
SERVER_SECRETS = {"api_key": os.environ.get("TUSACH_TEST_INDEX_API_KEY", "")}
SAME = 0.995  # of the questions
REPLACED, DELETED = 0.10, 0.05  # of the items
SEED = "same/1"


def measure(judged: Judged, folder: Path) -> list[Check]:
    """Ask both before and after some items were replaced and deleted; prints a table."""
    if not SERVER_URL:
        print("NOT MEASURED: whether both engines answer alike. Name a server in TUSACH_TEST_INDEX_URL.")
        return [Check("same first ten (not measured: no server)", 0.0, SAME, at_least=True)]
    with ExitStack() as opened:
        engines = [
            opened.enter_context(adapter("TUSACH_INDEX_URL", INDEXES, url, secrets))
            for url, secrets in ((f"tantivy://{folder / 'same'}", {}), (SERVER_URL, SERVER_SECRETS))
        ]
        for engine in engines:
            shelve(engine, shelved(judged.articles))
        told = {"as built": _same(judged, engines)}
        for engine in engines:
            _change(engine, judged)
        told["after changes"] = _same(judged, engines)
    show(
        "same first ten",
        ("when", "share of questions"),
        [(when, f"{share:.4f}") for when, share in told.items()],
    )
    return [Check(f"same first ten, {when}", share, SAME, at_least=True) for when, share in told.items()]


def _same(judged: Judged, engines: Sequence[SearchIndex]) -> float:
    """The share of the questions that all engines answer with the same items in the same order."""
    alike = sum(
        len({tuple(ask(engine, text)) for engine in engines}) == 1 for text in judged.questions.values()
    )
    return alike / len(judged.questions)


def _change(engine: SearchIndex, judged: Judged) -> None:
    """Replace some items by damaged ones and delete others, the same on every engine."""
    random = Random(SEED)
    places = random.sample(range(len(judged.articles)), round(len(judged.articles) * (REPLACED + DELETED)))
    replaced = round(len(judged.articles) * REPLACED)
    pages = [*shelved(damaged(article, SEED) for article in judged.articles)]
    for place in places[:replaced]:
        engine.replace_item(pages[place].item_id, [pages[place]])
    for place in places[replaced:]:
        engine.remove_item(item_id(judged.articles[place].id))
