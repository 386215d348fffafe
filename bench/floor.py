"""Bare tesseract over pictures, one process each; prints what they took and read as JSON.

python -m bench.floor IMAGE…
"""

from __future__ import annotations

import json
import sys

from bench.measure import run


def main() -> None:
    costs = [run(["tesseract", image, "-", "-l", "vie", "--psm", "3"]) for image in sys.argv[1:]]
    texts = [cost.out.decode() for cost in costs]
    print(json.dumps({"cpu_s": sum(cost.cpu_s for cost in costs), "texts": texts}))


if __name__ == "__main__":
    main()
