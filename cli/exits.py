"""Exit codes, and which error means which: the only place that says so."""

from __future__ import annotations

from enum import IntEnum

from domain.errors import (
    FieldNotKnown,
    FieldNotValid,
    LoginNotValid,
    NameNotValid,
    NothingToAdd,
    PasswordLengthNotValid,
    PasswordTelling,
    RoleNotValid,
    SettingsError,
    ShelfError,
    UnitBelowItself,
    UnitCodeNotValid,
    UnitDatesNotValid,
)


class Exit(IntEnum):
    DONE = 0
    FAILED = 1
    USAGE = 2  # what was typed cannot be meant
    QUARANTINE = 3  # finished, with something in quarantine
    INTERRUPTED = 130  # Ctrl-C, as shells know it
    TERMINATED = 143


_USAGE = (
    FieldNotKnown,
    FieldNotValid,
    LoginNotValid,
    NameNotValid,
    NothingToAdd,
    PasswordLengthNotValid,
    PasswordTelling,
    RoleNotValid,
    SettingsError,
    UnitBelowItself,
    UnitCodeNotValid,
    UnitDatesNotValid,
)


def exit_for(error: ShelfError) -> Exit:
    return Exit.USAGE if isinstance(error, _USAGE) else Exit.FAILED
