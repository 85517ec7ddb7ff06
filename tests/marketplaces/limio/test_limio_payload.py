"""The bytes of an order at Limio."""

import json
from typing import Any

import pytest

from pipeline.domain.customer import Buyer
from pipeline.domain.errors import Refused
from pipeline.marketplaces.limio import payload
from pipeline.marketplaces.limio.options import Details, Options
from pipeline.marketplaces.limio.simulator import LimioSimulator, catalogue
from tests.marketplaces.limio.buying import ADA, REFERENCE, a_purchase

BACKUP, FIREWALL = catalogue.BACKUP, catalogue.FIREWALL


def test_an_order_is_composed_to_the_byte(simulator: LimioSimulator) -> None:
    made = payload.compose(a_purchase(simulator), Options())

    assert made.body == (
        '{"order_type":"new","country":"US","orderItems":[{"offer":{"id":"' + BACKUP.id + '","version":"'
        f'{BACKUP.version}"}},"quantity":5}}],"payment":{{"type":"invoice"}},"external_id":"{REFERENCE}",'
        '"process_immediately":false,"customerDetails":{"firstName":"Adalina","lastName":"Lovelacia",'
        '"email":"ada@contoso.example","phone":"+1 555 0147","company":"Contoso","address1":"1 Canary Street",'
        '"city":"Denverton","postalCode":"80202","country":"US"}}'
    )
    assert payload.compose(a_purchase(simulator), Options()) == made


def test_lines_go_by_their_number_however_they_come(simulator: LimioSimulator) -> None:
    bought = a_purchase(simulator, (BACKUP.id, 5), (FIREWALL.id, 1))
    turned = bought.model_copy(update={"lines": bought.lines[::-1]})

    assert payload.compose(turned, Options()) == payload.compose(bought, Options())


def test_the_checkout_session_is_added_and_the_rest_is_left_to_the_byte(simulator: LimioSimulator) -> None:
    made = payload.compose(a_purchase(simulator), Options())
    sent = payload.order_body(made, "basket-1").decode()

    assert sent == '{"checkoutId":"basket-1",' + made.body[1:]
    assert json.loads(payload.checkout_body(made)) == {
        "order": {name: json.loads(made.body)[name] for name in ("orderItems", "external_id", "country", "order_type")}
    }


def test_a_session_id_cannot_break_out_of_its_place(simulator: LimioSimulator) -> None:
    made = payload.compose(a_purchase(simulator), Options())
    sent = json.loads(payload.order_body(made, 'b","process_immediately":true,"x":"'))

    assert sent["process_immediately"] is False


def test_details_go_into_as_many_blocks_as_are_set(simulator: LimioSimulator) -> None:
    wanted = Options(details=(Details.CUSTOMER, Details.BILLING, Details.DELIVERY), payment="direct_debit")
    content = json.loads(payload.compose(a_purchase(simulator), wanted).body)

    assert content["billingDetails"] == content["deliveryDetails"] == content["customerDetails"]
    assert content["payment"] == {"type": "direct_debit"}


COUNTRIES = {"us": "US", " DE ": "DE", "Germany": "DE", "United States": "US", "UK": "GB", "United Kingdom": "GB"}


@pytest.mark.parametrize(("given", "code"), COUNTRIES.items())
def test_a_country_becomes_its_code(simulator: LimioSimulator, given: str, code: str) -> None:
    buyer = ADA.model_copy(update={"country": given})

    assert json.loads(payload.compose(a_purchase(simulator, buyer=buyer), Options()).body)["country"] == code


def of_line(**changed: Any) -> Any:
    return lambda bought: bought.model_copy(
        update={"lines": tuple(line.model_copy(update=changed) for line in bought.lines)}
    )


def of_purchase(**changed: Any) -> Any:
    return lambda bought: bought.model_copy(update=changed)


REFUSED: dict[str, tuple[Any, str]] = {
    "no version": (of_line(variant=""), "names no version of its offer"),
    "provisioning details": (of_line(provisioning=(("domain", ("contoso",)),)), "no place for them"),
    "a commitment": (of_line(commitment_id="c-1"), "no place for them"),
    "no buyer": (of_purchase(buyer=None), "names its buyer and our reference"),
    "no reference": (of_purchase(reference=""), "names its buyer and our reference"),
    "no country": (of_purchase(buyer=Buyer(email="ada@contoso.example")), "a code of two letters"),
    "a country that is none": (of_purchase(buyer=ADA.model_copy(update={"country": "Atlantis"})), "two letters"),
}


@pytest.mark.parametrize(("change", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_what_limio_has_no_words_for_is_refused_before_anything_is_sent(
    simulator: LimioSimulator, change: Any, sentence: str
) -> None:
    with pytest.raises(Refused) as refused:
        payload.compose(change(a_purchase(simulator)), Options())

    assert sentence in refused.value.sentence
