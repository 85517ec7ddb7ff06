"""The language of `conditions`, `orderBy`, `fields` and pages, as far as it is used; anything else is refused."""

from __future__ import annotations

import operator as operators
import re
from collections.abc import Mapping, Sequence
from typing import Any

_CONDITION = re.compile(
    r"([A-Za-z_/]+)\s*(>=|<=|!=|=|>|<)\s*(?:\[([^\]]+)\]|\"([^\"]*)\"|(-?\d+)|(true|false))", re.IGNORECASE
)
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)
_OPERATORS = {
    "=": operators.eq,
    "!=": operators.ne,
    ">": operators.gt,
    "<": operators.lt,
    ">=": operators.ge,
    "<=": operators.le,
}
_DATES = ("lastUpdated", "dateEntered")
_USUAL, _MOST = 25, 1000


class Refused(ValueError):
    """A condition that is no condition."""


def chosen(records: Sequence[Mapping[str, Any]], query: Mapping[str, str], most: int = _MOST) -> list[dict[str, Any]]:
    """One page. Raises Refused."""
    conditions = [part for part in _AND.split(query.get("conditions", "")) if part.strip()]
    found = [dict(one) for one in records if all(_holds(one, part) for part in conditions)]
    _order(found, query.get("orderBy", ""))
    size = min(_number(query, "pageSize", _USUAL), most)
    start = (_number(query, "page", 1) - 1) * size
    names = [name.partition("/")[0] for name in query.get("fields", "").split(",") if name]
    page = found[start : start + size]
    return [{name: one[name] for name in names if name in one} for one in page] if names else page


def _holds(record: Mapping[str, Any], condition: str) -> bool:
    found = _CONDITION.fullmatch(condition.strip())
    if not found:
        raise Refused(condition)
    path, operator, instant, text, number, flag = found.groups()
    if path in _DATES:
        path = f"_info/{path}"
    wanted: Any = instant or (int(number) if number else flag.lower() == "true" if flag else text)
    value: Any = record
    for name in path.split("/"):
        value = value.get(name) if isinstance(value, Mapping) else None
    if value is None:
        return operator == "!="
    if isinstance(value, str) and text is not None:
        value, wanted = value.casefold(), wanted.casefold()
    return bool(_OPERATORS[operator](value, wanted))


def _order(records: list[dict[str, Any]], by: str) -> None:
    name, _, direction = by.strip().partition(" ")
    if name:
        key = "id" if name == "id" else "lastUpdated"
        records.sort(key=lambda one: one["id"] if key == "id" else one["_info"][key], reverse=direction == "desc")


def _number(query: Mapping[str, str], name: str, usual: int) -> int:
    text = query.get(name, str(usual))
    if not text.isdigit() or int(text) < 1:
        raise Refused(name)
    return int(text)
