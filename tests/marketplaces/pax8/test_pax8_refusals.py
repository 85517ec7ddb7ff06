"""Which field of which line a refusal is about: only what its details say, and no guess."""

import json
from typing import Any

import httpx
import pytest

from pipeline.domain.claim import PurchaseLine
from pipeline.domain.terms import BillingTerm
from pipeline.marketplaces.pax8.payload import compose
from pipeline.marketplaces.pax8.refusals import named_fields, wants_line_company
from pipeline.marketplaces.reply import Reply


def line(number: int, *keys: str) -> PurchaseLine:
    return PurchaseLine(
        line_id=f"l{number}",
        number=number,
        product_id="p",
        quantity=1,
        billing_term=BillingTerm.MONTHLY,
        provisioning=tuple((key, ("value",)) for key in keys),
    )


BODY = compose("co", (line(1, "msDomain", "msCustExists"), line(4, "msDomain", "hostName"), line(7))).body

TABLE: list[tuple[Any, list[tuple[int | None, str]]]] = [
    ({"message": "provisioningDetails[msTenantId] is required", "instance": "/lineItems/1"}, [(4, "msTenantId")]),
    ({"message": "provisioningDetails[msTenantId] is required"}, [(None, "msTenantId")]),
    ({"message": "lineItems[0].provisioningDetails[1].values must not be empty"}, [(1, "msCustExists")]),
    ({"message": "lineItems[1].provisioningDetails.hostName is wrong"}, [(4, "hostName")]),
    ({"message": "msDomain is taken"}, [(None, "msDomain")]),
    ({"message": "hostName is taken"}, [(4, "hostName")]),
    ({"message": "msDomain is taken", "instance": "/lineItems/0"}, [(1, "msDomain")]),
    ({"message": "Line item 4: msDomain is taken"}, [(4, "msDomain")]),
    ({"message": "lineItemNumber 1: msDomain is taken"}, [(1, "msDomain")]),
    ({"message": "hostName is taken", "instance": "/lineItems/0"}, []),
    ({"message": "msDomainName is taken"}, []),
    ({"message": "quantity is wrong", "instance": "/lineItems/0"}, []),
    ({"message": "provisioningDetails must be a list"}, []),
    ({"message": "lineItems[9]: something"}, []),
    ("hostName is taken", [(4, "hostName")]),
    ({}, []),
    (None, []),
]


def refusal(content: Any) -> Reply:
    return Reply(422, httpx.Headers(), json.dumps(content).encode())


@pytest.mark.parametrize(("detail", "fields"), TABLE, ids=lambda value: str(value)[:70])
def test_a_detail_names(detail: Any, fields: list[tuple[int | None, str]]) -> None:
    assert list(named_fields(refusal({"message": "Validation failed", "details": [detail]}), BODY)) == fields


def test_a_refusal_without_details_may_name_a_field_itself() -> None:
    assert named_fields(refusal({"message": "hostName is taken"}), BODY) == ((4, "hostName"),)


@pytest.mark.parametrize(
    ("detail", "wanted"),
    [
        ({"message": "lineItems[0].companyId is required"}, True),
        ({"message": "must not be null", "instance": "/lineItems/0/companyId"}, True),
        ({"message": "body lineItems/0: 'companyId' is a required property"}, True),
        ({"message": "companyId is unknown"}, False),
        ({"message": "company is required to be active"}, False),
        ({"message": "msDomain is required"}, False),
    ],
    ids=str,
)
def test_lines_are_wanted_with_their_company_only_where_it_is_missed(detail: Any, wanted: bool) -> None:
    with_company = compose("co", (line(1).model_copy(update={"company_id": "co"}),)).body

    assert wants_line_company(refusal({"details": [detail]}), BODY) is wanted
    assert not wants_line_company(refusal({"details": [detail]}), with_company)


def test_each_field_is_named_once() -> None:
    detail = {"message": "provisioningDetails[hostName] is wrong: hostName"}

    assert named_fields(refusal({"details": [detail, detail]}), BODY) == ((4, "hostName"),)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"7"])
def test_a_refusal_that_can_not_be_read_names_nothing(body: bytes) -> None:
    assert named_fields(Reply(422, httpx.Headers(), body), BODY) == ()
