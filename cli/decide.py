"""``describe``, ``assess``, ``approve``, ``publish``, ``withdraw``: what people decide."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cli.exits import Exit, exit_for
from cli.phrases import state_name, why
from cli.session import Session
from domain.desk import Verdict
from domain.errors import ShelfError
from domain.holdings import Item
from domain.ids import ItemId
from domain.ports import Shelf
from domain.values import Json

Decision = Callable[[Shelf, ItemId], Item]


def describe(session: Session, ref: str, changes: Sequence[str], *, as_json: bool) -> int:
    from flows.steps.describing import describe_by_hand

    screen = session.speak(as_json)
    fields: dict[str, str] = {}
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals:
            screen.tell("cli.needs_equals", given=change)
            return Exit.USAGE
        fields[name.strip()] = value
    by = session.settings.who
    return _decide(session, [ref], lambda shelf, item: describe_by_hand(shelf, item, fields, by), as_json)


def assess(session: Session, refs: Sequence[str], verdict: Verdict, reason: str, *, as_json: bool) -> int:
    from flows.steps import verdicts as steps

    by = session.settings.who

    def judged(shelf: Shelf, item_id: ItemId) -> Item:
        steps.assess(shelf, item_id, verdict, reason, by)
        with shelf.catalog.view() as seen:
            return seen.item(item_id)

    return _decide(session, refs, judged, as_json)


def approve(session: Session, refs: Sequence[str], *, as_json: bool) -> int:
    from flows.steps import publish as steps

    by = session.settings.who
    return _decide(session, refs, lambda shelf, item: steps.approve(shelf, item, by), as_json)


def publish(session: Session, refs: Sequence[str], *, as_json: bool) -> int:
    from flows.steps import publish as steps

    by = session.settings.who
    return _decide(session, refs, lambda shelf, item: steps.publish(shelf, item, by), as_json)


def withdraw(session: Session, refs: Sequence[str], reason: str, *, as_json: bool) -> int:
    from flows.steps import publish as steps

    by = session.settings.who
    return _decide(session, refs, lambda shelf, item: steps.withdraw(shelf, item, by, reason), as_json)


def _decide(session: Session, refs: Sequence[str], decision: Decision, as_json: bool) -> int:
    """Take one decision for each item; one that cannot be taken is told, and the others go on."""
    from flows.steps.portrait import item_json

    screen = session.speak(as_json)
    decided: list[Json] = []
    code = Exit.DONE
    with session.shelf() as shelf:
        for ref in dict.fromkeys(refs):
            try:
                with shelf.catalog.view() as seen:
                    item_id = seen.item(ref).id
                item = decision(shelf, item_id)
            except ShelfError as error:
                screen.note(f"{why(error.reason, screen.lang)} [{error.code}]")
                code = max(code, exit_for(error))
                continue
            decided.append(item_json(item))
            if not as_json:
                state = state_name(item, screen.lang)
                screen.line(
                    screen.words("cli.decided", accession=item.accession, state=state, title=item.title)
                )
    if as_json:
        screen.answer(decided)
    return code
