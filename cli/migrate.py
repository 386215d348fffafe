"""``migrate``: the catalogue's tables brought to the layout of this program, or whether they have to be."""

from __future__ import annotations

from cli.exits import Exit
from cli.session import Session
from domain.ports import Layout


def migrate(session: Session, *, as_json: bool) -> int:
    from config.wiring import migrate_catalog

    found = migrate_catalog(session.settings)
    _tell(session, found, "cli.made_layout" if found.found is None else "cli.migrated", as_json=as_json)
    return Exit.DONE


def check_layout(session: Session, *, as_json: bool) -> int:
    """Exit 1 where the catalogue is of an older layout; an empty database gets its tables at first use."""
    from config.wiring import catalog_layout

    found = catalog_layout(session.settings)
    _tell(session, found, "cli.no_layout" if found.found is None else "cli.to_migrate", as_json=as_json)
    return Exit.FAILED if found.is_older else Exit.DONE


def _tell(session: Session, layout: Layout, code: str, *, as_json: bool) -> None:
    """What was found and what is known; ``code`` says it unless the two are the same."""
    screen = session.speak(as_json)
    if as_json:
        screen.answer({"found": layout.found, "known": layout.known})
    elif layout.found == layout.known:
        screen.line(screen.words("cli.layout_good", known=layout.known))
    else:
        screen.line(screen.words(code, found=layout.found, known=layout.known))
