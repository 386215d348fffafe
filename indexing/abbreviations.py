"""What abbreviations stand for, from the list beside this module."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from indexing.text import folded_tokens

_LIST = Path(__file__).with_name("abbreviations.toml")


@cache
def abbreviations() -> Mapping[str, tuple[str, ...]]:
    """Folded words by folded abbreviation; of one with hyphens the parts are joined as bigrams are."""
    listed = tomllib.loads(_LIST.read_text("utf-8"))
    return {"_".join(folded_tokens(short)): tuple(folded_tokens(words)) for short, words in listed.items()}


def spelled_out(tokens: Sequence[str], pairs: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """The abbreviations among folded tokens and their bigrams, each once, with their words."""
    known = abbreviations()
    found = [token for token in (*tokens, *pairs) if token in known]
    return [(short, known[short]) for short in dict.fromkeys(found)]
