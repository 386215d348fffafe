"""Help and wrong usage speak the reader's language, and never show a code or a traceback."""

import re

import pytest

from cli.administer import GROUPS
from cli.commands import COMMANDS, build
from cli.main import hoist, main
from config.messages import sentences
from tests.cli.shell import program

NAMES = [
    *(command.__name__.strip("_") for command in COMMANDS),
    *GROUPS,
    *(command.__name__ for commands in GROUPS.values() for command in commands),
]


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_every_command_explains_itself(name, lang, capsys):
    assert main(["--lang", lang, *name.split("_"), "--help"]) == 0
    shown = " ".join(re.sub(r"[│╭╮╰╯─]", " ", capsys.readouterr().out).split())
    assert sentences(lang)[f"help.{name}"] in shown
    assert not re.search(r"\b(help|option)\.[a-z_]+", shown)  # a code that has no sentence


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_argument_and_option_has_a_help_text(lang):
    group = build(lang)
    inner = [command for name in GROUPS for command in group.commands[name].commands.values()]
    params = [param for command in (group, *group.commands.values(), *inner) for param in command.params]
    assert {f"option.{param.name}" for param in params} <= sentences(lang).keys()
    assert all(param.help and not param.help.startswith("option.") for param in params)


def test_without_a_command_the_help_is_shown(tusach):
    assert "digitise" in tusach().out


@pytest.mark.parametrize(
    ("environment", "word"), [({"LANG": "en_US.UTF-8"}, "Commands"), ({"LANG": "vi_VN.UTF-8"}, "Lệnh")]
)
def test_the_locale_chooses_the_language_of_help(environment, word):
    assert word in program("--help", LC_ALL="", LC_MESSAGES="", **environment).stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["list", "--nonsense"],
        ["digitise"],
        ["digitise", "x.pdf"],
        ["search"],
        ["search", "x", "--limit", "0"],
        ["search", "x", "--limit", "many"],
        ["describe", "TSPL-VN-2026-000001", "--set"],
        ["add", "x", "--manifest", "/there/is/no/such/file"],
        ["list", "--state", "nonsense"],
        ["describe", "TSPL-VN-2026-000001", "--set", "title"],
        ["add", "/there/is/no/such/file"],
        ["user"],
        ["user", "nonsense"],
        ["user", "add", "an"],
        ["user", "add", "án", "--name", "An", "--print-once"],
        ["user", "add", "an", "--name", "An", "--role", "read", "--print-once"],
        ["user", "add", "an", "--name", "An", "--password-file", "/dev/null"],
        ["unit", "add", "a@b", "--name", "A"],
        ["unit", "change", "default"],
        ["unit", "change", "default", "--name", "A", "--from", "01/7/2025"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_wrong_usage_is_told_in_a_line_and_exits_2(tusach, arguments, lang):
    said = tusach(*arguments, lang=lang)
    assert said.code == 2
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert "Traceback" not in said.err


def test_a_language_that_is_not_ours_is_wrong_usage(tusach):
    assert main(["--lang", "fr", "list"]) == 2


def test_global_options_may_stand_behind_the_command():
    assert hoist(["search", "x", "--lang", "en", "--all"]) == ["--lang", "en", "search", "x", "--all"]
    assert hoist(["search", "--", "--lang"]) == ["search", "--", "--lang"]
    assert hoist(["list", "--data-dir=/x", "--lang"]) == ["--data-dir=/x", "--lang", "list"]


def test_the_version_is_told(tusach):
    assert re.fullmatch(r"tusach \d+\.\d+\.\d+\n", tusach("--version").out)
