"""A quotation's lines in HaloPSA's words, and the keys that its items are known by."""

from __future__ import annotations

from events.sources.answered import amount, money, rows
from events.sources.client import NotThere
from events.sources.halopsa import words
from events.sources.halopsa.session import Session
from events.sources.named import Row, first, flag, ident, objects, text
from pipeline.domain.offered import OfferedLine


class Lines:
    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, row: Row) -> tuple[OfferedLine, ...]:
        """All lines, in their order. Raises ToolFault."""
        items: dict[str, Row] = {}
        currency = text(row, *words.CURRENCY)
        listed = objects(row.get("lines") or [], "HaloPSA answered for the lines")
        taken: set[str] = set()
        return tuple(self._line(line, _name(line, index, taken), currency, items) for index, line in enumerate(listed))

    def _line(self, line: Row, name: str, currency: str, items: dict[str, Row]) -> OfferedLine:
        item_id = ident(line, *words.ITEM)
        item = self._item(item_id, items) if item_id else {}
        quantity = text(line, "quantity")
        return OfferedLine(
            id=name,
            quantity=quantity,
            keys=_keys(line, item, item_id),
            description=text(line, "item_name", "description") or text(item, "name"),
            billing_term=text(line, *words.PERIOD),
            commitment=text(line, *words.COMMITMENT),
            unit_price=money(first(line, *words.PRICE), currency),
            unit_cost=money(first(line, *words.COST), currency),
            skipped=_skipped(line, item_id, quantity),
            held="" if item_id else "it names no item of HaloPSA's",
        )

    def _item(self, item_id: str, items: dict[str, Row]) -> Row:
        """Read once for all lines of a quotation. One that is gone still has its id."""
        if item_id not in items:
            try:
                items[item_id] = self._session.get(f"/api/Item/{item_id}", {"includedetails": "true"})
            except NotThere:
                items[item_id] = {}
        return items[item_id]


def _name(line: Row, index: int, taken: set[str]) -> str:
    """The line's own id; its place where it has none or another line has the same."""
    name = ident(line, "id")
    if not name or name in taken:
        name = f"line-{index + 1}"
    taken.add(name)
    return name


def _keys(line: Row, item: Row, item_id: str) -> tuple[str, ...]:
    """The supplier's part code first, then the item's own numbers, then its id."""
    listed = rows(first(item, *words.SUPPLIERS))
    parts = [text(each, *words.ITEM_KEYS) for each in listed]
    own = [text(row, name) for row in (item, line) for name in words.ITEM_KEYS]
    return tuple(dict.fromkeys(key for key in (*own[:3], *parts, *own[3:], item_id and f"item:{item_id}") if key))


def _skipped(line: Row, item_id: str, quantity: str) -> str:
    if flag(line, *words.OPTIONAL) and not flag(line, *words.SELECTED):
        return "an option that was not taken"
    if not item_id and not amount(quantity):
        return "a line of text"
    return ""
