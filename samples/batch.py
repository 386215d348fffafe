"""The demo's batch: eight files a department might hand in, and the form it files them with."""

from __future__ import annotations

from pathlib import Path
from random import Random

from samples.items import MAKERS, Order
from samples.manifest import Line, write_manifest
from samples.text import names, topics
from samples.truth import Truth, distinctive, write_truth


def make_batch(out: Path, seed: str) -> list[Truth]:
    """``out/batch/`` with the files, ``out/phu-luc-ii.xlsx`` and ``out/truth.json`` beside it."""
    folder = out / "batch"
    folder.mkdir(parents=True, exist_ok=True)
    random = Random(f"batch/{seed}")
    province = random.choice(names()["provinces"])
    themes = random.sample(topics(), len(MAKERS))
    taken: set[str] = set()
    truths = [
        make(Order(folder, Random(f"{make.__name__}/{seed}"), topic, province, taken))
        for make, topic in zip(MAKERS, themes, strict=True)
    ]
    absent = f"Sổ tay công tác {themes[0].name} của tổ trưởng tổ dân phố"
    lines = [Line(truth.title, truth.declared) for truth in truths]
    write_manifest(
        out / "phu-luc-ii.xlsx", [*lines, Line(absent, 64)], agency=f"Sở Tư pháp tỉnh {province}", year=2019
    )
    told = distinctive(truths)
    write_truth(told, out / "truth.json", seed=seed, absent=[absent])
    return told
