"""How an account at Limio is let in, and what may be set of it."""

import base64
import json
from urllib.parse import parse_qs

import httpx
import pytest

from pipeline.abilities import (
    BuysFromBaskets,
    FindsByReference,
    KeepsContacts,
    KnowsByEmail,
    PricesAtRehearsal,
    Rehearses,
)
from pipeline.domain.errors import Forbidden, Unauthorized
from pipeline.marketplaces.accounts import BadOptions
from pipeline.marketplaces.limio.account import LimioAccount
from pipeline.marketplaces.limio.simulator import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, LimioSimulator, customers
from pipeline.ports import Purpose
from tests.contracts.fakes import CountingBudget, MemoryTokens
from tests.marketplaces.limio.buying import Shop, config

ABILITIES = (Rehearses, FindsByReference, KnowsByEmail, BuysFromBaskets, PricesAtRehearsal)


class Listening(httpx.BaseTransport):
    """A simulator whose requests for tokens are kept."""

    def __init__(self, simulator: LimioSimulator) -> None:
        self.simulator = simulator
        self.tokens: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/token"):
            self.tokens.append(request)
        return self.simulator(request)


def token_request(simulator: LimioSimulator, **options: str) -> httpx.Request:
    heard = Listening(simulator)
    Shop(simulator, options, transport=heard).open().company(customers.CONTOSO.id)
    return heard.tokens[0]


def test_a_limio_account_can_do_all_that_a_marketplace_with_checkout_sessions_can(simulator: LimioSimulator) -> None:
    opened = Shop(simulator).open()

    assert all(isinstance(opened, ability) for ability in ABILITIES)
    assert opened.prices_at_rehearsal
    assert not isinstance(opened, KeepsContacts)
    assert (opened.name, opened.title) == ("limio", "Limio")


def test_the_token_is_asked_for_with_a_form_outside_of_the_api_and_for_the_partners_scope(
    simulator: LimioSimulator,
) -> None:
    asked = token_request(simulator)

    assert str(asked.url) == "http://limio.simulator/oauth2/token"
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert {name: values[0] for name, values in parse_qs(asked.content.decode()).items()} == {
        "grant_type": "client_credentials",
        "client_id": DEMO_CLIENT_ID,
        "client_secret": DEMO_CLIENT_SECRET,
        "scope": "partner",
    }


def test_an_older_tenant_gets_the_client_in_a_header(simulator: LimioSimulator) -> None:
    simulator.knobs.client_in = "header"
    asked = token_request(simulator, credentials="header")

    basic = base64.b64encode(f"{DEMO_CLIENT_ID}:{DEMO_CLIENT_SECRET}".encode()).decode()
    assert asked.headers["authorization"] == f"Basic {basic}"
    assert "client_secret" not in asked.content.decode()


def test_a_token_that_is_not_asked_for_a_scope_lacks_it_where_the_tenant_wants_that(simulator: LimioSimulator) -> None:
    simulator.knobs.scope_must_be_asked = True

    assert Shop(simulator).open().customers(customers.CONTOSO.email)
    with pytest.raises(Forbidden):
        Shop(simulator, {"scope": ""}).open().customers(customers.CONTOSO.email)


def test_wrong_credentials_are_said_to_be_without_being_repeated(simulator: LimioSimulator) -> None:
    simulator.knobs.client_secret = "another-one"
    with pytest.raises(Unauthorized) as refused:
        Shop(simulator).open().company(customers.CONTOSO.id)

    assert "client_secret of account limio" in refused.value.sentence
    assert DEMO_CLIENT_SECRET not in refused.value.sentence


def test_a_tenant_that_repeats_the_secret_it_refuses_is_not_repeated(simulator: LimioSimulator) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        form = parse_qs(request.content.decode())
        words = f"No client {form['client_id'][0]} is let in by {form['client_secret'][0]}"
        return httpx.Response(401, json={"error_description": words})

    shop = Shop(simulator, transport=httpx.MockTransport(handler))
    with pytest.raises(Unauthorized) as refused:
        shop.open().company(customers.CONTOSO.id)

    told = f"{refused.value.sentence} {shop.exchanges}"
    assert "is let in by" in told
    assert [one for one in (DEMO_CLIENT_ID, DEMO_CLIENT_SECRET) if one in told] == []


@pytest.mark.parametrize(
    "base_url", ["http://limio.simulator", "http://limio.simulator/", "http://limio.simulator/api/"]
)
def test_the_tenants_address_does_with_or_without_its_api(simulator: LimioSimulator, base_url: str) -> None:
    settings = config(base_url=base_url)
    heard = Listening(simulator)
    account = LimioAccount(settings, MemoryTokens(), CountingBudget(), Shop(simulator).breaker, heard)

    assert account.open(Purpose.WORK, lambda _: None).company(customers.CONTOSO.id).name == "Contoso"
    assert str(heard.tokens[0].url) == "http://limio.simulator/oauth2/token"


def test_another_token_address_goes_before_the_tenants_own(simulator: LimioSimulator) -> None:
    heard = Listening(simulator)
    settings = config(token_url="http://limio.simulator/oauth2/token?at=elsewhere")
    account = LimioAccount(settings, MemoryTokens(), CountingBudget(), Shop(simulator).breaker, heard)

    assert account.token_url.endswith("elsewhere")


BAD: dict[str, tuple[dict[str, str], str]] = {
    "an option that there is not": ({"biling": "zuora"}, "has the option 'biling', which Limio does not have"),
    "a plug-in that nobody can read": ({"billing": "chargebee"}, "'billing' must be one of auto, zuora, stripe"),
    "taxes of another word": ({"taxes": "some"}, "'taxes' must be one of included, excluded"),
    "credentials elsewhere": ({"credentials": "query"}, "'credentials' must be one of body, header"),
    "no payment": ({"payment": " "}, "'payment' must not be empty"),
    "details without the customer": ({"details": "billing"}, "'details' must have customer among its blocks"),
    "details that there are not": ({"details": "customer;shipping"}, "'details' must be one of"),
    "a checkout path that is none": ({"checkout_path": "partner/checkout"}, "'checkout_path' must be a path"),
    "a word without a meaning": ({"order_words": "awaiting_allocation"}, "'order_words' must be pairs"),
    "a word of another meaning": ({"order_words": "awaiting:fine"}, "'order_words' must be one of under way"),
    "no days": ({"look_back_days": "0"}, "'look_back_days' must be a whole number from 1"),
    "reads by a word": ({"most_reads": "many"}, "'most_reads' must be a whole number from 1"),
    "by reference perhaps": ({"subscription_by_reference": "maybe"}, "must be one of yes, no"),
}


@pytest.mark.parametrize(("options", "sentence"), BAD.values(), ids=BAD.keys())
def test_an_option_that_cannot_be_meant_stops_the_account_with_a_sentence(
    simulator: LimioSimulator, options: dict[str, str], sentence: str
) -> None:
    with pytest.raises(BadOptions) as wrong:
        Shop(simulator, options)

    assert sentence in str(wrong.value)
    assert str(wrong.value).startswith("QUOTEWAY_MARKETPLACES__LIMIO__OPTIONS")


def test_the_journal_holds_no_secret_and_no_token(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    shop.buy()

    kept = json.dumps([str(one) for one in shop.exchanges])
    assert DEMO_CLIENT_SECRET not in kept
    assert "sim." not in kept
