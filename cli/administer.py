"""The arguments of ``user …`` and ``unit …``, as ``cli.commands`` has those of all other commands."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json")]
Login = Annotated[str, typer.Argument(metavar="LOGIN", show_default=False)]
Name = Annotated[str, typer.Option("--name", metavar="TEXT", show_default=False)]
PasswordFile = Annotated[
    Path | None, typer.Option("--password-file", metavar="FILE", allow_dash=True, show_default=False)
]
PrintOnce = Annotated[bool, typer.Option("--print-once")]
Keep = Annotated[bool, typer.Option("--keep")]
Roles = Annotated[list[str], typer.Argument(metavar="VERB[@UNIT]…", show_default=False)]
Code = Annotated[str, typer.Argument(metavar="CODE", show_default=False)]
_DAY = ["%Y-%m-%d"]
Since = Annotated[
    dt.datetime | None, typer.Option("--from", metavar="YYYY-MM-DD", formats=_DAY, show_default=False)
]
Until = Annotated[
    dt.datetime | None, typer.Option("--until", metavar="YYYY-MM-DD", formats=_DAY, show_default=False)
]


def user_add(
    ctx: typer.Context,
    login: Login,
    name: Name,
    unit: Annotated[str, typer.Option("--unit", metavar="CODE")] = "default",
    roles: Annotated[
        list[str] | None, typer.Option("--role", metavar="VERB[@UNIT]", show_default=False)
    ] = None,
    password_file: PasswordFile = None,
    print_once: PrintOnce = False,
    keep: Keep = False,
    json: Json = False,
) -> int:
    from cli.users import Secret, add

    secret = Secret(password_file, print_once, keep)
    return add(ctx.obj, login, name=name, unit=unit, roles=roles or [], secret=secret, as_json=json)


def user_list(ctx: typer.Context, json: Json = False) -> int:
    from cli.users import list_users

    return list_users(ctx.obj, as_json=json)


def user_password(
    ctx: typer.Context,
    login: Login,
    password_file: PasswordFile = None,
    print_once: PrintOnce = False,
    keep: Keep = False,
    json: Json = False,
) -> int:
    from cli.users import Secret, password

    return password(ctx.obj, login, secret=Secret(password_file, print_once, keep), as_json=json)


def user_grant(ctx: typer.Context, login: Login, roles: Roles, json: Json = False) -> int:
    from cli.users import grant

    return grant(ctx.obj, login, roles, as_json=json)


def user_revoke(ctx: typer.Context, login: Login, roles: Roles, json: Json = False) -> int:
    from cli.users import revoke

    return revoke(ctx.obj, login, roles, as_json=json)


def user_disable(ctx: typer.Context, login: Login, json: Json = False) -> int:
    from cli.users import disable

    return disable(ctx.obj, login, as_json=json)


def user_enable(ctx: typer.Context, login: Login, json: Json = False) -> int:
    from cli.users import enable

    return enable(ctx.obj, login, as_json=json)


def unit_add(
    ctx: typer.Context,
    code: Code,
    name: Name,
    parent: Annotated[str, typer.Option("--parent", metavar="CODE")] = "default",
    since: Since = None,
    json: Json = False,
) -> int:
    from cli.units import add

    return add(ctx.obj, code, name=name, parent=parent, since=since, as_json=json)


def unit_change(
    ctx: typer.Context,
    code: Code,
    new_name: Annotated[str | None, typer.Option("--name", metavar="TEXT", show_default=False)] = None,
    new_parent: Annotated[str | None, typer.Option("--parent", metavar="CODE", show_default=False)] = None,
    since: Since = None,
    until: Until = None,
    json: Json = False,
) -> int:
    from cli.units import change

    if new_name is None and new_parent is None and until is None:
        raise typer.BadParameter("--name TEXT | --parent CODE | --until YYYY-MM-DD")
    return change(ctx.obj, code, name=new_name, parent=new_parent, since=since, until=until, as_json=json)


def unit_list(ctx: typer.Context, json: Json = False) -> int:
    from cli.units import list_units

    return list_units(ctx.obj, as_json=json)


GROUPS = {
    "user": (user_add, user_list, user_password, user_grant, user_revoke, user_disable, user_enable),
    "unit": (unit_add, unit_list, unit_change),
}
"""Group -> its commands, in the order of help; a command is the rest of its function's name."""
