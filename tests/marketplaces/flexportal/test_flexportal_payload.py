"""What FlexPortal is sent, to the byte."""

import hashlib
import json
from typing import Any

import pytest

from pipeline.domain.claim import Purchase, PurchaseLine
from pipeline.domain.errors import Refused
from pipeline.domain.terms import BillingTerm
from pipeline.marketplaces.flexportal.options import CustomerType, Options
from pipeline.marketplaces.flexportal.payload import compose, sent
from tests.contracts.flexportal_case import a_buyer, a_device

TWO = (a_device(2, "MONITOR-27", 1, 12), a_device(1, "LAPTOP-14", 20, 24))


def purchase(*lines: PurchaseLine, **changed: Any) -> Purchase:
    values: dict[str, Any] = {
        "company_id": "cust_1",
        "lines": lines or TWO,
        "reference": "QW-1-abc",
        "buyer": a_buyer("ada@contoso.example", street2="Floor 2"),
    }
    return Purchase(**(values | changed))


def test_the_payload_is_these_bytes() -> None:
    address = (
        '{"contactName":"Canarina Canarison","company":"Contoso","streetAddress":"Calle Canaria 1",'
        '"buildingInfo":"Floor 2","city":"Canarytown","postalCode":"35001","country":"Germany"}'
    )

    payload = compose(purchase(), Options())

    assert payload.body == (
        '{"orderType":"standard",'
        '"customer":{"email":"ada@contoso.example","firstName":"Canarina","lastName":"Canarison","company":"Contoso",'
        '"phone":"+49 555-0147","customerType":"business"},'
        f'"billingAddress":{address},"shippingAddress":{address},'
        '"items":[{"sku":"LAPTOP-14","quantity":20,"contractLength":24},'
        '{"sku":"MONITOR-27","quantity":1,"contractLength":12}],'
        '"customFields":{"externalOrderId":"QW-1-abc"}}'
    )
    assert payload.hash == hashlib.sha256(payload.body.encode()).hexdigest()


def test_options_change_the_field_of_the_reference_the_kind_of_customer_and_a_country() -> None:
    options = Options("poNumber", customer_type=CustomerType.INDIVIDUAL, countries={"DE": "Deutschland"})

    content = json.loads(compose(purchase(), options).body)

    assert content["customFields"] == {"poNumber": "QW-1-abc"}
    assert content["customer"]["customerType"] == "individual"
    assert content["billingAddress"]["country"] == content["shippingAddress"]["country"] == "Deutschland"


def test_an_extension_names_the_order_and_the_months() -> None:
    line = a_device(1, "LAPTOP-14", 1, 12, originalOrderId="ord_1", extensionMonths="6")

    content = json.loads(compose(purchase(line), Options()).body)

    assert content["orderType"] == "extension"
    assert content["extensionDetails"] == {"originalOrderId": "ord_1", "extensionMonths": 6}


def test_an_upgrade_names_the_subscription() -> None:
    line = a_device(1, "LAPTOP-14", 1, 12, previousRentalId="sub_1")

    content = json.loads(compose(purchase(line), Options()).body)

    assert (content["orderType"], content["upgradeDetails"]) == ("upgrade", {"previousRentalId": "sub_1"})


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"buyer": None}, "does not say who the customer is"),
        ({"buyer": a_buyer("", city=" ")}, "the customer's city and email is missing"),
        ({"buyer": a_buyer("a@b.example", country="ZZ")}, "'ZZ' is no country"),
        ({"reference": ""}, "has no reference"),
        ({"lines": ()}, "or no line"),
        ({"lines": (TWO[0].model_copy(update={"commitment_id": None}),)}, "line 2 has no contract length"),
        ({"lines": (TWO[0].model_copy(update={"commitment_id": "1-Year"}),)}, "line 2 has no contract length"),
        ({"lines": (TWO[0].model_copy(update={"billing_term": BillingTerm.ANNUAL}),)}, "billed Annual"),
        ({"lines": (TWO[0].model_copy(update={"parent_number": 1}),)}, "hangs from another"),
        (
            {"lines": (a_device(1, "A", 1, 12, previousRentalId="s", originalOrderId="o"),)},
            "either an extension or an upgrade",
        ),
        ({"lines": (a_device(1, "A", 1, 12, previousRentalId="s"), a_device(2, "B", 1, 12))}, "different kinds"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_flexportal_cannot_be_sent_says_why(changed: dict[str, Any], why: str) -> None:
    with pytest.raises(Refused, match=why):
        compose(purchase(**changed), Options())


def test_what_is_personal_is_hidden_and_what_helps_is_not() -> None:
    what = sent(compose(purchase(), Options()).body, Options())

    assert {"ada@contoso.example", "Canarina", "Contoso", "Calle Canaria 1", "+49 555-0147"} <= set(what.personal)
    assert not {"Germany", "business"} & set(what.personal)
