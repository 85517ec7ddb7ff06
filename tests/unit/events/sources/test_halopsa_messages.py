"""What HaloPSA's webhook sends: which of it is genuine, and what it is about."""

import base64
import json
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from events.connections import SourceConnection, SourceKind, ToolAccess
from events.sources.access import BadAccess
from events.sources.document import Unreadable
from events.sources.halopsa import HaloPsa, make
from events.sources.halopsa.sending import Payload
from events.sources.halopsa.simulator import HaloSimulator
from events.sources.keyring import MemoryKeyRing
from events.sources.tool import Genuine, Post, Pushes
from pipeline.marketplaces.transport import Connections

GUID = "8e25bc7b-e07e-4102-9398-5d6647e1e79d"
BODY = {"id": GUID, "event": "ticket status changed", "object_id": 4242, "agent_id": 3, "ticket": {"id": 4242}}


def tool(*secrets: str, **options: str) -> HaloPsa:
    access = ToolAccess(base_url="https://halo.example", client_id="i", client_secret=SecretStr("s"), options=options)
    connection = SourceConnection("halo", SourceKind.HALOPSA, secrets or ("bearer:hook",), access=access)
    return make(connection, Connections(httpx.MockTransport(HaloSimulator())), MemoryKeyRing())


def basic(said: str) -> str:
    return "Basic " + base64.b64encode(said.encode()).decode()


def read(body: Any, **options: str) -> list[Any]:
    return list(tool(**options).read(Post(body=body if isinstance(body, bytes) else json.dumps(body).encode())))


SECRETS = ("bearer:old", "bearer:hook", "basic:halo:pass:word")


@pytest.mark.parametrize(
    ("authorization", "genuine"),
    [
        pytest.param("Bearer hook", True, id="the bearer secret"),
        pytest.param("bearer hook", True, id="its scheme in small letters"),
        pytest.param("Bearer old", True, id="the old one, which is still live"),
        pytest.param(basic("halo:pass:word"), True, id="the basic secret, with a colon in its password"),
        pytest.param("Bearer hooj", False, id="one byte other"),
        pytest.param("Bearer hook2", False, id="one byte more"),
        pytest.param("Bearer hoo", False, id="one byte less"),
        pytest.param(basic("halo:pass:wore"), False, id="a password one byte other"),
        pytest.param(basic("hook"), False, id="the bearer secret as basic"),
        pytest.param("Bearer halo:pass:word", False, id="the basic secret as bearer"),
        pytest.param("Basic !!", False, id="no base64"),
        pytest.param("Basic \u00e9", False, id="no ASCII"),
        pytest.param("hook", False, id="without a scheme"),
        pytest.param("", False, id="without anything"),
    ],
)
def test_only_a_message_with_one_of_the_secrets_is_genuine(authorization: str, genuine: bool) -> None:
    post = Post({"authorization": authorization}, body=b"{}")

    assert tool(*SECRETS).genuine(post) is (Genuine.YES if genuine else Genuine.NO)


def test_without_a_secret_nothing_is_genuine() -> None:
    access = ToolAccess(base_url="https://halo.example", client_id="i", client_secret=SecretStr("s"))
    bare = make(SourceConnection("halo", SourceKind.HALOPSA, access=access), Connections(), MemoryKeyRing())

    assert bare.genuine(Post({"authorization": "Bearer "})) is Genuine.NO


@pytest.mark.parametrize("secret", ["hook", "whsec_aGFsbw==", "bearer:", "basic:user", "basic:user:", "basic::word"])
def test_a_secret_of_another_form_is_complained_of_without_showing_it(secret: str) -> None:
    with pytest.raises(BadAccess, match="QUOTEWAY_SOURCES__HALO__SECRETS must hold") as complaint:
        tool(secret)

    assert secret.rstrip(":") not in str(complaint.value).replace("bearer:TOKEN or basic:USER:PASSWORD", "")


@pytest.mark.parametrize("missing", ["base_url", "client_id", "client_secret"])
def test_a_credential_that_is_missing_is_named(missing: str) -> None:
    known = {"base_url": "https://halo.example", "client_id": "i", "client_secret": SecretStr("s")}
    access = ToolAccess(**{name: value for name, value in known.items() if name != missing})  # type: ignore[arg-type]

    with pytest.raises(BadAccess, match=f"QUOTEWAY_SOURCES__HALO__{missing.upper()} is missing"):
        make(SourceConnection("halo", SourceKind.HALOPSA, access=access), Connections(), MemoryKeyRing())


def test_a_time_zone_that_is_none_is_complained_of() -> None:
    with pytest.raises(BadAccess, match="OPTIONS"):
        tool(time_zone="Mars/Olympus")


