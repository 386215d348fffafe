"""Which index on a search server is the one that counts: the one behind the alias.

Building everything anew fills another index and then moves the alias, so readers see the old one
until the new one is complete. An index of ours that no alias names is a build that was interrupted;
the next one goes on with it.
"""

from __future__ import annotations

import re
import time
import uuid
from typing import Any

from elasticsearch import Elasticsearch, NotFoundError

from domain.errors import IndexOutOfDate, SettingNotValid
from indexing.elastic_bodies import settings_and_mapping
from indexing.elastic_errors import translated
from indexing.mapping import LAYOUT

KNOWN_S = 1.0  # that readers trust what they know of the alias; an index that was replaced is gone by itself


class Indexes:
    """The indexes of one alias. Nothing is made before the first write."""

    def __init__(self, client: Elasticsearch, alias: str) -> None:
        self._client, self._alias = client, alias
        self._ours = re.compile(rf"{re.escape(alias)}-[0-9a-f]{{12}}")
        self._known: tuple[str, float] | None = None  # the index that counts, and until when that is trusted

    def current(self) -> str | None:
        """The index that counts; None before the first write. Raises IndexOutOfDate."""
        found = self._aliased()
        if found is None:
            self._known = None
            return None
        name, layout = found
        if layout != LAYOUT:
            raise IndexOutOfDate(found=layout, known=LAYOUT)
        self._known = (name, time.monotonic() + KNOWN_S)
        return name

    def known(self) -> str | None:
        """The same for readers, who need not ask each time."""
        if self._known is not None and time.monotonic() < self._known[1]:
            return self._known[0]
        return self.current()

    def forget(self) -> None:
        """What is known of the alias turned out to be wrong."""
        self._known = None

    def create(self, *, counts: bool) -> str:
        """A new index; nobody reads it unless it ``counts`` at once."""
        name = f"{self._alias}-{uuid.uuid4().hex[:12]}"
        aliases: dict[str, Any] = {self._alias: {}} if counts else {}
        with translated():
            self._client.indices.create(index=name, aliases=aliases, **settings_and_mapping())
        return name

    def begin(self) -> tuple[str, bool]:
        """An index to build everything in, and whether an interrupted build is gone on with."""
        found = self._aliased()
        left = {name: layout for name, layout in self._all().items() if found is None or name != found[0]}
        for name in [name for name, layout in left.items() if layout != LAYOUT]:
            del left[name]
            self._drop(name)
        for name in sorted(left)[1:]:
            self._drop(name)
        if left:
            return min(left), True
        return self.create(counts=False), False

    def adopt(self, name: str) -> None:
        """From now on this one counts; the others go in the same moment."""
        olds = [old for old in self._all() if old != name]
        actions: list[dict[str, Any]] = [{"remove_index": {"index": old}} for old in olds]
        with translated():
            self._client.indices.update_aliases(
                actions=[{"add": {"index": name, "alias": self._alias}}, *actions]
            )
        self.forget()

    def exists(self, name: str) -> bool:
        return name in self._all()

    def _drop(self, name: str) -> None:
        with translated():
            self._client.indices.delete(index=name)

    def _aliased(self) -> tuple[str, int | None] | None:
        """The index behind the alias and its layout. Raises SettingNotValid where it is none of ours."""
        with translated():
            try:
                found = self._client.indices.get_mapping(index=self._alias)
            except NotFoundError:
                return None
        if len(found) != 1 or not self._ours.fullmatch(name := next(iter(found))):
            detail = f"“{self._alias}” is the name of {', '.join(sorted(found))}, not made by this program"
            raise SettingNotValid(setting="TUSACH_INDEX_URL", detail=detail)
        return name, _layout(found[name])

    def _all(self) -> dict[str, int | None]:
        """Every index of ours with its layout."""
        with translated():
            found = self._client.indices.get_mapping(index=f"{self._alias}-*")
        return {name: _layout(told) for name, told in found.items() if self._ours.fullmatch(name)}


def _layout(told: Any) -> int | None:
    layout: int | None = told["mappings"].get("_meta", {}).get("layout")
    return layout
