"""``python -m samples OUT --seed N``: the sample batch, the same for the same seed."""

from __future__ import annotations

import argparse
from pathlib import Path

from samples.batch import make_batch


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m samples", description=__doc__)
    parser.add_argument("out", type=Path, help="folder for batch/, phu-luc-ii.xlsx and truth.json")
    parser.add_argument("--seed", default="1", help="any text; another seed tells other stories")
    chosen = parser.parse_args()
    truths = make_batch(chosen.out, chosen.seed)
    pages = sum(len(truth.pages) for truth in truths)
    print(f"{len(truths)} files, {pages} good pages: {chosen.out / 'batch'}")


if __name__ == "__main__":
    main()
