"""Which of ConnectWise's callbacks are genuine, where their keys are asked for, and what they are about."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.sources.access import BadAccess
from events.sources.connectwise import make
from events.sources.connectwise.simulator import Delivery, send
from events.sources.document import Unreadable
from events.sources.keyring import MemoryKeyRing
from events.sources.tool import Answers, Genuine, Post, Pushes, ToolFault, VerifiesLater
from pipeline.marketplaces.transport import Connections
from tests.unit.events.sources.connectwise_scene import Scene, access, connection

SIGNATURE = "x-content-signature"


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def known(scene: Scene) -> Scene:
    """One whose key was fetched before."""
    post = scene.delivery().post
    assert scene.tool.verify(scene.tool.evidence(post), post.body)
    scene.psa.requests.clear()
    return scene


def signed(scene: Scene, body: bytes) -> Post:
    key = hashlib.sha256(scene.psa.world.signing_key.encode()).digest()
    return Post({SIGNATURE: base64.b64encode(hmac.digest(key, body, "sha256")).decode()}, "", body)


def told(scene: Scene, **changes: Any) -> Post:
    """The usual callback with other fields, signed with the tenant's own key."""
    return signed(scene, json.dumps({**json.loads(scene.delivery().body), **changes}).encode())


def test_it_pushes_and_is_verified_later(scene: Scene) -> None:
    assert isinstance(scene.tool, Pushes)
    assert isinstance(scene.tool, VerifiesLater)
    assert scene.tool.answers == Answers(stored=200, unreadable=200, refused=401)


def test_a_callback_whose_key_is_not_at_hand_is_unknown_and_nobody_is_asked_while_the_sender_waits(
    scene: Scene,
) -> None:
    assert scene.tool.genuine(scene.delivery().post) is Genuine.UNKNOWN
    assert scene.psa.requests == []


def test_a_key_is_fetched_once_and_then_at_hand(scene: Scene) -> None:
    post = scene.delivery().post

    assert scene.tool.verify(scene.tool.evidence(post), post.body)
    assert scene.tool.verify(scene.tool.evidence(post), post.body)

    assert scene.tool.genuine(post) is Genuine.YES
    assert scene.psa.requests == ["GET /v2026_1//system/callbackkey/index.rails"]


def test_the_evidence_is_json_and_holds_nothing_but_the_signature(scene: Scene) -> None:
    post = scene.delivery().post
    assert json.loads(json.dumps(scene.tool.evidence(post))) == {SIGNATURE: post.headers[SIGNATURE]}


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


ALTERED: dict[str, Callable[[Post], Post]] = {
    "an empty signature": lambda post: replace(post, headers={SIGNATURE: ""}),
    "no signature": lambda post: replace(post, headers={}),
    "a signature of other letters": lambda post: replace(post, headers={SIGNATURE: "ü\udc80"}),
    "the signature and more": lambda post: replace(post, headers={SIGNATURE: post.headers[SIGNATURE] + "="}),
    "in hex": lambda post: replace(post, headers={SIGNATURE: base64.b64decode(post.headers[SIGNATURE]).hex()}),
    "another serialisation of the same content": lambda post: replace(
        post, body=json.dumps(json.loads(post.body), indent=1).encode()
    ),
    "one byte of the body": lambda post: replace(post, body=post.body.replace(b"updated", b"apdated")),
    "a byte order mark before it": lambda post: replace(post, body=b"\xef\xbb\xbf" + post.body),
    "a form": lambda post: replace(post, body=b"hash=1&data=%7B%7D"),
    "nothing": lambda post: replace(post, body=b""),
}


@pytest.mark.parametrize("alter", [pytest.param(alter, id=name) for name, alter in ALTERED.items()])
def test_what_was_altered_is_not_genuine(known: Scene, alter: Callable[[Post], Post]) -> None:
    post = alter(known.delivery().post)

    assert known.tool.genuine(post) is Genuine.NO
    assert not known.tool.verify(known.tool.evidence(post), post.body)
    assert known.psa.requests == []


def test_a_signature_with_any_byte_altered_is_not_genuine(known: Scene) -> None:
    post = known.delivery().post
    signature = post.headers[SIGNATURE].encode()
    for place in range(len(signature)):
        altered = replace(post, headers={SIGNATURE: flipped(signature, place).decode()})
        assert known.tool.genuine(altered) is Genuine.NO


