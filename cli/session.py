"""What every command is given: the language, the settings asked for, and the screen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from cli.screen import Screen
from config.messages import Lang

if TYPE_CHECKING:
    from config.settings import Settings
    from domain.ports import Shelf


@dataclass
class Session:
    lang: Lang
    data_dir: str | None = None
    debug: bool = False
    interruption: str = "cli.interrupted"  # the sentence for Ctrl-C; a command that keeps less says so
    screen: Screen = field(init=False)

    def __post_init__(self) -> None:
        self.screen = Screen(self.lang)

    @cached_property
    def settings(self) -> Settings:
        """The environment's settings with what was typed weightier. Raises SettingsError."""
        from config.settings import load_settings

        return load_settings(data_dir=self.data_dir, lang=self.lang)

    def speak(self, as_json: bool) -> Screen:
        """The screen, told whether a program or a person reads the answer."""
        self.screen.as_json = as_json
        return self.screen

    @contextmanager
    def shelf(self) -> Iterator[Shelf]:
        from config.wiring import open_shelf

        with open_shelf(self.settings) as shelf:
            yield shelf
