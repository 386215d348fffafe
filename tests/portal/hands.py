"""Two ways to use a page: with a mouse, and by keyboard alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from playwright.sync_api import Locator, Page

MOST_TABS = 300  # on one page; more of them nobody would press


class Hand(Protocol):
    def press(self, what: Locator) -> None:
        """A link, a button, a choice."""

    def write(self, what: Locator, text: str) -> None:
        """In the place of what a field holds."""

    def send(self, what: Locator, files: Sequence[Path]) -> None: ...


class Mouse:
    def press(self, what: Locator) -> None:
        what.click()

    def write(self, what: Locator, text: str) -> None:
        what.click()
        what.fill(text)

    def send(self, what: Locator, files: Sequence[Path]) -> None:
        what.set_input_files([*files])


class Keyboard:
    """Tab, Enter, Space and letters: nothing is focused that Tab does not come to."""

    def press(self, what: Locator) -> None:
        self._go_to(what)
        choice = what.get_attribute("type") in ("radio", "checkbox")
        what.page.keyboard.press("Space" if choice else "Enter")

    def write(self, what: Locator, text: str) -> None:
        self._go_to(what)
        what.page.keyboard.press("Control+A")
        what.page.keyboard.insert_text(text)

    def send(self, what: Locator, files: Sequence[Path]) -> None:
        self._go_to(what)
        with what.page.expect_file_chooser() as asked:
            what.page.keyboard.press("Space")
        asked.value.set_files([*files])

    def _go_to(self, what: Locator) -> None:
        what.wait_for(state="attached")
        page: Page = what.page
        for _ in range(MOST_TABS):
            if _is_at(what):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not come to {what}")


def _is_at(what: Locator) -> bool:
    """Whether the keyboard is there; of a group of choices, Tab comes to one, and the arrows to the rest."""
    if what.evaluate("one => one === document.activeElement"):
        return True
    if what.evaluate("one => one.type === 'radio' && one.name === document.activeElement.name"):
        what.page.keyboard.press("ArrowDown")
        return bool(what.evaluate("one => one === document.activeElement"))
    return False
