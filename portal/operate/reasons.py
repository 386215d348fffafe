"""Why items are in quarantine, in a few words, and what helps: by code, else by the code's family."""

from __future__ import annotations

from config.messages import Lang, sentence, sentences

OTHER = "other"


def trouble_words(code: str, lang: Lang) -> str:
    """A heading for all items with this reason: no fields."""
    return _said("trouble", code, lang)


def remedy_words(code: str, lang: Lang) -> str:
    """What an operator does about it."""
    return _said("remedy", code, lang)


def _said(what: str, code: str, lang: Lang) -> str:
    family, _, name = code.partition(".")
    for known in (f"operate.{what}.{family}.{name}", f"operate.{what}.{family}.any"):
        if known in sentences(lang):
            return sentence(known, lang)
    return sentence(f"operate.{what}.{OTHER}", lang, {"code": code})
