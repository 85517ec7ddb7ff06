"""Where commands print: pages in colour on a terminal, plain text elsewhere, JSON alone on stdout."""

from __future__ import annotations

import json
import shutil
import sys
from typing import Any

from rich.console import Console, RenderableType

_WIDEST, _UNKNOWN_WIDTH = 120, 112


def console() -> Console:
    """As wide as the terminal, or as COLUMNS says, but no wider than reads well; 112 columns where neither tells."""
    found = Console(highlight=False, markup=False, emoji=False)  # what others wrote is shown as they wrote it
    found.width = min(shutil.get_terminal_size((_UNKNOWN_WIDTH, 25)).columns, _WIDEST)
    return found


def print_page(what: RenderableType) -> None:
    console().print(what)


def print_line(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def print_json(value: Any) -> None:
    """Without loss: what stdout's encoding may lack is escaped."""
    shows_all = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().startswith("utf")
    sys.stdout.write(f"{json.dumps(value, indent=2, ensure_ascii=not shows_all)}\n")
