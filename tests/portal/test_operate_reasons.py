"""Whatever can put an item into quarantine has a heading and a remedy, in both languages."""

from __future__ import annotations

import pytest

from config.messages import sentences
from domain import errors
from domain.errors import ShelfError
from flows.steps.refuse import REFUSED
from flows.steps.way import UNEXPECTED
from portal.operate.reasons import remedy_words, trouble_words


def _below(kind: type[ShelfError]) -> list[str]:
    return [kind.code, *(code for one in kind.__subclasses__() for code in _below(one))]


OF_THE_ITEM = [
    *_below(errors.IntakeError),
    *_below(errors.OcrError),
    errors.ConfidentialMarking.code,
    UNEXPECTED,
    REFUSED,
    "item.machine_trouble",
    "item.crashes",
]
OF_THE_MACHINE = [*_below(errors.StoreError), *_below(errors.CatalogError), *_below(errors.SearchError)]


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("code", OF_THE_ITEM)
def test_every_reason_of_an_item_has_words_of_its_own(code, lang):
    known = sentences(lang)
    whole = code.endswith(".failed")  # the family itself
    for what, said in (("trouble", trouble_words), ("remedy", remedy_words)):
        own = f"operate.{what}.{code}"
        assert said(code, lang) == known[own if not whole else own.replace(".failed", ".any")]


@pytest.mark.parametrize("code", OF_THE_MACHINE)
def test_what_a_machine_did_has_the_words_of_its_family(code):
    family = code.partition(".")[0]
    assert remedy_words(code, "vi") == sentences("vi")[f"operate.remedy.{family}.any"]


@pytest.mark.parametrize("code", ["", "new.code", "runner.run_failed", "..", "operate.{x}"])
def test_a_reason_that_nobody_foresaw_still_has_a_remedy(code):
    assert remedy_words(code, "vi") == sentences("vi")["operate.remedy.other"]
    assert code in trouble_words(code, "vi")
