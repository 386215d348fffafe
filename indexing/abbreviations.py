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
    """The words of each abbreviation among folded tokens."""
    known = abbreviations()
    return [known[short] for short in (*tokens, *bigrams(tokens)) if short in known]
