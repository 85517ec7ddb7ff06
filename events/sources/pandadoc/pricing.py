"""
A document's priced lines. There are two places for them, and a document may use both: the quotes of the new builder,
with sections, and the older tables.
"""

from __future__ import annotations

from dataclasses import dataclass

from events.sources.answered import Row, currency, money, row, rows, text, unique
from pipeline.domain.offered import OfferedLine

_NOT_CHOSEN = "an option that was not chosen"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an item stands: `name` is unique in the document."""

    name: str
    currency: str
    skipped: str = ""


def lines(document: Row) -> tuple[OfferedLine, ...]:
    """Empty for a document without any pricing."""
    pricing = row(document.get("pricing"))
    total = currency(row(document.get("grand_total")).get("currency"))
    made = [*_of_quotes(pricing, total), *_of_tables(pricing, total)]
    ids = [line.id for line in made]
    return tuple(
        line if ids.count(line.id) == 1 else line.model_copy(update={"id": f"{line.id}-{number}"})
        for number, line in enumerate(made, start=1)
    )


def _of_quotes(pricing: Row, total: str) -> list[OfferedLine]:
    made: list[OfferedLine] = []
    for q, quote in enumerate(rows(pricing.get("quotes")), start=1):
        code = currency(quote.get("currency")) or total
        for s, section in enumerate(rows(quote.get("sections")), start=1):
            settings = row(section.get("settings"))
            left_out = settings.get("optional") is True and settings.get("selected") is False
            skipped = "its section is optional and was not chosen" if left_out else ""
            for i, item in enumerate(rows(section.get("items")), start=1):
                chosen = row(item.get("options")).get("selected") is not False
                place = _Place(f"quote-{q}-{s}-{i}", code, skipped or ("" if chosen else _NOT_CHOSEN))
                made.append(_line(item, place))
    return made


def _of_tables(pricing: Row, total: str) -> list[OfferedLine]:
    made: list[OfferedLine] = []
    for t, table in enumerate(rows(pricing.get("tables")), start=1):
        code = currency(table.get("currency")) or total
        for i, item in enumerate(rows(table.get("items")), start=1):
            skipped = "" if _chosen_in_table(row(item.get("options"))) else _NOT_CHOSEN
            made.append(_line(item, _Place(f"table-{t}-{i}", code, skipped)))
    return made


def _chosen_in_table(options: Row) -> bool:
    optional = options.get("optional") is True and options.get("optional_selected") is False
    one_of_many = options.get("multichoice_enabled") is True and options.get("multichoice_selected") is False
    return not optional and not one_of_many and options.get("selected") is not False


def _line(item: Row, place: _Place) -> OfferedLine:
    merged = row(item.get("merged_data"))
    return OfferedLine(
        id=text(item.get("id")) or place.name,
        quantity=text(item.get("qty")) or text(merged.get("custom_qty")),
        keys=unique([text(item.get("sku")), text(merged.get("custom_sku"))]),
        description=text(item.get("name")) or text(merged.get("custom_name")),
        billing_term=text(item.get("billing_frequency")),
        commitment=text(item.get("contract_term")),
        unit_price=money(item.get("price"), place.currency),
        unit_cost=money(item.get("cost"), place.currency),
        skipped=place.skipped,
    )
