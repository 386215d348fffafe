"""Every command's arguments, in one list. The work is imported when its command is called, so that
``--help`` and quick questions stay quick. Help texts stand in ``config/locale`` under the same names.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

from cli.administer import GROUPS
from cli.session import Session
from cli.wording import Command, Group, translate
from config.messages import Lang
from domain.desk import Verdict
from domain.queries import Facet, Sort

Json = Annotated[bool, typer.Option("--json")]
Items = Annotated[list[str], typer.Argument(metavar="ITEM…", show_default=False)]
Item = Annotated[str, typer.Argument(metavar="ITEM", show_default=False)]
Inputs = Annotated[list[Path], typer.Argument(metavar="PATH…", show_default=False)]
Everything = Annotated[bool, typer.Option("--all")]
Cleared = Annotated[bool, typer.Option("--cleared")]
Generation = Annotated[str | None, typer.Option("--generation", metavar="NAME", show_default=False)]
ToFolder = typer.Option(metavar="DIR", file_okay=False, show_default=False)


class IndexAction(StrEnum):
    VERIFY = "verify"


def tusach(
    ctx: typer.Context,
    lang: Annotated[Lang | None, typer.Option("--lang", show_default=False)] = None,
    data_dir: Annotated[Path | None, typer.Option("--data-dir", metavar="DIR", show_default=False)] = None,
    debug: Annotated[bool, typer.Option("--debug")] = False,
    version: Annotated[bool, typer.Option("--version")] = False,
) -> None:
    session: Session = ctx.obj
    session.lang = session.screen.lang = lang or session.lang
    session.data_dir = str(data_dir) if data_dir else None
    session.debug = debug
    if version:
        from importlib.metadata import version as installed

        session.screen.line(f"tusach {installed('tusach')}")
        raise typer.Exit
    if ctx.invoked_subcommand is None:
        session.screen.raw(ctx.get_help() + "\n")
        raise typer.Exit


def digitise(
    ctx: typer.Context,
    files: Inputs,
    out: Annotated[Path, ToFolder],
    cleared: Cleared = False,
    json: Json = False,
) -> int:
    from cli.digitise import digitise

    return digitise(ctx.obj, files, out, cleared=cleared, as_json=json)


def add(
    ctx: typer.Context,
    paths: Inputs,
    manifest: Annotated[
        Path | None, typer.Option(metavar="FILE", exists=True, dir_okay=False, show_default=False)
    ] = None,
    publish: Annotated[bool, typer.Option("--publish")] = False,
    json: Json = False,
) -> int:
    from cli.add import add

    return add(ctx.obj, paths, manifest=manifest, publish=publish, as_json=json)


def status(
    ctx: typer.Context,
    ref: Annotated[str | None, typer.Argument(metavar="[BATCH|ITEM]", show_default=False)] = None,
    json: Json = False,
) -> int:
    from cli.look import status

    return status(ctx.obj, ref, as_json=json)


def list_(
    ctx: typer.Context,
    state: Annotated[list[str] | None, typer.Option(metavar="STATE", show_default=False)] = None,
    json: Json = False,
) -> int:
    from cli.look import list_items

    return list_items(ctx.obj, state or [], as_json=json)


def show(ctx: typer.Context, item: Item, json: Json = False) -> int:
    from cli.show import show

    return show(ctx.obj, item, as_json=json)


def describe(
    ctx: typer.Context,
    item: Item,
    changes: Annotated[list[str], typer.Option("--set", metavar="FIELD=VALUE", show_default=False)],
    json: Json = False,
) -> int:
    from cli.decide import describe

    return describe(ctx.obj, item, changes, as_json=json)


def assess(
    ctx: typer.Context,
    items: Items,
    verdict: Annotated[Verdict, typer.Option(metavar="VERDICT", show_default=False)],
    reason: Annotated[str, typer.Option(metavar="TEXT", show_default=False)],
    json: Json = False,
) -> int:
    from cli.decide import assess

    return assess(ctx.obj, items, verdict, reason, as_json=json)


def approve(ctx: typer.Context, items: Items, json: Json = False) -> int:
    from cli.decide import approve

    return approve(ctx.obj, items, as_json=json)


def publish(ctx: typer.Context, items: Items, json: Json = False) -> int:
    from cli.decide import publish

    return publish(ctx.obj, items, as_json=json)


def withdraw(
    ctx: typer.Context,
    items: Items,
    reason: Annotated[str, typer.Option(metavar="TEXT", show_default=False)] = "",
    json: Json = False,
) -> int:
    from cli.decide import withdraw

    return withdraw(ctx.obj, items, reason, as_json=json)


def search(
    ctx: typer.Context,
    query: Annotated[list[str], typer.Argument(metavar="QUERY", show_default=False)],
    everything: Everything = False,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 10,
    offset: Annotated[int, typer.Option(min=0)] = 0,
    sort: Annotated[Sort, typer.Option()] = Sort.BEST,
    inside: Annotated[str | None, typer.Option("--item", metavar="ITEM", show_default=False)] = None,
    types: Annotated[list[str] | None, typer.Option("--type", metavar="TYPE", show_default=False)] = None,
    law_fields: Annotated[
        list[str] | None, typer.Option("--field", metavar="TEXT", show_default=False)
    ] = None,
    agencies: Annotated[
        list[str] | None, typer.Option("--agency", metavar="TEXT", show_default=False)
    ] = None,
    years: Annotated[list[int] | None, typer.Option("--year", metavar="YEAR", show_default=False)] = None,
    statuses: Annotated[
        list[str] | None, typer.Option("--status", metavar="TEXT", show_default=False)
    ] = None,
    facets: Annotated[bool, typer.Option("--facets")] = False,
    boxes: Annotated[bool, typer.Option("--boxes")] = False,
    json: Json = False,
) -> int:
    from cli.find import Asked, search

    filters = {
        Facet.TYPE: types or [],
        Facet.FIELD: law_fields or [],
        Facet.AGENCY: agencies or [],
        Facet.YEAR: [str(year) for year in years or []],
        Facet.LEGAL_STATUS: statuses or [],
    }
    text = " ".join(query)
    asked = Asked(text, everything, limit, offset, sort, inside, filters, facets, boxes)
    return search(ctx.obj, asked, as_json=json)


def complete(
    ctx: typer.Context,
    begun: Annotated[list[str], typer.Argument(metavar="TEXT", show_default=False)],
    everything: Everything = False,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 8,
    json: Json = False,
) -> int:
    from cli.find import complete

    return complete(ctx.obj, " ".join(begun), everything=everything, limit=limit, as_json=json)


def export(ctx: typer.Context, item: Item, to: Annotated[Path, ToFolder], json: Json = False) -> int:
    from cli.keep import export

    return export(ctx.obj, item, to, as_json=json)


def retry(ctx: typer.Context, items: Items, cleared: Cleared = False, json: Json = False) -> int:
    from cli.add import retry

    return retry(ctx.obj, items, cleared=cleared, as_json=json)


def reindex(ctx: typer.Context, json: Json = False) -> int:
    from cli.keep import reindex

    return reindex(ctx.obj, as_json=json)


def index(
    ctx: typer.Context,
    action: Annotated[IndexAction, typer.Argument(show_default=False)],  # noqa: ARG001 - the only one
    repair: Annotated[bool, typer.Option("--repair")] = False,
    json: Json = False,
) -> int:
    from cli.keep import verify_index

    return verify_index(ctx.obj, repair=repair, as_json=json)


def backup(
    ctx: typer.Context,
    into: Annotated[
        Path | None, typer.Option("--to", metavar="DIR", file_okay=False, show_default=False)
    ] = None,
    check: Annotated[Path | None, typer.Option(metavar="DIR", file_okay=False, show_default=False)] = None,
    generation: Generation = None,
    json: Json = False,
) -> int:
    from cli.backup import backup, check_backup

    if (into is None) == (check is None) or (into and generation):
        raise typer.BadParameter("--to DIR | --check DIR [--generation NAME]")
    if into is not None:
        return backup(ctx.obj, into, as_json=json)
    assert check is not None  # noqa: S101 - one of the two was given
    return check_backup(ctx.obj, check, generation, as_json=json)


def restore(
    ctx: typer.Context,
    source: Annotated[
        Path, typer.Option("--from", metavar="DIR", exists=True, file_okay=False, show_default=False)
    ],
    generation: Generation = None,
    despite_damage: Annotated[bool, typer.Option("--despite-damage")] = False,
    json: Json = False,
) -> int:
    from cli.backup import restore

    return restore(ctx.obj, source, generation, despite_damage=despite_damage, as_json=json)


def move(
    ctx: typer.Context,
    place: Annotated[
        Path, typer.Option("--to", metavar="FILE", exists=True, dir_okay=False, show_default=False)
    ],
    json: Json = False,
) -> int:
    from cli.move import move

    return move(ctx.obj, place, as_json=json)


def audit(
    ctx: typer.Context,
    mend: Annotated[bool, typer.Option("--repair")] = False,
    source: Annotated[
        Path | None, typer.Option("--from", metavar="DIR", exists=True, file_okay=False, show_default=False)
    ] = None,
    due: Annotated[int | None, typer.Option(metavar="DAYS", min=1, max=3650, show_default=False)] = None,
    json: Json = False,
) -> int:
    from cli.audit import audit

    if source is not None and not mend:
        raise typer.BadParameter("--repair --from DIR")
    return audit(ctx.obj, mend=mend, source=source, due=due, as_json=json)


def migrate(
    ctx: typer.Context, only_check: Annotated[bool, typer.Option("--check")] = False, json: Json = False
) -> int:
    from cli.migrate import check_layout, migrate

    return (check_layout if only_check else migrate)(ctx.obj, as_json=json)


def doctor(ctx: typer.Context, json: Json = False) -> int:
    from cli.doctor import doctor

    return doctor(ctx.obj, as_json=json)


def up(ctx: typer.Context) -> int:
    from cli.serve import up

    return up(ctx.obj)


COMMANDS = (
    digitise,
    add,
    status,
    list_,
    show,
    describe,
    assess,
    approve,
    publish,
    withdraw,
    search,
    complete,
    export,
    retry,
    reindex,
    index,
    audit,
    migrate,
    backup,
    restore,
    move,
    doctor,
    up,
)


def build(lang: Lang) -> TyperGroup:
    """The command tree with its help in ``lang``."""
    app = typer.Typer(cls=Group, add_completion=False, rich_markup_mode="rich", invoke_without_command=True)
    app.callback(invoke_without_command=True)(tusach)
    for command in COMMANDS:
        app.command(command.__name__.strip("_"), cls=Command)(command)
    for name, commands in GROUPS.items():
        inner = typer.Typer(cls=Group, rich_markup_mode="rich")
        for one in commands:
            inner.command(one.__name__.partition("_")[2], cls=Command)(one)
        app.add_typer(inner, name=name)
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)  # noqa: S101 - Typer's promise for an app with several commands
    translate(group, lang)
    return group
