"""The page behind a link, over real HTTP: what it shows, takes, refuses and keeps to itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from pipeline.store.cipher import Cipher, new_key
from pipeline.store.database import Database, make_engine
from tests.integration.links_world import ADMIN, DANA, EXTRAS, REGION, TENANT, Asking, asking, doors
from tests.integration.operators_world import World

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def order(database_url: str) -> Iterator[Asking]:
    database = Database(make_engine(database_url), Cipher([new_key()]))
    yield asking(World(database))
    database.close()


@pytest.fixture
def client(order: Asking) -> Iterator[httpx.Client]:
    with doors(order.world, per_minute=1000) as client:
        yield client


def test_the_page_shows_company_quote_and_fields_and_nothing_else(order: Asking, client: httpx.Client) -> None:
    page = client.get(f"/fill/{order.link()}")

    assert page.status_code == 200
    for shown in ("Contoso Ltd", "Q-1001", "Tenant domain", "It ends in .onmicrosoft.com.", "Asia &lt;Pacific&gt;"):
        assert shown in page.text
    for hidden in ("31.10", "33.00", "USD", "Pax8", "pax8", order.ref, "sam", DANA, "leave out", "version"):
        assert hidden not in page.text
    assert page.text.count('type="checkbox"') == 3
    assert page.text.count("<select") == 1


def test_every_page_is_told_to_load_run_keep_and_frame_nothing(order: Asking, client: httpx.Client) -> None:
    token = order.link()
    wrong = client.post(f"/fill/{token}", data={})
    sent = client.post(f"/fill/{token}", data=order.good())

    for page in (wrong, sent, client.get("/fill/sent"), client.get(f"/fill/{token}"), client.get("/fill/none")):
        headers = page.headers
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "set-cookie" not in headers
        assert "unsafe" not in headers["content-security-policy"]
        assert "<script" not in page.text
        assert not re.search(r"\son[a-z]+=|style=|https?://", page.text)


def test_what_is_sent_is_kept_and_thanked_for_at_an_address_without_the_token(
    order: Asking, client: httpx.Client
) -> None:
    sent = client.post(f"/fill/{order.link()}", data=order.good())
    thanks = client.get(f"/fill/{sent.headers['location']}")

    assert (sent.status_code, sent.headers["location"]) == (303, "sent")
    assert "Thank you" in thanks.text
    assert set(order.asks().values()) == {f"{DANA} (by link of sam)"}


def test_what_is_wrong_is_said_beside_what_was_typed_which_stays(order: Asking, client: httpx.Client) -> None:
    token, admin = order.link(), order.id(ADMIN)
    given = {**order.good(), str(order.id(TENANT)): "", str(order.id(REGION)): "Mars", f"{admin}.email": '"><b>x'}

    page = client.post(f"/fill/{token}", data=given)

    assert page.status_code == 422
    assert f'id="{order.id(TENANT)}-wrong">This is needed.' in page.text
    assert f'id="{order.id(REGION)}-wrong">Choose from what is offered.' in page.text
    assert f'id="{admin}.email-wrong">This is no e-mail address' in page.text
    assert 'value="&#34;&gt;&lt;b&gt;x"' in page.text
    assert '<input type="checkbox" name="' in page.text
    assert page.text.count(" checked>") == len(order.good()[str(order.id(EXTRAS))])
    assert order.answers() == {}
    assert client.post(f"/fill/{token}", data=order.good()).status_code == 303


def test_looking_as_programs_do_that_follow_links_spends_nothing(order: Asking, client: httpx.Client) -> None:
    token = order.link()

    assert [client.request(way, f"/fill/{token}").status_code for way in ("HEAD", "GET", "GET")] == [200] * 3
    assert client.post(f"/fill/{token}", data=order.good()).status_code == 303


def test_a_used_a_revoked_and_an_unknown_link_get_the_same_page_to_the_letter(
    order: Asking, client: httpx.Client
) -> None:
    used, revoked = order.link(), order.link(TENANT)
    api = f"/api/orders/{order.ref}/links"
    newest = client.get(api).json()["items"][0]["id"]
    assert client.delete(f"{api}/{newest}").json()["state"] == "revoked"
    client.post(f"/fill/{used}", data=order.good())

    pages = [client.get(f"/fill/{token}") for token in (used, revoked, "A" * 43, "%F0%9F%94%91", "%00")]
    pages += [client.post(f"/fill/{token}", data=order.good()) for token in (used, revoked, "A" * 43)]

    assert {page.status_code for page in pages} == {410}
    assert len({page.text for page in pages}) == 1
    assert "ask the person who sent you the link" in pages[0].text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"sec-fetch-site": "same-origin", "origin": "null"}, 303, id="our page, in a browser of today"),
        pytest.param({"origin": "null"}, 303, id="our page, which sends no referrer, without TLS"),
        pytest.param({}, 303, id="no page at all"),
        pytest.param({"sec-fetch-site": "cross-site", "origin": "null"}, 403, id="another site's page"),
        pytest.param({"sec-fetch-site": "same-site"}, 403, id="a neighbour's page"),
        pytest.param({"origin": "https://elsewhere.example"}, 403, id="another site's page, without TLS"),
        pytest.param({"origin": "http://["}, 403, id="an origin that is no address"),
    ],
)
def test_only_our_own_page_may_send_the_form(
    order: Asking, client: httpx.Client, headers: dict[str, str], status: int
) -> None:
    answer = client.post(f"/fill/{order.link()}", data=order.good(), headers=headers)

    assert answer.status_code == status
    assert bool(order.answers()) is (status == 303)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        pytest.param(b"{}", "application/json", 415, id="JSON"),
        pytest.param(b"", "", 415, id="nothing, of no kind"),
        pytest.param(b"\xff=\xfe", FORM, 400, id="no text"),
        pytest.param(b"a=%FF", FORM, 400, id="no text inside"),
        pytest.param(b"a=1&" * 2000, FORM, 400, id="thousands of inputs"),
        pytest.param(b"a=" + b"1" * 300_000, FORM, 413, id="more than a form holds"),
        pytest.param(b"&&==&;", FORM, 422, id="a form of nothing"),
    ],
)
def test_what_no_form_sends_gets_a_page_and_changes_nothing(
    order: Asking, client: httpx.Client, body: bytes, kind: str, status: int
) -> None:
    token = order.link()

    answer = client.post(f"/fill/{token}", content=body, headers={"content-type": kind})

    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert order.answers() == {}
    assert client.get(f"/fill/{token}").status_code == 200


def test_an_address_that_asks_too_often_waits(order: Asking) -> None:
    token = order.link()
    with doors(order.world, per_minute=3) as client:
        answers = [client.get(f"/fill/{name}") for name in (token, "guess", "other")]
        refused = client.get(f"/fill/{token}")

    assert [each.status_code for each in answers] == [200, 410, 410]
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert "Your link stays valid" in refused.text


def test_a_token_is_in_no_log_and_no_metric(order: Asking, client: httpx.Client) -> None:
    token = order.link()
    with capture_logs() as logs:
        client.post(f"/fill/{token}", data={"a": "1"})
        client.post(f"/fill/{token}", data=order.good())
        for way in ("GET", "PUT", "DELETE"):
            assert token not in client.request(way, f"/fill/{token}").text
        assert token not in client.get(f"/fill/{token}/more").text
        metrics = client.get("/metrics").text

    assert token not in f"{logs}{metrics}{order.world.view(order.ref)}"


def test_without_the_database_the_page_says_to_come_again_and_the_log_has_no_token(order: Asking) -> None:
    token = order.link()
    away = Database(make_engine("postgresql://nobody@127.0.0.1:1/none"), Cipher([new_key()]))
    with doors(World(away)) as client, capture_logs() as logs:
        answers = [client.get(f"/fill/{token}"), client.post(f"/fill/{token}", data=order.good())]
    away.close()

    assert [each.status_code for each in answers] == [503, 503]
    assert "Your link stays valid" in answers[0].text
    assert token not in str(logs)


def test_the_api_makes_lists_and_revokes_links(order: Asking, client: httpx.Client) -> None:
    api = f"/api/orders/{order.ref}/links"
    asked: dict[str, Any] = {"questions": [str(order.id(TENANT))], "email": DANA, "days": 2}

    made = client.post(api, json=asked)
    whole = client.post(api)
    listed = client.get(api).json()["items"]

    assert (made.status_code, whole.status_code) == (201, 201)
    assert made.json()["url"].startswith(f"{client.base_url}/fill/")
    assert client.get(made.json()["url"]).text.count("<input") == 1
    assert [each["id"] for each in listed] == [whole.json()["id"], made.json()["id"]]
    assert listed[1] == {key: value for key, value in made.json().items() if key != "url"}
    assert client.delete(f"{api}/{listed[1]['id']}").json()["state"] == "revoked"
    assert client.get(made.json()["url"]).status_code == 410


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"email": "dana"}, 422, id="no e-mail address"),
        pytest.param({"days": 0}, 422, id="no day"),
        pytest.param({"days": 91}, 422, id="for ever"),
        pytest.param({"questions": ["00000000-0000-0000-0000-000000000000"]}, 422, id="no question of the order"),
        pytest.param({"more": 1}, 422, id="a field that there is not"),
    ],
)
def test_the_api_refuses_a_link_that_cannot_be_meant(
    order: Asking, client: httpx.Client, body: dict[str, Any], status: int
) -> None:
    assert client.post(f"/api/orders/{order.ref}/links", json=body).status_code == status


def test_the_api_tells_what_is_not_there_and_what_cannot_be(order: Asking, client: httpx.Client) -> None:
    gone = f"/api/orders/{order.ref}/links/00000000-0000-0000-0000-000000000000"
    assert client.delete(gone).status_code == 404
    assert client.post("/api/orders/QW-NOTHERE/links").status_code == 404
    order.world.failed(order.ref)

    ended = client.post(f"/api/orders/{order.ref}/links")

    assert (ended.status_code, ended.json()["code"]) == (409, "operator.not_allowed")
    assert ended.json()["order"]["ref"] == order.ref
