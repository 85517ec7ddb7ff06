"""`quoteway notice ...`: what readers get to see of orders."""

from __future__ import annotations

from typing import Annotated

import typer

notices = typer.Typer(help="What people are told of orders.", no_args_is_help=True)


@notices.callback()
def _only_named() -> None:
    """Keeps the name in the command while there is one."""


@notices.command("preview")
def preview_notices(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show the words of every notice, for an order that never was. Sends nothing."""
    from workers.commands.notice_page import show

    show(as_json=as_json)
