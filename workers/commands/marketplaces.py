"""`quoteway marketplace ...`: the accounts that are bought at, and whether they would work."""

from __future__ import annotations

from typing import Annotated

import typer

marketplaces = typer.Typer(help="Where is bought, and whether we could.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@marketplaces.command("list")
def list_marketplaces(as_json: AsJson = False) -> None:
    """List the marketplaces and which of them have an account. Calls nobody."""
    from workers.commands.marketplace_acts import show_list

    show_list(as_json=as_json)


@marketplaces.command("check")
def check_marketplaces(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Which account; all of them if none is named.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Try each account: credentials, permissions, clock. Buys nothing. Exit code 0: nothing is wrong."""
    from workers.commands.marketplace_acts import check

    raise typer.Exit(check(name, as_json=as_json))
