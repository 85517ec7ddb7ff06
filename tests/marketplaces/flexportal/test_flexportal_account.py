"""What an administrator may set, and what each call then carries."""

from collections.abc import Mapping

import httpx
import pytest

from pipeline.domain.errors import Forbidden, Unauthorized
from pipeline.marketplaces.accounts import BadOptions
from pipeline.marketplaces.flexportal.countries import country_name
from pipeline.marketplaces.flexportal.options import CustomerType, Options
from pipeline.operations.checking import Verdict, check
from tests.contracts.flexportal_case import FlexPortalCase


def test_without_options_an_account_has_the_usual_ones() -> None:
    assert Options.read({}) == Options()


def test_options_are_read() -> None:
    options = Options.read(
        {
            "reference_field": "poNumber",
            "reference_filter": "no",
            "customer_type": "individual",
            "strategy": "watch",
            "countries": "gb:Great Britain; US:USA",
        }
    )

    assert (options.reference_field, options.reference_filter) == ("poNumber", False)
    assert options.customer_type is CustomerType.INDIVIDUAL
    assert options.countries == {"GB": "Great Britain", "US": "USA"}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"reference_feild": "x"}, "FlexPortal has no option 'reference_feild'. It has countries,"),
        ({"reference_field": "a&b"}, "reference_field must be the name of a custom field"),
        ({"reference_field": ""}, "reference_field must be the name of a custom field"),
        ({"reference_filter": "maybe"}, "reference_filter must be yes or no."),
        ({"customer_type": "company"}, "customer_type must be business or individual."),
        ({"strategy": "auto"}, "strategy must be watch or allocate."),
        ({"subscription_form": "old"}, "subscription_form must be schema or example."),
        ({"countries": "Great Britain"}, "countries must be two letters and a name each"),
        ({"countries": "GB:"}, "countries must be two letters and a name each"),
    ],
)
def test_an_option_that_cannot_be_meant_is_told_by_the_setting_it_stands_in(
    given: Mapping[str, str], sentence: str
) -> None:
    settings = {"options": "QUOTEWAY_MARKETPLACES__FLEXPORTAL__OPTIONS"}

    with pytest.raises(BadOptions) as wrong:
        FlexPortalCase(options=given, settings=settings)

    assert str(wrong.value).startswith(f"QUOTEWAY_MARKETPLACES__FLEXPORTAL__OPTIONS: {sentence}")


@pytest.mark.parametrize("ending", ["", "/", "/v1", "/v1/"])
def test_the_address_may_end_in_the_version_or_not(ending: str) -> None:
    asked: list[httpx.Request] = []

    def note(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return case.simulator(request)

    case = FlexPortalCase(httpx.MockTransport(note), base_url=f"http://api-eu.flexportal.simulator{ending}")
    case.read(case.open())

    assert asked[0].url.path == f"/v1/customers/{case.buyers[0]}"
    assert asked[0].headers["tenant-id"] == "quoteway-demo"


def test_another_regions_tenant_is_refused_in_flexportals_words() -> None:
    case = FlexPortalCase(base_url=None)
    case.simulator.knobs.region = "us"

    with pytest.raises(Forbidden, match="Tenant not found"):
        case.read(case.open())


def test_a_refused_key_names_both_settings() -> None:
    case = FlexPortalCase()
    case.fault("status", "read", status=401, times=None)

    with pytest.raises(Unauthorized, match="QUOTEWAY_FLEXPORTAL_API_KEY"):
        case.read(case.open())


def test_an_account_that_works_is_tried_without_an_order() -> None:
    case = FlexPortalCase()

    findings = {one.what: one.verdict for one in check(case.account)}

    assert findings == {
        **dict.fromkeys(("credentials", "customers", "catalogue", "orders", "ordering"), Verdict.RIGHT),
        "clock": Verdict.UNKNOWN,
    }
    assert case.bought() == 0
    assert case.simulator.world.writes == []


@pytest.mark.parametrize(
    ("lacks", "what", "told"),
    [
        ("orders:write", "ordering", "lets us read, and not order"),
        ("subscriptions:read", "ordering", "does not permit GET /v1/subscriptions"),
        ("customers:read", "customers", "does not permit GET /v1/customers"),
    ],
)
def test_what_a_key_lacks_is_told_before_anything_is_ordered(lacks: str, what: str, told: str) -> None:
    case = FlexPortalCase()
    everything = {"customers:read", "products:read", "orders:read", "orders:write", "subscriptions:read"}
    case.simulator.knobs.permissions = everything - {lacks}

    wrong = [one for one in check(case.account) if one.verdict is Verdict.WRONG]

    assert [one.what for one in wrong] == [what]
    assert told in wrong[0].sentence


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("DE", "Germany"),
        ("de", "Germany"),
        ("deu", "Germany"),
        ("US", "United States"),
        ("GB", "United Kingdom"),
        ("UK", "United Kingdom"),
        ("BO", "Bolivia"),
        ("TW", "Taiwan"),
        ("CD", "Congo, Democratic Republic of the"),
        ("KR", "South Korea"),
        (" Germany ", "Germany"),
        ("Deutschland", "Deutschland"),
        ("AT", "Österreich"),
        ("ZZ", None),
        ("", None),
    ],
)
def test_a_country_is_named(given: str, name: str | None) -> None:
    assert country_name(given, {"AT": "Österreich"}) == name