def test_a_callback_that_is_replayed_is_the_same_delivery(known: Scene) -> None:
    post = known.delivery().post
    [first], [again] = known.tool.read(post), known.tool.read(post)
    assert first.delivery_id == again.delivery_id == json.loads(post.body)["MessageId"]
    [other] = known.tool.read(known.delivery().post)
    assert other.delivery_id != first.delivery_id


KEY = "id=5c8f6a42-7e0b-4f6c-9d3e-2b1a0c9d8e7f"
ELSEWHERE = {
    "another host": f"https://evil.example/v2026_1//system/callbackkey/index.rails?companyName=acme&{KEY}",
    "a host that begins like ours": f"https://psa.example.evil.example/system/callbackkey/index.rails?companyName=acme&{KEY}",
    "a user": f"https://psa.example@evil.example/system/callbackkey/index.rails?companyName=acme&{KEY}",
    "a user at our host": f"https://me:secret@psa.example/system/callbackkey/index.rails?companyName=acme&{KEY}",
    "a port": f"https://psa.example:8443/system/callbackkey/index.rails?companyName=acme&{KEY}",
    "the usual port": f"https://psa.example:443/system/callbackkey/index.rails?companyName=acme&{KEY}",
    "no encryption": f"http://psa.example/system/callbackkey/index.rails?companyName=acme&{KEY}",
    "a file": "file:///etc/passwd",
    "an address within": f"https://169.254.169.254/system/callbackkey/index.rails?companyName=acme&{KEY}",
    "another place at our host": f"https://psa.example/v4_6_release/apis/3.0/system/documents/1/download?companyName=acme&{KEY}",
    "a way round": f"https://psa.example/v2026_1//system/callbackkey/../documents/index.rails?companyName=acme&{KEY}",
    "a way round in disguise": f"https://psa.example/%2e%2e/system/callbackkey/index.rails?companyName=acme&{KEY}",
    "a backslash": f"https://psa.example\\@evil.example/system/callbackkey/index.rails?companyName=acme&{KEY}",
    "a fragment": f"https://psa.example/system/callbackkey/index.rails?companyName=acme&{KEY}#x",
    "a line's end": f"https://psa.example/system/callbackkey/index.rails?companyName=acme&{KEY}\nx",
    "another tenant": f"https://psa.example/system/callbackkey/index.rails?companyName=cobalt&{KEY}",
    "two tenants": f"https://psa.example/system/callbackkey/index.rails?companyName=acme&companyName=acme&{KEY}",
    "more than it needs": f"https://psa.example/system/callbackkey/index.rails?companyName=acme&{KEY}&x=1",
    "no id": "https://psa.example/system/callbackkey/index.rails?companyName=acme",
    "an id that is a path": "https://psa.example/system/callbackkey/index.rails?companyName=acme&id=../1",
    "no address": "",
    "no text": 17,
}


@pytest.mark.parametrize("key_url", [pytest.param(key_url, id=name) for name, key_url in ELSEWHERE.items()])
def test_a_key_is_asked_for_nowhere_but_at_the_tenants_own_place_for_keys(scene: Scene, key_url: object) -> None:
    post = told(scene, Metadata={"key_url": key_url})

    assert scene.tool.genuine(post) is Genuine.NO
    assert not scene.tool.verify(scene.tool.evidence(post), post.body)
    assert scene.psa.requests == []


def test_a_callback_of_another_company_is_not_genuine_though_it_is_signed(known: Scene) -> None:
    assert known.tool.genuine(told(known, CompanyId="Cobalt")) is Genuine.NO
    assert known.tool.genuine(told(known, CompanyId="ACME")) is Genuine.YES


@pytest.mark.parametrize(
    "wants", ["credentials", "nothing", None], ids=["with ours only", "without any only", "either"]
)
def test_a_key_is_read_with_our_credentials_or_without(scene: Scene, wants: str | None) -> None:
    scene.psa.key_wants = wants
    post = scene.delivery().post
    assert scene.tool.verify(scene.tool.evidence(post), post.body)


