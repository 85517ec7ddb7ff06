"""Every notice as its reader would see it."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text as Line

from events.notices.preview import preview
from events.notices.wording import Text
from workers.bootstrap import wording_of
from workers.commands.lights import QUIET
from workers.commands.output import print_json, print_page
from workers.settings import load_settings


def show(*, as_json: bool) -> None:
    """In the words, the time zone and with the links of the settings here. Needs no server."""
    words = preview(wording_of(load_settings()))
    if as_json:
        items = [{"notice": name, "title": text.title, "body": text.body} for name, text in words]
        print_json({"items": items})
    else:
        print_page(Group(*(_notice(name, text) for name, text in words)))


def _notice(name: str, text: Text) -> RenderableType:
    return Line.assemble((name, QUIET), "\n", (text.title, "bold"), "\n\n", text.body, "\n")