@pytest.mark.parametrize(
    ("body", "content"),
    [
        pytest.param(BODY, {"ticket": "4242"}, id="an object of the ticket"),
        pytest.param({**BODY, "ticket": None}, {"ticket": "4242"}, id="event information only"),
        pytest.param({**BODY, "object_id": "4242"}, {"ticket": "4242"}, id="a number as text"),
        pytest.param({**BODY, "object_id": None}, {"ticket": "4242"}, id="without object_id, the ticket's own"),
        pytest.param(
            {**BODY, "object_id": 1, "ticket": {"id": 2}}, {"ticket": "1"}, id="object_id before the ticket's own"
        ),
        pytest.param({"object_id": 7, "event": "Quotation Approved"}, {"quotation": "7"}, id="a quotation's event"),
        pytest.param({"object_id": 7, "event": "New Sales Order"}, {"order": "7"}, id="a sales order's event"),
        pytest.param({"event": "x", "quotation": {"id": 7}}, {"quotation": "7"}, id="an object of the quotation"),
        pytest.param(
            {"event": "quotation of ticket won", "object_id": 5, "ticket": {"id": 5}},
            {"ticket": "5"},
            id="the object decides",
        ),
        pytest.param([BODY], {"ticket": "4242"}, id="a batch of one"),
    ],
)
def test_a_message_names_what_to_read_and_nothing_of_its_own_state(body: Any, content: dict[str, str]) -> None:
    assert [nudge.content for nudge in read(body)] == [content]


def test_the_delivery_is_known_by_its_id_and_never_taken_for_the_ticket() -> None:
    (nudge,) = read(BODY)

    assert (nudge.delivery_id, nudge.type, nudge.content) == (GUID, "ticket status changed", {"ticket": "4242"})


def test_a_batch_gives_a_nudge_for_each_event_and_one_that_is_wrong_keeps_none_of_them() -> None:
    batch = [BODY, {"event": "no object"}, {**BODY, "id": "other", "object_id": 9, "ticket": None}, 5]

    assert [nudge.content["ticket"] for nudge in read(batch)] == ["4242", "9"]


def test_what_our_own_agent_did_is_left_out() -> None:
    assert read([BODY, {**BODY, "agent_id": 77}], agent="77") == read(BODY)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"data=1&x=2", id="a form"),
        pytest.param(b"\x1f\x8b\x08\x00abc", id="compressed"),
        pytest.param(b"[" * 100_000, id="deep and open"),
        pytest.param(b"[" * 5000 + b"]" * 5000, id="deep"),
        pytest.param(b"5", id="a number"),
        pytest.param(b'"text"', id="a text"),
        pytest.param(b"[5]", id="an array of numbers"),
        pytest.param(b"{}", id="an object of nothing"),
        pytest.param(b'{"object_id": true}', id="a flag for an id"),
        pytest.param(b'{"object_id": -1}', id="a negative id"),
        pytest.param(b'{"object_id": "../Agent/1"}', id="a way to elsewhere"),
        pytest.param(b'{"object_id": [1]}', id="a list for an id"),
        pytest.param(b'{"object_id": 1, "object_id": 2}', id="two ids"),
        pytest.param(b"[" + b"1," * 1000 + b"1]", id="too many events"),
    ],
)
def test_what_cannot_be_read_is_said_to_be(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read(body)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["id", "event", "object_id", "ticket", "quotation", "agent_id"]), inner, max_size=6
        )
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60) | _JSON.map(lambda value: json.dumps(value).encode()))
def test_any_body_is_read_or_unreadable(body: bytes) -> None:
    try:
        nudges = read(body)
    except Unreadable:
        return
    for nudge in nudges:
        assert json.loads(json.dumps(nudge.content)) == nudge.content


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=20))
def test_any_authorization_is_judged(said: str) -> None:
    assert tool(*SECRETS).genuine(Post({"authorization": said})) in (Genuine.YES, Genuine.NO)


@pytest.mark.parametrize("kind", list(Payload))
@pytest.mark.parametrize("secret", ["bearer:one", "basic:user:word"])
@pytest.mark.parametrize("batched", [False, True])
def test_what_the_simulated_one_sends_is_genuine_and_read(kind: Payload, secret: str, batched: bool) -> None:
    halo = HaloSimulator(secret=secret)
    ticket = halo.tables["Tickets"][str(halo.ticket(status=22))]
    post = halo.sending.post(halo.sending.event(ticket, kind), batched=batched)

    assert tool(secret).genuine(post) is Genuine.YES
    assert [nudge.content for nudge in tool(secret).read(post)] == [{"ticket": str(ticket["id"])}]


def test_the_same_event_sent_again_has_the_same_id() -> None:
    halo = HaloSimulator()
    event = halo.sending.event(halo.tables["Tickets"][str(halo.ticket())])
    first, again = (tool().read(halo.sending.post(event))[0] for _ in range(2))

    assert first == again
    assert first.delivery_id


def test_it_never_answers_with_an_error_that_would_switch_the_webhook_off() -> None:
    halo: Pushes = tool()

    assert (halo.answers.stored, halo.answers.unreadable, halo.answers.refused) == (200, 200, 401)