@pytest.mark.parametrize("fault", ["hang", "500", "429", "html", "half", "odd"])
def test_while_a_key_cannot_be_fetched_nothing_is_decided(scene: Scene, fault: str) -> None:
    scene.psa.fail(fault, "callbackkey")
    post = scene.delivery().post

    with pytest.raises(ToolFault) as raised:
        scene.tool.verify(scene.tool.evidence(post), post.body)

    assert raised.value.passes
    assert scene.tool.genuine(post) is Genuine.UNKNOWN
    assert scene.tool.verify(scene.tool.evidence(post), post.body)


def test_a_key_that_is_refused_twice_is_for_somebody_to_see_to(scene: Scene) -> None:
    scene.psa.fail("401", "callbackkey", times=2)
    post = scene.delivery().post
    with pytest.raises(ToolFault, match="QUOTEWAY_SOURCES__PSA__PASSWORD") as raised:
        scene.tool.verify(scene.tool.evidence(post), post.body)
    assert not raised.value.passes


@pytest.mark.parametrize("fault", ["302", "404", "400"])
def test_a_key_that_is_not_there_is_nobodys_and_a_redirect_is_not_followed(scene: Scene, fault: str) -> None:
    scene.psa.fail(fault, "callbackkey")
    post = scene.delivery().post
    assert not scene.tool.verify(scene.tool.evidence(post), post.body)
    assert len(scene.psa.requests) == 1


def test_a_key_that_is_not_the_senders_verifies_nothing(scene: Scene) -> None:
    post = scene.delivery().post
    scene.psa.world.signing_key = "another"
    assert not scene.tool.verify(scene.tool.evidence(post), post.body)
    assert scene.tool.genuine(post) is Genuine.NO


class AgedKeys(MemoryKeyRing):
    """What is at hand was read before another process fetched the key anew."""

    def __init__(self) -> None:
        super().__init__()
        self.aged: dict[str, str] = {}

    def find(self, name: str) -> str | None:
        return self.aged.get(name) or super().find(name)

    def find_again(self, name: str) -> str | None:
        self.aged.pop(name, None)
        return super().find_again(name)

    def keep(self, name: str, key: str) -> None:
        self.aged[name] = self.find(name) or key
        super().keep(name, key)


def test_a_key_that_another_process_has_fetched_anew_is_taken_at_once() -> None:
    scene = Scene(ring=AgedKeys())
    old = scene.delivery().post
    assert scene.tool.verify(scene.tool.evidence(old), old.body)
    scene.psa.world.signing_key = "changed"
    scene.tool.check("")
    scene.psa.requests.clear()

    assert scene.tool.genuine(old) is Genuine.YES
    assert scene.tool.genuine(scene.delivery().post) is Genuine.YES
    assert scene.tool.genuine(old) is Genuine.NO
    assert scene.psa.requests == []


def test_keys_may_be_read_at_another_host_where_the_administrator_says_so() -> None:
    scene = Scene(key_host="keys.example")
    post = told(scene, Metadata={"key_url": scene.psa.world.key_url().replace("psa.example", "keys.example")})
    assert scene.tool.verify(scene.tool.evidence(post), post.body)
    assert scene.tool.genuine(scene.delivery().post) is Genuine.NO


def test_on_this_machine_keys_are_read_over_plain_http_at_the_same_port() -> None:
    scene = Scene(access(base_url="http://127.0.0.1:4711"))
    scene.psa.world.address = "http://127.0.0.1:4711"
    post = scene.delivery().post
    assert scene.tool.verify(scene.tool.evidence(post), post.body)
    scene.psa.world.address = "http://127.0.0.1:4712"
    assert scene.tool.genuine(scene.delivery().post) is Genuine.NO


