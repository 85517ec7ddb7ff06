"""The lines of an opportunity or a ticket: its products, and what the catalogue and the forecast say of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from events.sources.client import NotThere
from events.sources.connectwise.api import Api, Record
from events.sources.connectwise.fields import at, custom, flag, identity, number, text, thing, things
from events.sources.connectwise.settings import Settings
from pipeline.domain.money import Money
from pipeline.domain.offered import OfferedLine

PRODUCTS, CATALOGUE, CYCLES = "/procurement/products", "/procurement/catalog", "/finance/billingCycles"
_NOTHING: Record = {}


@dataclass(frozen=True, slots=True)
class _Product:
    """A product's row, with what belongs to it. `counts`: the forecast includes it."""

    id: str
    row: Record
    item: Record
    forecast: Record
    counts: bool = True


class Lines:
    """One look-up's reading: each catalogue item and each cycle is asked for once. Raises ToolFault."""

    def __init__(self, api: Api, settings: Settings) -> None:
        self._api = api
        self._settings = settings
        self._records: dict[str, Record] = {}

    def of_opportunity(self, opportunity: int, currency: str) -> tuple[OfferedLine, ...]:
        """The products; where there are none, what was forecast of the catalogue."""
        rows = self._api.all(PRODUCTS, f"opportunity/id={opportunity}")
        forecast = things(self._record(f"/sales/opportunities/{opportunity}/forecast"), "forecastItems")
        products = self._products(rows, forecast) or self._forecast(forecast)
        return tuple(self._line(product, currency) for product in products)

    def of_ticket(self, ticket: int, currency: str = "") -> tuple[OfferedLine, ...]:
        rows = self._api.all(PRODUCTS, f"ticket/id={ticket}")
        return tuple(self._line(product, currency) for product in self._products(rows, ()))

    def _products(self, rows: Sequence[Record], forecast: Sequence[Record]) -> list[_Product]:
        by_id = {found: one for one in forecast if (found := identity(one, "id"))}
        made = []
        for row in rows:
            planned = by_id.get(identity(row, "forecastDetailId") or 0, _NOTHING)
            counts = planned.get("includeFlag") is not False
            made.append(_Product(text(row, "id"), row, self._item(row), planned, counts))
        return made

    def _forecast(self, forecast: Sequence[Record]) -> list[_Product]:
        """Rows of a forecast that name no product of the catalogue are sums of money."""
        return [
            _Product(f"forecast-{text(one, 'id')}", one, self._item(one), one, one.get("includeFlag") is not False)
            for one in forecast
            if identity(one, "catalogItem", "id") and identity(one, "id")
        ]

    def _item(self, row: Record) -> Record:
        item = identity(row, "catalogItem", "id")
        return self._record(f"{CATALOGUE}/{item}") if item else _NOTHING

    def _record(self, path: str) -> Record:
        """Nothing where it is not there (any more)."""
        if path not in self._records:
            try:
                self._records[path] = self._api.record(path)
            except NotThere:
                self._records[path] = _NOTHING
        return self._records[path]

    def _line(self, product: _Product, currency: str) -> OfferedLine:
        row, settings = product.row, self._settings
        quantity = _quantity(row)
        marketplace, foreign = _marketplace(product, settings.vendors)
        skipped = _cancelled(row, quantity) or ("" if product.counts else "left out of the forecast") or foreign
        if not skipped and not settings.keeps_one_time and not _recurs(product):
            skipped = "not recurring"
        return OfferedLine(
            id=product.id,
            quantity=quantity,
            keys=_keys(product, settings.keys),
            marketplace=marketplace,
            description=text(row, "description") or text(product.item, "description"),
            billing_term=custom(row, settings.term_field) or ("" if skipped else self._cycle(product)),
            commitment=custom(row, settings.commitment_field) or custom(product.item, settings.commitment_field),
            unit_price=_money(row, "price", currency),
            unit_cost=_money(row, "cost", currency),
            skipped=skipped,
        )

    def _cycle(self, product: _Product) -> str:
        """How often it is billed, by name. Where the line names a cycle, only that one's name counts."""
        cycle = identity(product.row, "recurring", "billCycleId") or identity(
            product.row, "recurring", "billCycle", "id"
        )
        known = (
            thing(product.row, "recurring", "billCycle"),
            thing(product.forecast, "billCycle"),
            thing(product.item, "recurringBillCycle"),
        )
        for named in known:
            if text(named, "name") and (cycle is None or identity(named, "id") == cycle):
                return text(named, "name")
        return text(self._record(f"{CYCLES}/{cycle}"), "name") if cycle else ""


def _keys(product: _Product, order: Sequence[str]) -> tuple[str, ...]:
    """What the line itself says comes before what the catalogue says now."""
    found = {
        "identifier": (text(product.row, "catalogItem", "identifier"), text(product.item, "identifier")),
        **{name: (text(product.row, name), text(product.item, name)) for name in order if name != "identifier"},
    }
    return tuple(dict.fromkeys(key for name in order for key in found[name] if key))


def _quantity(row: Record) -> str:
    """What is left of it: whole numbers without a point, anything that is no number as it is written."""
    ordered = number(row, "quantity")
    if ordered is None:
        return text(row, "quantity")
    left = ordered - (number(row, "quantityCancelled") or Decimal(0))
    return f"{left.normalize():f}" if left else "0"


def _cancelled(row: Record, quantity: str) -> str:
    if flag(row, "cancelledFlag"):
        return "cancelled"
    return "cancelled" if quantity == "0" and (number(row, "quantityCancelled") or 0) > 0 else ""


def _recurs(product: _Product) -> bool:
    return (
        bool(thing(product.row, "recurring"))
        or flag(product.item, "recurringFlag")
        or flag(product.forecast, "recurringFlag")
    )


def _marketplace(product: _Product, vendors: Mapping[str, str] | None) -> tuple[str, str]:
    """The marketplace, and why the line is none of ours. A line without a vendor may be anybody's."""
    if vendors is None:
        return "", ""
    vendor = thing(product.row, "vendor") or thing(product.item, "vendor")
    names = [text(vendor, name).casefold() for name in ("name", "identifier") if text(vendor, name)]
    if not names:
        return "", ""
    known = next((name for name in names if name in vendors), None)
    return (vendors[known], "") if known is not None else ("", "another vendor's")


def _money(row: Record, name: str, currency: str) -> Money | None:
    amount = number(row, name) if at(row, name) is not None else None
    return Money(amount=amount, currency=currency) if amount is not None and currency else None
