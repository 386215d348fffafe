"""What abbreviations stand for, from the list beside this module."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from indexing.text import bigrams, folded_tokens

_LIST = Path(__file__).with_name("abbreviations.toml")


@cache
def abbreviations() -> Mapping[str, tuple[str, ...]]:
    """Folded words by folded abbreviation; of one with hyphens the parts are joined as bigrams are."""
    listed = tomllib.loads(_LIST.read_text("utf-8"))
    return {"_".join(folded_tokens(short)): tuple(folded_tokens(words)) for short, words in listed.items()}


def spelled_out(tokens: Sequence[str]) -> list[tuple[str, ...]]:
    """The words of each abbreviation among folded tokens, once."""
    if _beginnings().isdisjoint(tokens):  # of most pages this is all
        return []
    known = abbreviations()
    found = [token for token in (*tokens, *bigrams(tokens)) if token in known]
    return [known[short] for short in dict.fromkeys(found)]


@cache
def _beginnings() -> frozenset[str]:
    return frozenset(short.partition("_")[0] for short in abbreviations())
