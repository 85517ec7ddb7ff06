"""The configured tools: what each connection's kind is made of. A kind's package is loaded where it is configured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import cast

import httpx

from events.connections import SourceConnection, SourceKind
from events.sources.keyring import KeyRing
from events.sources.tool import Tool
from pipeline.marketplaces.transport import Connections

MakeTool = Callable[[SourceConnection, Connections, KeyRing], Tool]
_CONNECTIONS = 8


def make_tools(
    connections: Mapping[str, SourceConnection], keys: KeyRing, given: httpx.BaseTransport | None = None
) -> Mapping[str, Tool]:
    """
    The tools by connection's name; the generic intake's connections have none. Opens nothing. Raises BadAccess.

    `given` answers in the tools' place, for simulators in the same process.
    """
    return {
        name: maker(each.kind)(each, Connections(given, most=_CONNECTIONS), keys)
        for name, each in connections.items()
        if each.kind is not SourceKind.GENERIC
    }


def maker(kind: SourceKind) -> MakeTool:
    return cast("MakeTool", import_module(f"events.sources.{kind}").make)
