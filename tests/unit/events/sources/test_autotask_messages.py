"""What Autotask's webhook sends: which of it is genuine, and which ticket it is about."""

import base64
import gzip
import hmac
import itertools
import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from events.connections import SourceConnection, SourceKind, ToolAccess
from events.sources.access import BadAccess
from events.sources.autotask import Autotask, make
from events.sources.autotask.simulator import AutotaskSimulator
from events.sources.document import Unreadable
from events.sources.keyring import MemoryKeyRing
from events.sources.tool import Genuine, Moved, NotAccepted, Nudge, Post, Reply
from pipeline.domain.offered import OfferedQuote
from pipeline.marketplaces.transport import Connections

GUID = "a1da62a4-0000-4000-8000-000000000001"
MESSAGE: dict[str, Any] = {
    "Action": "Update",
    "Guid": GUID,
    "EntityType": "Ticket",
    "Id": 351181,
    "Fields": {"Status": "20"},
    "EventTime": "2026-11-21T12:00:00Z",
    "SequenceNumber": 3,
    "PersonId": 31,
}
BODY = json.dumps(MESSAGE).encode()
ACCESS = ToolAccess(
    base_url="https://webservices6.autotask.net",
    client_id="CODE",
    username="api@msp.example",
    password=SecretStr("autotask-secret"),
    accepted=("Order Licences",),
)


def made(autotask: AutotaskSimulator, *secrets: str, **options: str) -> Autotask:
    access = replace(ACCESS, options=options)
    connection = SourceConnection("autotask", SourceKind.AUTOTASK, secrets or ("hook",), access=access)
    return make(connection, Connections(httpx.MockTransport(autotask)), MemoryKeyRing())


def read(body: Any, **options: str) -> list[Nudge]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return list(made(AutotaskSimulator(), **options).read(Post(body=raw)))


def signed(key: str = "hook", body: bytes = BODY) -> str:
    return "sha1=" + base64.b64encode(hmac.digest(key.encode(), body, "sha1")).decode()


def as_hex(key: str = "hook") -> str:
    return "sha1=" + hmac.digest(key.encode(), BODY, "sha1").hex()


@pytest.mark.parametrize(
    ("signature", "body", "genuine"),
    [
        pytest.param(signed(), BODY, True, id="signed"),
        pytest.param(signed("old"), BODY, True, id="signed with the old key, which is still live"),
        pytest.param(signed("other"), BODY, False, id="signed with another key"),
        pytest.param(as_hex(), BODY, False, id="in hex instead of base64"),
        pytest.param(signed().removeprefix("sha1="), BODY, False, id="without its name"),
        pytest.param(signed().replace("sha1", "sha256"), BODY, False, id="of another name"),
        pytest.param("", BODY, False, id="unsigned"),
        pytest.param("sha1=", BODY, False, id="an empty signature"),
        pytest.param("sha1=\u00e9\u2603", BODY, False, id="no ASCII"),
        pytest.param(signed(), json.dumps(json.loads(BODY), indent=1).encode(), False, id="over the body written anew"),
        pytest.param(signed(), BODY + b"\n", False, id="with a line's end more"),
        pytest.param(signed(), gzip.compress(BODY), False, id="over the body before it was compressed"),
    ],
)
def test_only_the_raw_body_signed_with_one_of_the_keys_is_genuine(signature: str, body: bytes, genuine: bool) -> None:
    tool = made(AutotaskSimulator(), "hook", "old")

    assert tool.genuine(Post({"x-hook-signature": signature}, "", body)) is (Genuine.YES if genuine else Genuine.NO)


@pytest.mark.parametrize("at", range(len(signed())))
def test_a_signature_with_any_byte_altered_is_refused(at: int) -> None:
    altered = signed()[:at] + ("A" if signed()[at] != "A" else "B") + signed()[at + 1 :]

    assert made(AutotaskSimulator()).genuine(Post({"x-hook-signature": altered}, "", BODY)) is Genuine.NO


def test_without_a_key_nothing_is_genuine() -> None:
    tool = make(SourceConnection("autotask", SourceKind.AUTOTASK, access=ACCESS), Connections(), MemoryKeyRing())

    assert tool.genuine(Post({"x-hook-signature": signed("")}, "", BODY)) is Genuine.NO


@pytest.mark.parametrize("missing", ["base_url", "client_id", "username", "password"])
def test_a_credential_that_is_missing_is_named(missing: str) -> None:
    access = replace(ACCESS, **{missing: SecretStr("") if missing == "password" else ""})  # type: ignore[arg-type]

    with pytest.raises(BadAccess, match=f"QUOTEWAY_SOURCES__AUTOTASK__{missing.upper()} is missing"):
        make(SourceConnection("autotask", SourceKind.AUTOTASK, access=access), Connections(), MemoryKeyRing())


