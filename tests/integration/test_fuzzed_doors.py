"""
Whatever is sent to any door of the web process: no fault, no hang, no secret in an answer, and nothing taken for an
acceptance. What is sent is the same each time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import count
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import requests
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from jsonschema import Draft202012Validator
from schemathesis import Case, GenerationMode, openapi
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from events.connections import SourceKind
from events.sources.generic import schema
from tests.integration.fuzzed_bodies import damaged, forms, garbage, odd_headers, odd_queries
from tests.integration.fuzzed_messages import PUSHING
from tests.integration.fuzzed_world import SECONDS, TOKEN, FuzzedWorld, fuzzed_world
from tests.integration.links_world import REGION
from tests.servers import Databases
from workers.embedded import EmbeddedValkey

KNOWN = {"authorization": f"Bearer {TOKEN}"}
UNKNOWN = {"authorization": "Bearer a-guess"}
# That a date, a cursor or a table can be meant is beyond any schema; who is let in has a test of its own.
BESIDE = [positive_data_acceptance, ignored_auth]


def each(examples: int) -> settings:
    """Always the same ones, and not made smaller where one fails, which would take long."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(scope="module")
def world(template_database: Databases, valkey_server: EmbeddedValkey) -> Iterator[FuzzedWorld]:
    with template_database.fresh() as url, fuzzed_world(url, valkey_server.url) as world:
        yield world


@pytest.fixture(scope="module")
def web(world: FuzzedWorld) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=world.url, timeout=SECONDS, trust_env=False) as client:
        yield client


@pytest.fixture(autouse=True)
def nothing_follows(world: FuzzedWorld) -> Iterator[None]:
    """Of any test here: nothing is ordered or bought, also once workers have read what was kept, and nothing failed."""
    before = world.kept()
    yield
    changed = sum(result.changed for result in world.read_all())
    assert (changed, world.kept()) == (0, before)
    assert world.faults() == []


def check(world: FuzzedWorld, answer: httpx.Response) -> None:
    """429 is what a sender is told of a fault of ours, too."""
    assert answer.status_code < 500
    assert answer.status_code != 429
    assert world.blabbed(f"{answer.headers}{answer.text}") == []


def raw(headers: Mapping[str, str]) -> dict[bytes, bytes]:
    return {name.encode(): text.encode() for name, text in headers.items()}


def meant(body: bytes, allowed: Draft202012Validator) -> bool:
    try:
        return allowed.is_valid(json.loads(body))
    except (ValueError, RecursionError):
        return False


def deliver(web: httpx.Client, kind: str, body: bytes, headers: dict[bytes, bytes], query: str = "") -> httpx.Response:
    return web.post(httpx.URL(f"{web.base_url}/in/{kind}", query=query.encode()), content=body, headers=headers)


@pytest.mark.parametrize("kind", PUSHING)
def test_what_no_tool_has_signed_is_refused(world: FuzzedWorld, web: httpx.Client, kind: SourceKind) -> None:
    sender = world.senders[kind]

    @each(40)
    @given(garbage() | damaged(sender.acceptance), odd_headers(), odd_queries())
    def send(body: bytes, headers: dict[bytes, bytes], query: str) -> None:
        answer = deliver(web, kind, body, headers, query)

        check(world, answer)
        # Of ConnectWise a key may have to be fetched first: such a message is kept, and refused when it is read.
        assert answer.status_code in ({200, 401, 413} if kind is SourceKind.CONNECTWISE else {401, 413})

    send()


@pytest.mark.parametrize("kind", PUSHING)
def test_what_a_tool_has_signed_is_still_no_acceptance(world: FuzzedWorld, web: httpx.Client, kind: SourceKind) -> None:
    sender, allowed = world.senders[kind], Draft202012Validator(json.loads(schema()))

    @each(60)
    @given(garbage() | damaged(sender.acceptance))
    def send(body: bytes) -> None:
        assume(kind is not SourceKind.GENERIC or not meant(body, allowed))
        post = sender.sign(body)
        answer = deliver(web, kind, post.body, raw(post.headers), post.query)

        check(world, answer)
        assert answer.status_code in ({422, 413} if kind is SourceKind.GENERIC else {200, 401, 413})

    send()


def test_what_a_tool_says_to_be_accepted_is_asked_for_and_not_believed(world: FuzzedWorld, web: httpx.Client) -> None:
    for kind, sender in world.senders.items():
        if kind is not SourceKind.GENERIC:  # which nobody can ask
            post = sender.signed(sender.acceptance)
            headers = raw(post.headers)
            assert deliver(web, kind, post.body, headers, post.query).json()["status"] == "stored"


def test_a_customer_s_page_takes_only_what_fits(world: FuzzedWorld, web: httpx.Client) -> None:
    link, inputs, turn = world.asked.link(), [*world.asked.good()], count()
    region = str(world.asked.id(REGION))

    @each(120)
    @given(
        st.just(link) | st.text(),
        forms(inputs, never=region) | garbage(),
        odd_headers(),
        st.sampled_from(["GET", "POST", "HEAD", "PUT"]),
    )
    def send(token: str, body: bytes, headers: dict[bytes, bytes], method: str) -> None:
        number = next(turn)  # from one address no more than some are answered
        told = {
            b"content-type": b"application/x-www-form-urlencoded",
            **headers,
            b"x-forwarded-for": b"10.0.%d.%d" % divmod(number, 250),
        }
        answer = web.request(method, f"/fill/{quote(token, safe='')}", content=body, headers=told)

        check(world, answer)
        assert answer.status_code != 303

    send()
    assert world.asked.answers() == {}


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_call_of_the_api_is_answered_as_its_description_says(world: FuzzedWorld, mode: GenerationMode) -> None:
    known = {"ref": world.asked.ref, "event_id": world.event_id()}
    with requests.Session() as session:
        session.trust_env = False
        for operation in operations(world):
            there = {name: text for name, text in known.items() if f"{{{name}}}" in operation.path}
            cases = operation.as_strategy(generation_mode=mode, headers=KNOWN)
            if there:
                cases |= operation.as_strategy(generation_mode=mode, headers=KNOWN, path_parameters=there)
            call(world, session, cases, 8, KNOWN)


def test_no_call_of_the_api_is_answered_without_a_good_token(world: FuzzedWorld) -> None:
    with requests.Session() as session:
        session.trust_env = False
        for operation in operations(world):
            statuses = call(world, session, operation.as_strategy(headers=UNKNOWN), 5, UNKNOWN)
            assert statuses == {401}, operation.label


def operations(world: FuzzedWorld) -> list[APIOperation[Any, Any, Any, Any]]:
    described = httpx.get(f"{world.url}/api/openapi.json", trust_env=False).json()
    return [found.ok() for found in openapi.from_dict(described).get_all_operations() if isinstance(found, Ok)]


def call(
    world: FuzzedWorld,
    session: requests.Session,
    cases: st.SearchStrategy[Case[Any]],
    examples: int,
    headers: dict[str, str],
) -> set[int]:
    """Sends the cases; gives the statuses of their answers, which fit the description."""
    statuses = set()

    @each(examples)
    @given(cases)
    def send(case: Case[Any]) -> None:
        answer = case.call(base_url=world.url, session=session, headers=headers, timeout=SECONDS)
        case.validate_response(answer, headers=headers, excluded_checks=BESIDE)
        assert world.blabbed(f"{answer.headers}{answer.text}") == []
        statuses.add(answer.status_code)

    with suppress(Unsatisfiable):  # a call that takes nothing, or any text, can be given nothing wrong
        send()
    return statuses
