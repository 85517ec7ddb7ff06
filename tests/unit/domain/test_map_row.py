"""What a row of the product map may hold."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from pipeline.domain.map_row import MapRow, faults

GOOD: dict[str, Any] = {
    "source": "crm",
    "key": "K-1",
    "valid_from": "2026-01-01",
    "marketplace": "pax8",
    "product_id": "product-1",
}


def test_a_row_is_written_one_way_whatever_way_it_was_given() -> None:
    row = MapRow(
        **{
            **GOOD,
            "key": " K-1 ",
            "valid_from": " 2026-01-01 ",
            "marketplace": "Pax8",
            "billing_term": "yearly",
            "provisioning": {"domain": "contoso.example", "size": ["s", "m"]},
        }
    )

    assert row.identity == ("crm", "K-1", date(2026, 1, 1), "pax8")
    assert row.billing_term == "Annual"
    assert row.provisioning == {"domain": ("contoso.example",), "size": ("s", "m")}


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        pytest.param("source", "", "source: must not be empty", id="no source"),
        pytest.param("key", "  ", "key: must not be empty", id="a blank key"),
        pytest.param("key", "x" * 501, "key: is longer than 500 characters", id="a long key"),
        pytest.param("key", "a\x00b", "key: holds a character that no key has, such as a line break", id="NUL"),
        pytest.param(
            "key", "a\ud800", "key: holds a character that no key has, such as a line break", id="half of one"
        ),
        pytest.param("product_id", 7, "product_id: must be text", id="a number"),
        pytest.param("valid_from", "01.02.2026", "valid_from: must be a day such as 2026-12-01", id="another form"),
        pytest.param("valid_from", 1_700_000_000, "valid_from: must be a day such as 2026-12-01", id="seconds"),
        pytest.param("valid_from", "٢٠٢٦-01-01", "valid_from: must be a day such as 2026-12-01", id="other digits"),
        pytest.param(
            "valid_from", datetime(2026, 1, 1, tzinfo=UTC), "valid_from: must be a day such as 2026-12-01", id="a time"
        ),
        pytest.param("valid_from", "2026-02-30", "valid_from: is no day of the calendar", id="no such day"),
        pytest.param("marketplace", "pax 8", "marketplace: must be a marketplace's name, such as pax8", id="no name"),
        pytest.param("billing_term", "fortnightly", "billing_term: is none that is known: Monthly, ", id="no term"),
        pytest.param("provisioning", ["a"], "provisioning: must name values by field, at most 100", id="a list"),
        pytest.param(
            "provisioning", {"a": 1}, "provisioning: must have a text, or a list of them, for a", id="a number"
        ),
        pytest.param(
            "provisioning", {"a": []}, "provisioning: must have a text, or a list of them, for a", id="nothing"
        ),
        pytest.param("provisioning", {"": "b"}, "provisioning: must not be empty", id="no field"),
    ],
)
def test_what_cannot_be_meant_is_told_by_its_column(column: str, value: Any, told: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        MapRow(**{**GOOD, column: value})

    (fault,) = faults(wrong.value)
    assert fault.startswith(told)


def test_everything_that_is_missing_is_told() -> None:
    with pytest.raises(ValidationError) as wrong:
        MapRow.model_validate({})

    assert faults(wrong.value) == tuple(f"{column}: is required" for column in GOOD)
