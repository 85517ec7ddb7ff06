"""`quoteway source ...`: the connections that quotes come in by, and how they do."""

from __future__ import annotations

from typing import Annotated

import typer

sources = typer.Typer(help="Where accepted quotes come from, and whether they can.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The connection's name, as in the settings.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@sources.command("list")
def list_sources(as_json: AsJson = False) -> None:
    """List the connections: where they send to, what last came, what is wrong."""
    from workers.commands.source_acts import show_list

    show_list(as_json=as_json)


@sources.command("check")
def check_source(name: Name, as_json: AsJson = False) -> None:
    """See now whether the tool's webhook is there and switched on. Exit code 0: nothing is wrong."""
    from workers.commands.source_acts import check

    raise typer.Exit(check(name, as_json=as_json))


@sources.command("test")
def try_source(name: Name, as_json: AsJson = False) -> None:
    """Try the connection out: credentials, secrets, our door. Stores and writes nothing. Exit code 0: all works."""
    from workers.commands.source_acts import try_out

    raise typer.Exit(try_out(name, as_json=as_json))


@sources.command("add")
def add_source(name: Name, as_json: AsJson = False) -> None:
    """Have the tool send its webhook here, where its API allows that. Exit code 0: it does. Can be repeated."""
    from workers.commands.source_acts import add

    raise typer.Exit(add(name, as_json=as_json))
