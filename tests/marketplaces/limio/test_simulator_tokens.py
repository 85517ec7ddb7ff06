"""Who gets a token from the simulated Limio, and what it opens."""

import base64
from typing import Any

import httpx
import pytest

from pipeline.marketplaces.limio.simulator import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, LimioSimulator

FORM = {"grant_type": "client_credentials", "client_id": DEMO_CLIENT_ID, "client_secret": DEMO_CLIENT_SECRET}
HOST = "http://limio.simulator"


@pytest.fixture
def stranger(simulator: LimioSimulator) -> httpx.Client:
    return httpx.Client(transport=httpx.MockTransport(simulator), base_url=f"{HOST}/api")


def ask(client: httpx.Client, header: str = "", **fields: str) -> httpx.Response:
    form = {name: value for name, value in (FORM | fields).items() if value}
    return client.post(f"{HOST}/oauth2/token", data=form, headers={"authorization": header} if header else {})


def status_with(client: httpx.Client, token: str, path: str = "/partner/customer") -> int:
    return client.get(path, headers={"authorization": f"Bearer {token}"}).status_code


def test_a_token_is_asked_for_in_a_form_outside_of_the_api(simulator: LimioSimulator, stranger: httpx.Client) -> None:
    answer = ask(stranger)
    told: dict[str, Any] = answer.json()

    assert answer.status_code == 200
    assert (told["token_type"], told["expires_in"]) == ("Bearer", 3600)
    assert told["id_token"] != told["access_token"]
    assert status_with(stranger, told["access_token"]) == 200
    assert stranger.post("/oauth2/token", data=FORM).status_code == 401
    assert simulator.tokens.issued == 1


def test_older_pages_have_the_client_in_a_basic_header(simulator: LimioSimulator, stranger: httpx.Client) -> None:
    header = "Basic " + base64.b64encode(f"{DEMO_CLIENT_ID}:{DEMO_CLIENT_SECRET}".encode()).decode()

    def statuses() -> tuple[int, int]:
        in_header = ask(stranger, header, client_id="", client_secret="")
        return in_header.status_code, ask(stranger).status_code

    either = statuses()
    simulator.knobs.client_in = "body"
    in_body = statuses()
    simulator.knobs.client_in = "header"

    assert (either, in_body, statuses()) == ((200, 200), (401, 200), (200, 401))


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        ({"client_id": "x"}, 401, "invalid_client"),
        ({"client_secret": "x"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"scope": "partner admin"}, 400, "invalid_scope"),
    ],
)
def test_a_wrong_request_gets_no_token(
    fields: dict[str, str], status: int, error: str, simulator: LimioSimulator, stranger: httpx.Client
) -> None:
    answer = stranger.post(f"{HOST}/oauth2/token", data=FORM | fields)

    assert (answer.status_code, answer.json()) == (status, {"error": error})
    assert simulator.tokens.refused == 1


def test_json_is_no_form(stranger: httpx.Client) -> None:
    assert stranger.post(f"{HOST}/oauth2/token", json=FORM).json() == {"error": "invalid_request"}


def test_what_is_the_partners_opens_by_its_scope_alone(simulator: LimioSimulator, stranger: httpx.Client) -> None:
    simulator.knobs.scopes = ("catalog",)
    token = ask(stranger).json()["access_token"]

    assert status_with(stranger, token) == 403
    assert status_with(stranger, token, "/offers/v2") == 200


def test_a_tenant_may_want_the_scope_to_be_asked_for(simulator: LimioSimulator, stranger: httpx.Client) -> None:
    simulator.knobs.scope_must_be_asked = True

    assert status_with(stranger, ask(stranger).json()["access_token"]) == 403
    assert status_with(stranger, ask(stranger, scope="partner").json()["access_token"]) == 200


def test_a_token_ends_after_an_hour_and_by_revocation(simulator: LimioSimulator, client: httpx.Client) -> None:
    simulator.clock.advance(3599)
    before = client.get("/offers/v2").status_code
    simulator.clock.advance(1)
    expired = client.get("/offers/v2")
    token = simulator.tokens.issue()
    simulator.tokens.revoke()

    assert (before, expired.status_code, expired.json()) == (200, 401, {"message": "Unauthorized"})
    assert status_with(client, token) == 401
