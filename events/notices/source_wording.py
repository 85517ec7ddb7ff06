"""The wording of what is told of a source connection, whose quotes may be late or not come at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from events.notices.snapshot import SourceShown
from pipeline.domain.change import Change

_MOST = 10
_HEALTH = "/api/health"


def source_words(change: Change, view: Mapping[str, Any], public_url: str) -> tuple[str, Sequence[str]]:
    """The title and the paragraphs."""
    source = SourceShown.model_validate(view)
    over, name = change is Change.SOURCE_WELL, source.connection or "a source"
    title = f"{name}: a problem is over" if over else f"{name}: quotes may not come through"
    what = (
        f"What was found wrong with the connection {name} is mended."
        if over
        else f"Quotes that come over the connection {name} may be late or not come at all, until this is mended."
    )
    shown = [f"- {problem}" for problem in source.problems[:_MOST]]
    more = [f"- and {len(source.problems) - _MOST} more"] if len(source.problems) > _MOST else []
    found = ["\n".join(["It was:" if over else "Found:", *shown, *more])] if shown else []
    return title, [what, *found, public_url.rstrip("/") + _HEALTH]
