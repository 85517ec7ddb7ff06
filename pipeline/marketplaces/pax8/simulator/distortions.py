"""Answers that read well and aren't true."""

import json
from typing import Any

from pipeline.marketplaces.simulation.exchange import Reply


def _content(reply: Reply) -> dict[str, Any]:
    content = json.loads(reply.body) if reply.body else {}
    return content if isinstance(content, dict) else {}


def without_id(reply: Reply) -> dict[str, Any]:
    return {key: value for key, value in _content(reply).items() if key != "id"}


def something_else(reply: Reply) -> dict[str, Any]:
    """An order of one more of everything; of other answers, nothing that anybody would know."""
    content = _content(reply)
    if "lineItems" not in content:
        return {"unexpected": True}
    lines = [line | {"quantity": line["quantity"] + 1} for line in content["lineItems"]]
    return content | {"lineItems": lines}
