"""Nothing is lost when things die.

Rounds of a batch of two-page items and one damaged file, on the real servers of ``scripts/services`` with
Prefect's on PostgreSQL, two workers, and a portal that a reader goes on asking. In each round one process
is killed -9 at a moment that the seed chooses; nobody lends a hand. Then every item has to be published,
the damaged file in quarantine with its reason, every file as it was kept, the index equal to the catalogue,
and no run or claim left behind.

    eval "$(scripts/services start)"
    python -m bench.chaos [--rounds 20] [--items 30] [--seed 1] [--logs DIR]
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from bench.chaos.reader import Reader
from bench.chaos.shelf import LargeShelf, Victim
from bench.measure import Check, show, stop, verdict, workplace
from config.wiring import open_shelf
from domain.errors import ShelfError
from domain.holdings import Item, State
from domain.ids import BatchId
from domain.ports import Criteria, Shelf
from flows.api import LIVE, open_api
from flows.batches import take_in
from flows.steps.audit import audit
from flows.steps.claims import dead
from flows.steps.index_check import verify
from flows.steps.walk import walk
from flows.submit import hand_in

PAGES = 2
STALL_S = 240.0
SILENCE_S = 120.0  # without a page for a reader; a server that is killed takes half a minute to come back
PAGES_READ = ("/", "/tim?q=item", "/song")
ROUND_S = 900.0  # after which a round has failed
ENDS_S = 90.0  # for the last runs and claims to end by themselves
LOOK_S = 0.5
FIRST_S = 20.0  # within which the first kill comes; later ones within the length of a round
EACH = 2  # times that every kind dies
NONE = "no"  # such process was there when its turn came


@dataclass(frozen=True, slots=True)
class Round:
    victim: str
    after_s: float
    length_s: float
    stall_s: float
    quarantined: int  # beside the damaged file
    lost: int  # items that are not where they should be, pages that are not what they should be
    said: str = ""


def schedule(rounds: int, rng: random.Random) -> list[Victim]:
    """Each kind EACH times where there are rounds enough, the rest by chance."""
    kinds = [*Victim]
    chosen = kinds * EACH if rounds >= len(kinds) * EACH else rng.sample(kinds, min(rounds, len(kinds)))
    chosen += [rng.choice(kinds) for _ in range(rounds - len(chosen))]
    rng.shuffle(chosen)
    return chosen


def make_batch(folder: Path, name: str, items: int) -> list[Path]:
    """Small scans whose text tells them apart, and one that is cut short."""
    folder.mkdir(parents=True)
    font = ImageFont.load_default(28)
    paths: list[Path] = []
    for number in range(items + 1):
        images = []
        for page in range(1, PAGES + 1):
            image = Image.new("L", (700, 240), 250)
            ImageDraw.Draw(image).text((30, 60), f"{name} item {number}\npage {page} of {PAGES}", 20, font)
            images.append(image)
        path = folder / f"{number:03}.tif"
        images[0].save(path, save_all=True, append_images=images[1:], dpi=(150, 150))
        paths.append(path)
    paths[-1].write_bytes(paths[-1].read_bytes()[:40] + name.encode())
    return paths


def play(large: LargeShelf, shelf: Shelf, paths: Sequence[Path], victim: Victim, after_s: float) -> Round:
    settings = large.settings
    report = take_in(shelf, settings, paths, publish=True)
    began = time.monotonic()
    with open_api(settings) as api:
        hand_in(settings, shelf, api, report.to_digitise)
    watch = _Watch(shelf, report.batch.id)
    watch.until(lambda: time.monotonic() - began >= after_s)
    killed = _kill(large, victim, watch)
    after_s = time.monotonic() - began
    said = watch.until(lambda: watch.done)
    length = time.monotonic() - began
    large.all_up()
    return Round(killed, after_s, length, watch.stall_s, *_judge(shelf, report.batch.id, len(paths)), said)


def _kill(large: LargeShelf, victim: Victim, watch: _Watch) -> str:
    while True:
        try:
            return large.kill(victim)
        except (LookupError, StopIteration, ShelfError):
            if watch.done:
                return f"{NONE} {victim}"
            watch.look()
            time.sleep(0.05)


class _Watch:
    """How far a batch is, and for how long at most nothing moved."""

    def __init__(self, shelf: Shelf, batch_id: BatchId) -> None:
        self._shelf, self._batch_id = shelf, batch_id
        self._last: object = None
        self._moved = time.monotonic()
        self.stall_s, self.done = 0.0, False

    def look(self) -> None:
        try:
            items = [*walk(self._shelf, Criteria(batch_id=self._batch_id))]
            with self._shelf.catalog.view() as seen:
                pages = seen.page_counts([item.id for item in items])
                stages = [len(seen.stages(item.id)) for item in items]
        except ShelfError:  # away: that is a stall too
            items = []
        now = time.monotonic()
        if items:
            progress = (
                stages,
                sorted(pages.items()),
                [(item.state, item.indexed_revision) for item in items],
            )
            if progress != self._last:
                self._last, self._moved = progress, now
            self.done = all(_at_rest(item) for item in items)
        self.stall_s = max(self.stall_s, now - self._moved)

    def until(self, over: Callable[[], bool]) -> str:
        began = time.monotonic()
        while not over():
            self.look()
            if time.monotonic() - began > ROUND_S:
                return "never finished"
            time.sleep(LOOK_S)
        return ""


def _at_rest(item: Item) -> bool:
    if item.state is State.QUARANTINED:
        return True
    return item.state is State.PUBLISHED and item.indexed_revision == item.revision


def _judge(shelf: Shelf, batch_id: BatchId, items: int) -> tuple[int, int]:
    """How many are in quarantine without being damaged, and what is lost or there twice."""
    quarantined = lost = 0
    found = [*walk(shelf, Criteria(batch_id=batch_id))]
    lost += abs(items - len(found))
    with shelf.catalog.view() as seen:
        for item in found:
            pages = [page.number for page in seen.pages(item.id)]
            if item.state is State.QUARANTINED:
                true = item.reason is not None and item.reason.code == "intake.damaged_file"
                quarantined += not true
            elif item.state is not State.PUBLISHED or pages != [*range(1, PAGES + 1)]:
                lost += 1
    return quarantined, lost


def _left_behind(large: LargeShelf, shelf: Shelf) -> tuple[int, int]:
    """Runs that are not over, and claims of the living, when all have had time to end."""
    deadline = time.monotonic() + ENDS_S
    while True:
        with open_api(large.settings) as api:
            runs = len(api.runs(types=sorted(LIVE)))
        with shelf.catalog.view() as seen:
            claims = sum(not dead(one.holder) for one in seen.claims())
        if (runs, claims) == (0, 0) or time.monotonic() > deadline:
            return runs, claims
        time.sleep(1)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--items", type=int, default=30, help="of each batch, beside a damaged one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--logs", type=Path, help="keep the logs of all processes there")
    asked = parser.parse_args()
    if asked.rounds < 1 or asked.items < 1:
        stop("at least one round of one item")
    rng = random.Random(f"chaos/{asked.seed}")
    rounds: list[Round] = []
    with workplace("chaos") as folder:
        large = LargeShelf(folder, asked.workers)
        try:
            with large.running(), open_shelf(large.settings) as shelf, _read_by(large) as reader:
                for number, victim in enumerate(schedule(asked.rounds, rng), start=1):
                    within = min((one.length_s for one in rounds), default=FIRST_S)
                    paths = make_batch(folder / "in" / str(number), f"round {number}", asked.items)
                    rounds.append(play(large, shelf, paths, victim, rng.uniform(0.2, 0.8 * within)))
                    print(f"{number:3} {rounds[-1]}", flush=True)
                runs, claims = _left_behind(large, shelf)
                findings = audit(shelf).findings
                differences = verify(shelf).differences
        finally:
            if asked.logs:
                large.keep_logs(asked.logs)
    for finding in findings:
        print(finding)
    print(f"the reader's answers: {dict(sorted(reader.answers.items()))}")
    _tell(rounds, large.restarts)
    died = Counter({str(kind).split(" ")[0]: 0 for kind in Victim})
    died.update(first for one in rounds if (first := one.victim.split(" ")[0]) != NONE)
    verdict(
        [
            Check("items lost, or with pages lost or twice", sum(one.lost for one in rounds), 0),
            Check("items in quarantine that are sound", sum(one.quarantined for one in rounds), 0),
            Check("rounds that never finished", sum(bool(one.said) for one in rounds), 0),
            Check("files that are not as they were kept", len(findings), 0),
            Check("items that the index has otherwise", len(differences), 0),
            Check("runs left behind", runs, 0),
            Check("claims left behind", claims, 0),
            Check("pages that no reader should see", reader.wrong, 0),
            Check("longest without a page for a reader", reader.silence_s, SILENCE_S, " s"),
            Check("longest stall", max(one.stall_s for one in rounds), STALL_S, " s"),
            *(
                [Check("deaths of the kind that died least", min(died.values()), EACH, at_least=True)]
                if asked.rounds >= len(Victim) * EACH
                else []
            ),
        ]
    )


@contextmanager
def _read_by(large: LargeShelf) -> Iterator[Reader]:
    reader = Reader(large.portal_url, PAGES_READ)
    with reader.reading():
        yield reader


def _tell(rounds: Sequence[Round], restarts: int) -> None:
    show(
        f"{len(rounds)} rounds; containers started again: {restarts}",
        ["killed", "after s", "round s", "longest stall s", "sound in quarantine", "lost"],
        [
            [
                one.victim,
                f"{one.after_s:.1f}",
                f"{one.length_s:.0f}",
                f"{one.stall_s:.0f}",
                str(one.quarantined),
                str(one.lost),
            ]
            for one in rounds
        ],
    )


if __name__ == "__main__":
    main()
