"""Answers that read well and aren't true."""

from typing import Any


def something_else(content: Any) -> dict[str, Any]:
    """An order of one more of everything; of other answers, nothing that anybody would know."""
    if not isinstance(content, dict) or "lineItems" not in content:
        return {"unexpected": True}
    lines = [line | {"quantity": line["quantity"] + 1} for line in content["lineItems"]]
    return content | {"lineItems": lines}
