"""The entry point: reads the global options, runs one command, turns what went wrong into a sentence."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from typer.exceptions import TyperException

from cli.exits import Exit, exit_for
from cli.session import Session
from config.messages import choose_lang, explain
from domain.errors import ShelfError

PROGRAM = "tusach"
_SIGNALLED = (128 + signal.SIGHUP, 128 + signal.SIGTERM)


class Terminated(BaseException):
    """SIGTERM, raised so that temporary folders and claims are given back on the way out."""


def run() -> None:
    """``tusach``, as the shell calls it."""
    try:
        code = main(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:  # "tusach list | head" has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = Exit.DONE
    sys.exit(code)


def main(arguments: Sequence[str]) -> int:
    """Run one command line; returns the exit code. Never raises."""
    hoisted = hoist(arguments)
    session = Session(choose_lang(_value_of("--lang", hoisted)))
    signal.signal(signal.SIGTERM, _terminate)
    try:
        return _run(hoisted, session)
    except TyperException as error:
        from cli.wording import usage_problem

        session.screen.note(usage_problem(error, session.lang))
        return getattr(error, "exit_code", Exit.USAGE)
    except ShelfError as error:
        session.screen.note(f"{explain(error.reason, session.lang)} [{error.code}]")
        _trace(session, error)
        return exit_for(error)
    except KeyboardInterrupt:
        session.screen.tell(session.interruption)
        return Exit.INTERRUPTED
    except Terminated:
        session.screen.tell(session.interruption)
        return Exit.TERMINATED
    except SystemExit as leaving:  # a signal that a supervisor of this process turned into an end
        if leaving.code in _SIGNALLED:
            session.screen.tell(session.interruption)
        return leaving.code if isinstance(leaving.code, int) else Exit.FAILED
    except BrokenPipeError:
        raise
    except OSError as error:
        _trace(session, error)
        session.screen.tell(
            "cli.os_error", path=str(error.filename or "–"), detail=os.strerror(error.errno or 0)
        )
        return Exit.FAILED
    except Exception as error:  # the last resort: a sentence, and the traceback where it can be found
        session.screen.tell("shelf.unexpected", log=_trace(session, error))
        return Exit.FAILED


def _run(arguments: Sequence[str], session: Session) -> int:
    from cli.commands import build

    code = build(session.lang)(args=list(arguments), prog_name=PROGRAM, obj=session, standalone_mode=False)
    if code == Exit.INTERRUPTED:  # Typer catches Ctrl-C before we can
        session.screen.tell(session.interruption)
    return int(code or Exit.DONE)


def hoist(arguments: Sequence[str]) -> list[str]:
    """The arguments with the global options first, so that they may stand behind a command too.

    >>> hoist(["list", "--lang", "en"])
    ['--lang', 'en', 'list']
    """
    front: list[str] = []
    rest: list[str] = []
    given = iter(arguments)
    for argument in given:
        if argument == "--":
            rest += [argument, *given]
        elif argument in ("--lang", "--data-dir"):
            front += [argument, *(value for value in [next(given, None)] if value is not None)]
        elif argument == "--debug" or argument.startswith(("--lang=", "--data-dir=")):
            front.append(argument)
        else:
            rest.append(argument)
    return front + rest


def _value_of(option: str, arguments: Sequence[str]) -> str | None:
    for position, argument in enumerate(arguments):
        if argument == option:
            return next(iter(arguments[position + 1 :]), None)
        if argument.startswith(f"{option}="):
            return argument.partition("=")[2]
    return None


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    raise Terminated


def _trace(session: Session, error: BaseException) -> str:
    """Keep the traceback in the log (shown with --debug); returns where it is."""
    from cli.trace import keep_trace

    return keep_trace(session, error)
