"""The words of help and of wrong usage, in the language of whoever reads them.

Command functions carry no prose: their help is looked up by their name, and their options' by theirs.
"""

from __future__ import annotations

import re
from typing import Any

from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from config.messages import Lang, choose_lang, printable, sentence, sentences


class Command(TyperCommand):
    def format_help(self, ctx: Any, formatter: Any) -> None:
        _translate_frame(self, ctx)
        super().format_help(ctx, formatter)


class Group(TyperGroup):
    def format_help(self, ctx: Any, formatter: Any) -> None:
        _translate_frame(self, ctx)
        super().format_help(ctx, formatter)


def translate(group: TyperGroup, lang: Lang) -> None:
    """Give every command, argument and option its help in ``lang``."""
    group.help = sentence("help.tusach", lang)
    _translate_params(group, lang)
    _translate_commands(group, "help.", lang)


def _translate_commands(group: TyperGroup, prefix: str, lang: Lang) -> None:
    for name, command in group.commands.items():
        command.help = sentence(f"{prefix}{name}", lang)
        command.short_help = command.help.partition("\n")[0]
        _translate_params(command, lang)
        if isinstance(command, TyperGroup):
            _translate_commands(command, f"{prefix}{name}_", lang)


def _translate_params(command: Any, lang: Lang) -> None:
    for param in command.params:
        param.help = sentence(f"option.{param.name}", lang)


def _translate_frame(command: Any, ctx: Any) -> None:
    """The words around the help texts; Rich's part of Typer is only imported when help is shown."""
    from typer import rich_utils

    lang = getattr(ctx.obj, "lang", None) or choose_lang(None)
    rich_utils.ARGUMENTS_PANEL_TITLE = sentence("option.arguments", lang)
    rich_utils.OPTIONS_PANEL_TITLE = sentence("option.options", lang)
    rich_utils.COMMANDS_PANEL_TITLE = sentence("option.commands", lang)
    rich_utils.REQUIRED_LONG_STRING = sentence("option.required", lang)
    rich_utils.DEFAULT_STRING = sentence("option.default", lang) + " {}"
    shown = command.get_help_option(ctx)
    if shown is not None:
        shown.help = sentence("option.help", lang)


def usage_problem(error: TyperException, lang: Lang) -> str:
    """What is wrong with the command line, and where to read how it should be."""
    kind = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__).lower()
    if "No such command" in error.message:
        kind = "no_such_command"
    elif error.message.startswith("Missing command"):
        kind = "missing_command"
    param = getattr(error, "param", None)
    fields = {
        "what": getattr(error, "option_name", None) or (param.get_error_hint() if param else None),
        "detail": error.format_message(),
        "command": error.ctx.command_path if getattr(error, "ctx", None) else "tusach",  # type: ignore[attr-defined]
    }
    named = re.search(r"command '(.*?)'", error.message)
    if named:
        fields["what"] = named[1]
    code = f"usage.{kind}"
    told = sentence(code if code in sentences(lang) else "usage.other", lang, fields)
    return printable(f"{told} {sentence('usage.see_help', lang, fields)}")
