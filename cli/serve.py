"""``up``: this shelf's server and worker, until Ctrl-C."""

from __future__ import annotations

from cli.phrases import why
from cli.session import Session
from domain.values import Reason


def up(session: Session) -> int:
    from flows.supervisor import up as supervise

    screen = session.screen

    def said(reason: Reason) -> None:
        screen.note(why(reason, screen.lang))

    return supervise(session.settings, said)