@pytest.mark.parametrize(
    ("fields", "type_", "content"),
    [
        pytest.param({}, "opportunity.updated", {"opportunity": "4"}, id="an opportunity"),
        pytest.param({"Action": "added", "Type": "Ticket"}, "ticket.added", {"ticket": "4"}, id="a ticket"),
        pytest.param(
            {"Action": "deleted", "Entity": None},
            "opportunity.deleted",
            {"opportunity": "4", "deleted": True},
            id="one that is gone",
        ),
        pytest.param({"ID": "57"}, "opportunity.updated", {"opportunity": "57"}, id="a number in quotes"),
        pytest.param({"MemberId": "Quoteway"}, "opportunity.updated", {"opportunity": "4"}, id="won by our API member"),
    ],
)
def test_a_callback_is_about_one_record(
    scene: Scene, fields: dict[str, Any], type_: str, content: dict[str, Any]
) -> None:
    [nudge] = scene.tool.read(told(scene, **{"ID": 4, **fields}))
    assert (nudge.type, nudge.content) == (type_, content)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"Type": "contact"}, id="a contact"),
        pytest.param({"Type": None}, id="of no type"),
        pytest.param({"Type": "ticket", "MemberId": "quoteway"}, id="a ticket that we wrote to ourselves"),
    ],
)
def test_what_is_nothing_of_ours_is_no_nudge(scene: Scene, fields: dict[str, Any]) -> None:
    assert scene.tool.read(told(scene, **fields)) == []


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"hash=1&timestamp=2&data=%7B%7D", id="a form"),
        pytest.param(b'{"Type":"opportunity"}', id="without an id"),
        pytest.param(b'{"Type":"opportunity","ID":true}', id="an id that is none"),
        pytest.param(b'{"Type":"opportunity","ID":-4}', id="an id below zero"),
        pytest.param(b'{"Type":"opportunity","ID":' + b"9" * 5000 + b"}", id="an endless id"),
        pytest.param(b"[" * 100_000, id="nested for ever"),
        pytest.param(b'{"a":' * 50_000 + b"1" + b"}" * 50_000, id="objects nested for ever"),
        pytest.param(b"\x1f\x8b\x08\x00" + b"\x00" * 50, id="compressed"),
        pytest.param(b'["Type"]', id="a list"),
    ],
)
def test_what_cannot_be_read_is_said_to_be_so(scene: Scene, body: bytes) -> None:
    with pytest.raises(Unreadable):
        scene.tool.read(Post(body=body))
    assert scene.tool.genuine(signed(scene, body)) is Genuine.NO


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(["Type", "Action", "ID", "CompanyId", "MemberId", "MessageId", "Metadata", "Entity"])
SCENE = Scene()


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(FIELDS, VALUES), st.binary(max_size=40))
def test_whatever_comes_is_read_or_unreadable_and_never_genuine(fields: dict[str, Any], noise: bytes) -> None:
    for body in (json.dumps({"Type": "ticket", **fields}).encode(), noise):
        assert SCENE.tool.genuine(Post({SIGNATURE: "x"}, "", body)) is not Genuine.YES
        try:
            nudges = SCENE.tool.read(Post(body=body))
        except Unreadable:
            continue
        assert len(nudges) <= 1


@pytest.mark.parametrize("name", ["base_url", "tenant", "client_id", "username", "password"])
def test_a_credential_that_is_missing_is_named_by_its_variable(name: str) -> None:
    given = access(**{name: type(getattr(access(), name))("")})
    with pytest.raises(BadAccess, match=f"QUOTEWAY_SOURCES__PSA__{name.upper()}"):
        make(connection(given), Connections(), MemoryKeyRing())


@pytest.mark.parametrize(
    "base_url",
    [
        "http://psa.example",
        "psa.example",
        "https://me:secret@psa.example",
        "https://psa.example/?x=1",
        "https://psa.example:x",
    ],
)
def test_credentials_go_nowhere_but_over_https_to_a_plain_address(base_url: str) -> None:
    with pytest.raises(BadAccess, match="QUOTEWAY_SOURCES__PSA__BASE_URL") as raised:
        make(connection(access(base_url=base_url)), Connections(), MemoryKeyRing())
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("option", [{"keys": "sku"}, {"board": "Service"}, {"oldest_days": "0"}, {"key_host": "a b"}])
def test_an_option_that_cannot_be_meant_is_named(option: dict[str, str]) -> None:
    with pytest.raises(BadAccess, match=next(iter(option))):
        make(connection(access(options=option)), Connections(), MemoryKeyRing())


def test_the_simulator_sends_again_only_after_the_codes_that_the_vendor_names(scene: Scene) -> None:
    def codes(*answers: int) -> list[int]:
        waiting = list(answers)
        door = httpx.MockTransport(lambda _: httpx.Response(waiting.pop(0)))
        delivery: Delivery = scene.delivery()
        return list(send(delivery, door, lambda _: None))

    assert codes(200) == [200]
    assert codes(429, 429, 200) == [429, 429, 200]
    assert codes(404, 409, 419) == [404, 409, 419]
    assert codes(500) == [500]
