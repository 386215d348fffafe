"""Vietnamese legal prose from a seeded grammar: no two sentences of one composer are alike."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random

# Which National Assembly passed the laws of a year.
_ASSEMBLIES = {range(2007, 2011): "QH12", range(2011, 2016): "QH13", range(2016, 2021): "QH14"}
_KINDS = ("subjects", "acts", "whens", "wrongs")
_MODALS = ("có trách nhiệm", "phải", "cần", "chủ động", "có nghĩa vụ")


@dataclass(frozen=True, slots=True)
class Topic:
    name: str
    law: str
    subjects: tuple[str, ...]
    acts: tuple[str, ...]
    whens: tuple[str, ...]
    wrongs: tuple[str, ...]


@cache
def topics() -> tuple[Topic, ...]:
    found = tomllib.loads(files("samples").joinpath("topics.toml").read_text("utf-8"))["topic"]
    return tuple(
        Topic(topic["name"], topic["law"], *(tuple(topic[kind]) for kind in _KINDS)) for topic in found
    )


@cache
def names() -> dict[str, tuple[str, ...]]:
    found = tomllib.loads(files("samples").joinpath("names.toml").read_text("utf-8"))
    return {kind: tuple(values) for kind, values in found.items()}


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _money(hundred_thousands: int) -> str:
    return f"{hundred_thousands * 100_000:,} đồng".replace(",", ".")


class Composer:
    """Writes about one topic; the same ``random`` writes the same.

    ``taken`` holds the legal numbers that others of the batch used; they are not used again.
    """

    def __init__(self, random: Random, topic: Topic, taken: set[str] | None = None) -> None:
        self.random = random
        self.topic = topic
        self.numbers: list[str] = []  # every legal number it used, in order
        self.sentences: list[str] = []
        self._taken = set() if taken is None else taken
        self._seen: set[str] = set()
        self._queue: dict[tuple[str, ...], list[str]] = {}
        self._shapes: tuple[Callable[[], str], ...] = (
            self._duty, self._exception, self._by_law, self._fine, self._report, self._witness,
            self._term, self._forbidden, self._steps,
        )  # fmt: skip

    def sentence(self) -> str:
        """A sentence not written before, full stop included."""
        while True:
            said = self.random.choice(self._shapes)()
            if said not in self._seen:
                return self.keep(said)

    def keep(self, said: str) -> str:
        """Count ``said`` among the sentences written."""
        self._seen.add(said)
        self.sentences.append(said)
        return said

    def question(self) -> str:
        """A question that a citizen might ask; not kept among the sentences."""
        subject, act = self.pick(self.topic.subjects), self.pick(self.topic.acts)
        return f"{self.pick(self.topic.whens)}, {subject} có phải {act} hay không?"

    def paragraph(self, sentences: int) -> str:
        return " ".join(self.sentence() for _ in range(sentences))

    def pick(self, choices: tuple[str, ...]) -> str:
        """One of them; none comes again before all the others have."""
        left = self._queue.get(choices)
        if not left:
            left = self.random.sample(choices, len(choices))
            self._queue[choices] = left
        return left.pop()

    def legal_number(self, pattern: str) -> str:
        """A number not used before; ``{n}`` and ``{year}`` are chosen, ``{qh}`` follows from the year."""
        while True:
            year = self.random.randint(2010, 2019)
            assembly = next(code for years, code in _ASSEMBLIES.items() if year in years)
            number = pattern.format(n=self.random.randint(12, 189), year=year, qh=assembly)
            if number not in self._taken:
                self._taken.add(number)
                self.numbers.append(number)
                return number

    def instrument(self) -> str:
        """A legal instrument by kind and number, as prose cites it."""
        kind, pattern, issuer = self.random.choice(
            (
                (self.topic.law, "{n}/{year}/{qh}", ""),
                ("Nghị định", "{n}/{year}/NĐ-CP", " của Chính phủ"),
                ("Thông tư", "{n}/{year}/TT-BTP", " của Bộ Tư pháp"),
                ("Quyết định", "{n}/{year}/QĐ-TTg", " của Thủ tướng Chính phủ"),
            )
        )
        return f"{kind} số {self.legal_number(pattern)}{issuer}"

    def date(self, year: int | None = None) -> str:
        return f"{self.random.randint(10, 28)}/{self.random.randint(3, 12)}/{year or self.year()}"

    def year(self) -> int:
        return self.random.randint(2012, 2019)

    def person(self) -> str:
        said = names()
        return f"{self.pick(said['families'])} {self.pick(said['middles'])} {self.pick(said['givens'])}"

    def act(self) -> str:
        """What someone does, often with a particular that hardly any other sentence has."""
        said = names()
        particular = self.random.choice(("", " {adjunct}", " {adjunct}", " {adjunct}, {place}", " {place}"))
        place = f"{self.pick(said['scenes'])} {self.pick(said['villages'])}"
        return self.pick(self.topic.acts) + particular.format(
            adjunct=self.pick(said["adjuncts"]), place=place
        )

    def _duty(self) -> str:
        subject, act = self.pick(self.topic.subjects), self.act()
        return f"{self.pick(self.topic.whens)}, {subject} {self.pick(_MODALS)} {act}."

    def _exception(self) -> str:
        subject, act = capital(self.pick(self.topic.subjects)), self.pick(self.topic.acts)
        return (
            f"{subject} {self.pick(_MODALS)} {act}; nếu {self.pick(self.topic.wrongs)} thì bị xem xét xử lý "
            f"trong thời hạn {self.random.randint(5, 60)} ngày làm việc."
        )

    def _by_law(self) -> str:
        article = f"khoản {self.random.randint(2, 6)} Điều {self.random.randint(4, 96)}"
        subject = self.pick(self.topic.subjects)
        return f"Theo {article} {self.instrument()}, {subject} {self.pick(_MODALS)} {self.act()}."

    def _fine(self) -> str:
        low = self.random.randint(2, 19)
        return (
            f"Phạt tiền từ {_money(low)} đến {_money(low + self.random.randint(2, 9))} đối với người có "
            f"hành vi {self.pick(self.topic.wrongs)}."
        )

    def _report(self) -> str:
        return (
            f"Năm {self.year()}, {self.pick(names()['villages'])} đã tiếp nhận "
            f"{self.random.randint(12, 98)} vụ việc, trong đó {self.pick(self.topic.subjects)} {self.act()}."
        )

    def _witness(self) -> str:
        said = names()
        return (
            f"Ông {self.person()}, {self.pick(said['roles'])} ở {self.pick(said['villages'])}, cho biết "
            f"{self.pick(self.topic.subjects)} đã {self.act()}."
        )

    def _term(self) -> str:
        return (
            f"Chậm nhất là {self.random.randint(3, 45)} ngày kể từ ngày {self.date()}, "
            f"{self.pick(self.topic.subjects)} phải {self.act()}."
        )

    def _forbidden(self) -> str:
        return (
            f"Nghiêm cấm {self.pick(self.topic.subjects)} {self.pick(self.topic.wrongs)} hoặc "
            f"{self.pick(self.topic.wrongs)} trên địa bàn {self.pick(names()['villages'])}."
        )

    def _steps(self) -> str:
        acts = [self.pick(self.topic.acts), self.act()]
        return f"{capital(self.pick(self.topic.subjects))} trước hết {acts[0]}, sau đó {acts[1]}."
