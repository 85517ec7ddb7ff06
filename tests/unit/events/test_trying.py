"""Trying a connection out leaves nothing behind, whatever the tool is."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import httpx
import pytest
from pydantic import SecretStr

from events.connections import SourceConnection, SourceKind, ToolAccess
from events.sources.keyring import MemoryKeyRing
from events.sources.tool import Tool
from events.tools import maker
from events.trying import Tried, takes_messages, try_door, try_secrets, try_tool
from pipeline.marketplaces.transport import Connections

NAMED = [kind for kind in SourceKind if kind is not SourceKind.GENERIC]
DOOR = "https://quoteway.example/in/one"
SIGNED = "whsec_" + base64.b64encode(b"s" * 32).decode()


class WatchedKeys(MemoryKeyRing):
    """Remembers what was asked to be kept."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[str] = []

    def keep(self, name: str, key: str) -> None:
        self.kept.append(name)
        super().keep(name, key)


def made(kind: SourceKind, status: int, keys: WatchedKeys) -> Tool:
    """A tool that answers everything so."""
    access = ToolAccess("https://tool.example", "acme", "id", SecretStr("secret"), "user", SecretStr("password"))
    answers = Connections(httpx.MockTransport(lambda _: httpx.Response(status, json={})))
    return maker(kind)(SourceConnection("one", kind, secrets=("bearer:word",), access=access), answers, keys)


def tried(kind: SourceKind, status: int) -> tuple[Sequence[Tried], WatchedKeys]:
    keys = WatchedKeys()
    return list(try_tool(made(kind, status, keys), DOOR)), keys


@pytest.mark.parametrize("kind", NAMED)
def test_a_tool_that_is_away_fails_each_try_and_may_be_back(kind: SourceKind) -> None:
    found, _ = tried(kind, 503)

    assert [one.what for one in found] == ["check", "poll"]
    assert not any(one.ok for one in found)
    assert all(one.passes and one.sentence for one in found)


@pytest.mark.parametrize("kind", NAMED)
def test_credentials_that_are_refused_do_not_pass_by_themselves(kind: SourceKind) -> None:
    found, _ = tried(kind, 401)

    assert len(found) >= 2
    assert not any(one.ok or one.passes for one in found)
    assert any("QUOTEWAY_SOURCES__ONE__" in one.sentence for one in found)


@pytest.mark.parametrize("kind", NAMED)
@pytest.mark.parametrize("status", [200, 503])
def test_to_try_a_poll_is_not_the_beginning_of_a_connection(kind: SourceKind, status: int) -> None:
    _, keys = tried(kind, status)

    assert keys.kept == []


def test_each_secret_is_tried_as_the_door_would() -> None:
    found = list(try_secrets(SourceConnection("shop", secrets=(SIGNED, "bearer:word"))))

    assert [(one.ok, one.sentence) for one in found] == [
        (True, "A message that is signed with secret 1 of QUOTEWAY_SOURCES__SHOP__SECRETS is taken as genuine."),
        (True, "A message that bears secret 2 of QUOTEWAY_SOURCES__SHOP__SECRETS is taken as genuine."),
    ]


@pytest.mark.parametrize(
    ("status", "ok", "word"),
    [
        pytest.param(405, True, "answers.", id="our door"),
        pytest.param(404, False, "restart the web process", id="not this one"),
        pytest.param(200, False, "answered 200", id="somebody else's"),
        pytest.param(301, False, "answered 301", id="a redirect"),
    ],
)
def test_a_door_is_told_by_what_it_answers(status: int, ok: bool, word: str) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(status, headers={"location": "https://elsewhere.example/"})

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        found = try_door(DOOR, client)

    assert (found.ok, found.passes, word in found.sentence) == (ok, False, True)
    assert [(request.method, str(request.url)) for request in seen] == [("GET", DOOR)]


def test_a_door_that_cannot_be_reached_may_be_later() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        found = try_door(DOOR, client)

    assert (found.ok, found.passes) == (False, True)


def test_tools_that_are_only_polled_have_no_door_and_the_generic_intake_has() -> None:
    without = {kind for kind in NAMED if not takes_messages(made(kind, 200, WatchedKeys()))}

    assert without == {SourceKind.PAX8_QUOTES, SourceKind.CONNECTWISE_CPQ, SourceKind.KASEYA_QUOTE_MANAGER}
    assert takes_messages(None)
