"""The grammar and the fonts that the samples are made with."""

import unicodedata
from random import Random

import pytest
from fontTools.ttLib import TTFont

from samples import fonts
from samples.text import Composer, topics
from samples.truetype import read_truetype


@pytest.mark.parametrize("topic", topics(), ids=lambda topic: topic.name)
def test_a_composer_never_says_the_same_twice(topic):
    composer = Composer(Random(7), topic)
    said = [composer.sentence() for _ in range(400)]
    assert len(set(said)) == 400
    assert len(set(composer.numbers)) == len(composer.numbers) > 20
    for sentence in said:
        assert sentence == unicodedata.normalize("NFC", sentence)
        assert sentence[0].isupper()
        assert sentence.endswith(".")
        assert "{" not in sentence


def test_all_that_is_said_can_be_drawn():
    letters = set(fonts.needed())
    for topic in topics():
        assert set(Composer(Random(1), topic).paragraph(60)) <= letters


@pytest.mark.parametrize("kind", ["serif", "sans"])
def test_glyphs_and_widths_are_those_of_the_font(kind):
    path = fonts.face(kind).regular
    mine = read_truetype(path)
    theirs = TTFont(path)
    best, metrics, order = theirs.getBestCmap(), theirs["hmtx"], theirs.getReverseGlyphMap()
    assert mine.units_per_em == theirs["head"].unitsPerEm
    for char in fonts.needed():
        name = best[ord(char)]
        assert mine.glyphs[ord(char)] == order[name]
        assert mine.advances[mine.glyphs[ord(char)]] == metrics[name][0]
    assert mine.lacks("ồ\U0001f600") == ["\U0001f600"]


def test_without_a_font_for_vietnamese_nothing_is_drawn(tmp_path, monkeypatch):
    monkeypatch.setattr(fonts, "FOLDERS", (tmp_path,))
    fonts.face.cache_clear()
    try:
        with pytest.raises(SystemExit, match="fonts-liberation2"):
            fonts.face("serif")
    finally:
        fonts.face.cache_clear()
