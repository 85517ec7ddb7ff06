"""Who may call what of the operator API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from events.connections import SourceConnection
from events.reading import Reader
from pipeline.store.cipher import Cipher, new_key
from pipeline.store.database import Database, make_engine
from tests.integration.asgi_client import AsgiClient
from tests.integration.operators_world import World
from workers.setting_values import ApiToken, Role
from workers.web.api import Services, api_router
from workers.web.app import create_app

TOKENS = tuple(ApiToken(role.value, role, SecretStr(f"token-of-{role}")) for role in Role)
ELSEWHERE = ("192.0.2.7", 40000)
ID = "7c0f5a4e-2f5e-4b63-9d5c-0a6a3f1f7e11"
CALLS = (
    (Role.VIEWER, "GET", "/api/orders"),
    (Role.VIEWER, "GET", "/api/orders/QW-NOTHERE000"),
    (Role.VIEWER, "GET", "/api/events"),
    (Role.VIEWER, "GET", f"/api/events/{ID}"),
    (Role.VIEWER, "POST", "/api/plan"),
    (Role.VIEWER, "GET", "/api/health"),
    (Role.VIEWER, "GET", "/metrics"),
    (Role.OPERATOR, "POST", "/api/orders/QW-NOTHERE000/answers"),
    (Role.OPERATOR, "POST", "/api/orders/QW-NOTHERE000/retry"),
    (Role.OPERATOR, "POST", "/api/orders/QW-NOTHERE000/reschedule"),
    (Role.OPERATOR, "POST", "/api/orders/QW-NOTHERE000/cancel"),
    (Role.OPERATOR, "GET", "/api/orders/QW-NOTHERE000/cancel"),
    (Role.APPROVER, "POST", "/api/orders/QW-NOTHERE000/approve"),
    (Role.APPROVER, "POST", "/api/orders/QW-NOTHERE000/adopt"),
    (Role.APPROVER, "POST", "/api/orders/QW-NOTHERE000/resend"),
    (Role.ADMIN, "POST", f"/api/events/{ID}/replay"),
    (Role.ADMIN, "POST", f"/api/events/{ID}/dismiss"),
)
BODIES: dict[str, dict[str, Any]] = {
    "answers": {"answers": {ID: ["x"]}},
    "retry": {},
    "reschedule": {"date": None, "reason": "why"},
    "cancel": {"reason": "why"},
    "approve": {"question": ID, "amount": "1", "reason": "why"},
    "adopt": {"marketplace_order_id": "x", "reason": "why"},
    "resend": {"attempt": ID, "reason": "why"},
}


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = Database(make_engine(database_url), Cipher([new_key()]))
    yield World(database)
    database.close()


def door(world: World, *tokens: ApiToken, client: tuple[str, int] = ELSEWHERE, address: str = "") -> AsgiClient:
    local = SourceConnection("local", marketplaces=("pax8",))
    services = Services(world.desk, Reader(world.database, {}), local, {}, ping_redis=lambda: None, tokens=tokens)
    app = create_app(world.database, {}, routers=[api_router(services)])
    return AsgiClient(app, client=client, address=address or "http://quoteway.example")


def call(api: AsgiClient, method: str, path: str, token: str | None) -> int:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    act = path.rpartition("/")[2]
    body = {"version": 1, **BODIES[act]} if act in BODIES else None
    return api.request(method, path, headers=headers, json=body).status_code


@pytest.mark.parametrize(("needed", "method", "path"), CALLS, ids=[f"{method} {path}" for _, method, path in CALLS])
def test_each_call_is_open_to_its_role_and_those_above_it(world: World, needed: Role, method: str, path: str) -> None:
    api = door(world, *TOKENS)

    for role in Role:
        status = call(api, method, path, f"token-of-{role}")
        assert (status == 403) is not role.includes(needed), (role, status)
    assert call(api, method, path, None) == 401
    assert call(api, method, path, "token-of-nobody") == 401


def test_a_refusal_is_a_sentence_and_names_what_is_needed(world: World) -> None:
    api = door(world, *TOKENS)

    missing = api.get("/api/orders")
    low = api.post(f"/api/events/{ID}/replay", headers={"Authorization": "Bearer token-of-viewer"})

    assert (missing.json()["detail"], missing.headers["www-authenticate"]) == ("A bearer token is needed.", "Bearer")
    assert low.json()["detail"] == "This needs the role admin; the token viewer has viewer."


@pytest.mark.parametrize("given", ["Basic token-of-admin", "token-of-admin", "Bearer", "Bearer  ", "bearer é"])
def test_what_is_no_bearer_token_lets_nobody_in(world: World, given: str) -> None:
    assert door(world, *TOKENS).get("/api/orders", headers={"Authorization": given.encode()}).status_code == 401


@pytest.mark.parametrize(
    ("client", "address", "headers", "status"),
    [
        pytest.param(("127.0.0.1", 1), "http://127.0.0.1:8000", {}, 200, id="this machine"),
        pytest.param(("::1", 1), "http://[::1]:8000", {}, 200, id="this machine over IPv6"),
        pytest.param(("::ffff:127.0.0.1", 1), "http://localhost:8000", {}, 200, id="a mapped loopback address"),
        pytest.param(ELSEWHERE, "http://127.0.0.1:8000", {}, 403, id="another machine"),
        pytest.param(
            ELSEWHERE, "http://127.0.0.1:8000", {"X-Forwarded-For": "127.0.0.1"}, 403, id="one that says it is this one"
        ),
        pytest.param(
            ("127.0.0.1", 1), "http://127.0.0.1:8000", {"X-Forwarded-For": "192.0.2.7"}, 403, id="through a proxy"
        ),
        pytest.param(("127.0.0.1", 1), "http://rebound.example:8000", {}, 403, id="another name for this machine"),
        pytest.param(
            ("127.0.0.1", 1), "http://127.0.0.1:8000", {"Origin": "https://evil.example"}, 403, id="another site's page"
        ),
        pytest.param(
            ("127.0.0.1", 1), "http://127.0.0.1:8000", {"Origin": "http://127.0.0.1:8000"}, 200, id="our own page"
        ),
    ],
)
def test_without_tokens_only_this_machine_is_answered(
    world: World, client: tuple[str, int], address: str, headers: dict[str, str], status: int
) -> None:
    answer = door(world, client=client, address=address).get("/api/orders", headers=headers)

    assert answer.status_code == status
    if status == 403:
        assert "Set QUOTEWAY_API_TOKENS" in answer.json()["detail"]


def test_metrics_are_given_to_this_machine_also_where_tokens_are_configured(world: World) -> None:
    here = door(world, *TOKENS, client=("127.0.0.1", 1), address="http://127.0.0.1:8000")

    assert here.get("/metrics").status_code == 200
    assert here.get("/api/orders").status_code == 401


def test_acts_are_journaled_under_the_token_s_name(world: World) -> None:
    ref = world.accept()
    api = door(world, *TOKENS)

    body = {"version": 1, "reason": "not wanted"}
    order = api.post(f"/api/orders/{ref}/cancel", json=body, headers={"Authorization": "Bearer token-of-operator"})

    assert order.json()["timeline"][-1]["actor"] == "operator"


def test_the_page_of_the_api_is_there(world: World) -> None:
    api = door(world, *TOKENS)

    page = api.get("/api/docs")
    assert page.status_code == 200
    assert "://" not in page.text, "a browser without a way to the internet shows it too"
    assets = re.findall(r'(?:src|href)="(/[^"]+)"', page.text)
    assert len(assets) == 2
    assert [api.get(asset).status_code for asset in assets] == [200, 200]
    described = api.get("/api/openapi.json").json()
    assert described["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
    paths = described["paths"]
    assert {"/api/orders", "/api/orders/{ref}/resend", "/api/plan", "/api/health"} <= paths.keys()
