"""Companies and contacts of the simulated Pax8: what makes one Active, and what debris does."""

from collections.abc import Iterator
from typing import Literal

import httpx
import pytest

from pipeline.marketplaces.pax8.simulator import Pax8Simulator, customers
from tests.contracts.pax8_requests import CONTOSO, company, complaints, contact

ALL = ("Admin", "Billing", "Technical")
INACTIVE = customers.NORTHWIND_INACTIVE.id


@pytest.fixture
def simulator() -> Pax8Simulator:
    return Pax8Simulator()


@pytest.fixture
def client(simulator: Pax8Simulator) -> Iterator[httpx.Client]:
    with simulator.client() as client:
        yield client


def status(client: httpx.Client, company_id: str) -> str:
    return str(client.get(f"/companies/{company_id}").json()["status"])


@pytest.mark.parametrize(
    ("primaries", "expected"),
    [((), "Inactive"), (("Admin",), "Inactive"), (("Admin", "Billing"), "Inactive"), (ALL, "Active")],
    ids=["nobody", "an admin", "two of three", "one for all three"],
)
def test_a_new_company_is_active_only_with_all_three_primaries(
    primaries: tuple[str, ...], expected: str, client: httpx.Client
) -> None:
    answer = client.post("/companies", json=company(contacts=[contact(*primaries)]))

    assert answer.json()["status"] == status(client, answer.json()["id"]) == expected


def test_a_contact_that_is_not_primary_counts_for_nothing(simulator: Pax8Simulator, client: httpx.Client) -> None:
    types = [{"type": kind, "primary": False} for kind in ALL]
    client.post(f"/companies/{INACTIVE}/contacts", json=contact() | {"types": types})

    assert status(client, INACTIVE) == "Inactive"
    assert simulator.world.writes == ["POST contacts"]


def test_a_company_becomes_active_with_its_last_primary(simulator: Pax8Simulator, client: httpx.Client) -> None:
    only_admin = customers.ADATUM_ONLY_ADMIN.id
    seen = [status(client, only_admin)]
    for kind in ("Billing", "Technical"):
        client.post(f"/companies/{only_admin}/contacts", json=contact(kind))
        seen.append(status(client, only_admin))

    assert seen == ["Inactive", "Inactive", "Active"]
    assert simulator.world.primaries(only_admin) == set(ALL)


def test_a_new_primary_demotes_the_old_one_without_a_word(client: httpx.Client) -> None:
    before = client.get(f"/companies/{CONTOSO}/contacts").json()["content"]
    client.post(f"/companies/{CONTOSO}/contacts", json=contact("Admin"))
    after = client.get(f"/companies/{CONTOSO}/contacts").json()["content"]

    assert len(before) == 3
    assert [(one["email"], one["types"]) for one in after if one["types"][0]["type"] == "Admin"] == [
        ("grace@example.com", [{"type": "Admin", "primary": True}]),
        ("ada@example.com", [{"type": "Admin", "primary": False}]),
    ]


@pytest.mark.parametrize("name", ["Northwind Traders", "NORTHWIND  traders", "Contoso."])
def test_an_existing_name_blocks_another_company_even_as_an_inactive_ghost(
    name: str, simulator: Pax8Simulator, client: httpx.Client
) -> None:
    answer = client.post("/companies", json=company(name=name))

    assert "already exists" in complaints(answer)[0]
    assert simulator.world.writes == []


def test_a_deleted_company_blocks_no_name(client: httpx.Client) -> None:
    assert client.post("/companies", json=company(name="Litware, Inc.")).status_code == 200


def test_a_change_leaves_what_it_does_not_name(client: httpx.Client) -> None:
    answer = client.patch(f"/companies/{CONTOSO}", json={"externalId": "NEW", "address": {"city": "Boulder"}}).json()

    assert (answer["externalId"], answer["name"]) == ("NEW", "Contoso")
    assert answer["address"] == {**client.get(f"/companies/{CONTOSO}").json()["address"], "city": "Boulder"}


def test_a_country_is_two_capitals(client: httpx.Client) -> None:
    answer = client.post("/companies", json=company(address={"country": "United States"}))

    assert complaints(answer) == ["address.country must be an ISO 3166-1 alpha-2 code"]


def test_a_contact_can_be_replaced_and_a_primary_of_an_active_company_cannot_be_deleted(client: httpx.Client) -> None:
    made = client.post(f"/companies/{INACTIVE}/contacts", json=contact()).json()
    at = f"/companies/{INACTIVE}/contacts/{made['id']}"
    client.put(at, json=contact(*ALL))

    refused = client.delete(at)
    client.put(at, json=contact())

    assert refused.status_code == 422
    assert status(client, INACTIVE) == "Inactive"
    assert client.delete(at).status_code == 204
    assert client.get(at).status_code == 404


def test_the_list_leaves_out_phones_which_the_single_read_has(client: httpx.Client) -> None:
    listed = client.get("/companies").json()["content"][0]

    assert "phone" not in listed
    assert "phone" in client.get(f"/companies/{listed['id']}").json()


@pytest.mark.parametrize(("reads_as", "has"), [("null", True), ("absent", False)])
def test_self_service_may_be_null_or_absent(
    reads_as: Literal["null", "absent"], has: bool, simulator: Pax8Simulator, client: httpx.Client
) -> None:
    simulator.knobs.self_service_reads_as = reads_as
    content = client.get(f"/companies/{CONTOSO}").json()

    assert ("selfServiceAllowed" in content, content.get("selfServiceAllowed")) == (has, None)


def test_two_companies_of_the_demo_share_one_normalised_name(simulator: Pax8Simulator) -> None:
    one, other = (simulator.world.companies[x.id] for x in (customers.FABRIKAM, customers.FABRIKAM_AGAIN))

    assert one.name != other.name
    assert simulator.world.same_name(one.name) is simulator.world.same_name(other.name)
