from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from pipeline.domain.money import Money
from pipeline.domain.quote import AcceptedQuote, Person, QuoteKey
from pipeline.testing import CONTOSO, NOON, a_line


def quote(*lines: Any, **changed: Any) -> AcceptedQuote:
    values: dict[str, Any] = {"key": QuoteKey(system="crm", id="Q"), "customer": CONTOSO, "lines": lines or (a_line(),)}
    return AcceptedQuote(**(values | changed))


def cost(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="USD")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            quote(accepted_at=NOON, url="https://a.example"),
            quote(accepted_by=Person(name="Dana"), number="7"),
            id="what a channel adds about the acceptance",
        ),
        pytest.param(quote(a_line(unit_cost=cost("36.00"))), quote(a_line(unit_cost=cost("36.0"))), id="decimals"),
        pytest.param(
            quote(requested_at=datetime.fromisoformat("2026-12-01T06:00:00+00:00")),
            quote(requested_at=datetime.fromisoformat("2026-12-01T07:00:00+01:00")),
            id="one instant in two zones",
        ),
        pytest.param(
            quote(a_line(provisioning={"a": ("1",), "b": ("2",)})),
            quote(a_line(provisioning={"b": ("2",), "a": ("1",)})),
            id="the order of named values",
        ),
        pytest.param(quote(key=QuoteKey(system="crm", id="Q", revision="2")), quote(), id="the key"),
    ],
)
def test_the_same_acceptance_has_the_same_content(one: AcceptedQuote, other: AcceptedQuote) -> None:
    assert one.content_hash() == other.content_hash()


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(quote(a_line(quantity=11)), id="quantity"),
        pytest.param(quote(a_line(unit_cost=cost("1"))), id="cost"),
        pytest.param(quote(a_line(), a_line("2")), id="another line"),
        pytest.param(quote(customer=CONTOSO.model_copy(update={"name": "Fabrikam"})), id="customer"),
        pytest.param(quote(requested_at=NOON), id="date"),
        pytest.param(quote(a_line(provisioning={"a": ("2", "1")})), id="details"),
    ],
)
def test_what_was_accepted_otherwise_has_other_content(other: AcceptedQuote) -> None:
    assert quote().content_hash() != other.content_hash()


@pytest.mark.parametrize("quantity", [0, -1, 2.5, "ten", None])
def test_a_quantity_is_a_whole_number_above_zero(quantity: object) -> None:
    with pytest.raises(ValidationError):
        a_line(quantity=quantity)


def test_an_order_sees_only_its_own_lines_in_the_quotes_order() -> None:
    whole = quote(a_line("1"), a_line("2"), a_line("3"))

    assert [line.id for line in whole.only(frozenset({"3", "1"})).lines] == ["1", "3"]


@pytest.mark.parametrize(
    ("given", "label"),
    [({"description": "E3", "sku": "S"}, "E3"), ({"sku": "S"}, "S"), ({}, "backup")],
    ids=["description", "sku", "product"],
)
def test_a_line_is_recognised_by_what_a_person_reads_first(given: dict[str, str], label: str) -> None:
    assert a_line(**given).label == label


def test_a_quote_survives_storage() -> None:
    stored = quote(a_line(unit_cost=cost("36.10"), start_at=NOON, provisioning={"a": ("1",)}))

    assert AcceptedQuote.model_validate_json(stored.model_dump_json()) == stored