@pytest.mark.parametrize(
    ("change", "content"),
    [
        pytest.param({}, {"ticket": "351181"}, id="a ticket"),
        pytest.param({"Fields": {}}, {"ticket": "351181"}, id="without fields"),
        pytest.param({"Id": "351181"}, {"ticket": "351181"}, id="its number as text"),
        pytest.param({"Action": "Delete"}, {"ticket": "351181"}, id="a deleted ticket"),
        pytest.param({"EntityType": "TicketNote", "Id": 5}, {"note": "5"}, id="a note"),
        pytest.param(
            {"EntityType": "Ticket Note", "Id": 5, "Fields": {"ticketID": "9"}},
            {"ticket": "9"},
            id="a note that names its ticket",
        ),
    ],
)
def test_a_message_names_what_to_read(change: dict[str, Any], content: dict[str, str]) -> None:
    assert [nudge.content for nudge in read({**MESSAGE, **change})] == [content]


@pytest.mark.parametrize("entity", ["Company", "Contact", "ConfigurationItem"])
def test_what_is_no_ticket_is_nothing_of_ours(entity: str) -> None:
    assert read({**MESSAGE, "EntityType": entity}) == []


def test_a_delivery_is_known_by_all_five_of_its_parts() -> None:
    others = {
        "Guid": GUID[:-1] + "2",
        "Id": 1,
        "Action": "Create",
        "SequenceNumber": 4,
        "EventTime": "2026-11-21T12:00:01Z",
    }
    ids = [read({**MESSAGE, name: value})[0].delivery_id for name, value in others.items()]
    (same,) = {read({**MESSAGE, "Fields": {"Status": status}})[0].delivery_id for status in ("1", "2")}

    assert len({*ids, same}) == 6


@pytest.mark.parametrize(
    ("left_out", "known"),
    [
        pytest.param(["SequenceNumber"], True, id="without a number"),
        pytest.param(["EventTime"], True, id="without a time"),
        pytest.param(["EventTime", "SequenceNumber"], False, id="a test, without both"),
    ],
)
def test_the_parts_that_are_optional_may_be_left_out(left_out: list[str], known: bool) -> None:
    (nudge,) = read({name: value for name, value in MESSAGE.items() if name not in left_out})

    assert (nudge.delivery_id is not None) is known


def test_what_our_own_user_did_is_left_out() -> None:
    assert read(MESSAGE, resource="31") == []
    assert read(MESSAGE, resource="77") == read(MESSAGE)


def test_another_webhooks_messages_are_unreadable_where_the_guid_is_known() -> None:
    assert read(MESSAGE, guid=GUID.upper())
    with pytest.raises(Unreadable, match="Guid is not that of this connection's webhook"):
        read({**MESSAGE, "Guid": "another"}, guid=GUID)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"data=1&x=2", id="a form"),
        pytest.param(gzip.compress(BODY), id="compressed"),
        pytest.param(b'{"a":' * 50_000, id="deep and open"),
        pytest.param(b'{"a":' * 100 + b"1" + b"}" * 100, id="deep"),
        pytest.param(b"[]", id="an array"),
        pytest.param(b"{}", id="an object of nothing"),
        pytest.param(b'{"Id": "../Resources/1"}', id="a way to elsewhere"),
        pytest.param(b'{"Id": -5}', id="a negative number"),
        pytest.param(b'{"Id": true}', id="a flag for a number"),
        pytest.param(b'{"Id": 1e400}', id="an endless number"),
        pytest.param(b'{"Id": 1, "Id": 2}', id="two numbers"),
    ],
)
def test_what_cannot_be_read_is_said_to_be(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read(body)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["TicketID", "a"]), inner),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=60)
    | st.dictionaries(st.sampled_from(list(MESSAGE)), _VALUES).map(lambda v: json.dumps(v).encode())
)
def test_any_body_is_read_or_unreadable(body: bytes) -> None:
    try:
        nudges = read(body, resource="77")
    except Unreadable:
        return
    for nudge in nudges:
        assert all(value.isdigit() for value in nudge.content.values())


def test_what_the_simulated_one_sends_is_genuine_and_read() -> None:
    autotask = AutotaskSimulator()
    tool = made(autotask, "autotask-hook", guid=autotask.sending.guid, resource="77")
    theirs, ours = autotask.sending.ticket(8, 31, Status=20), autotask.sending.ticket(8, 77, Status=21)
    test = autotask.sending.test(8)

    assert {tool.genuine(post) for post in (theirs, ours, test)} == {Genuine.YES}
    assert [nudge.content for post in (theirs, ours, test) for nudge in tool.read(post)] == [{"ticket": "8"}] * 2


def test_messages_in_any_order_lead_to_the_same_ticket_as_it_is_now() -> None:
    """Autotask numbers its messages; the number need not be kept, for the ticket is read again after each."""
    autotask = AutotaskSimulator()
    tool = made(autotask, "autotask-hook")
    ticket = autotask.ticket()
    posts = []
    for status in (20, 22, 1):
        autotask.move(ticket, status)
        posts.append(autotask.sending.ticket(ticket, 31, Status=status))

    outcomes = []
    for order in itertools.permutations(posts):
        nudges = [nudge for post in order for nudge in tool.read(post)]
        outcomes.append([each for nudge in nudges for each in tool.look_up(nudge.content)])

    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert not [each for each in outcomes[0] if isinstance(each, OfferedQuote | Reply)]
    assert {type(each) for each in outcomes[0]} == {Moved, NotAccepted}
