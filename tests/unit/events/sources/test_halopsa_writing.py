"""Notes, statuses and our webhook at HaloPSA."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from events.connections import SourceConnection, SourceKind, ToolAccess
from events.sources.halopsa import HaloPsa, make
from events.sources.halopsa.simulator import HaloSimulator
from events.sources.keyring import MemoryKeyRing
from events.sources.tool import Checks, Polled, Pushes, Registers, ToolFault, WritesNotes
from pipeline.marketplaces.transport import Connections

URL = "https://quoteway.example/in/halo"
MARK = "[order-ref: QW-0123456789 state: asking]"
ACCESS = ToolAccess(base_url="https://halo.example", client_id="halo-client", client_secret=SecretStr("halo-secret"))


@pytest.fixture
def halo() -> HaloSimulator:
    return HaloSimulator()


def made(
    halo: Callable[[httpx.Request], httpx.Response], secrets: tuple[str, ...] = ("bearer:halo-hook",), **access: Any
) -> HaloPsa:
    connection = SourceConnection("halo", SourceKind.HALOPSA, secrets, access=replace(ACCESS, **access))
    return make(connection, Connections(httpx.MockTransport(halo)), MemoryKeyRing())


def test_it_is_all_that_a_psa_can_be(halo: HaloSimulator) -> None:
    tool = made(halo)

    assert isinstance(tool, Pushes)
    assert isinstance(tool, Polled)
    assert isinstance(tool, Checks)
    assert isinstance(tool, Registers)
    assert isinstance(tool, WritesNotes)
    assert tool.updates_notes


def test_a_note_is_hidden_mails_nobody_and_is_found_by_its_mark(halo: HaloSimulator) -> None:
    ticket, tool = str(halo.ticket()), made(halo)
    halo.write(1, "something else")

    number = tool.write_note(ticket, f"Which domain? {MARK}", None)

    ((resource, content),) = halo.writes
    assert (resource, content) == (
        "Actions",
        [
            {
                "ticket_id": 1,
                "note": f"Which domain? {MARK}",
                "outcome": "Private Note",
                "hiddenfromuser": True,
                "sendemail": False,
            }
        ],
    )
    assert tool.find_note(ticket, MARK) == number == "2"
    assert tool.find_note(ticket, "[order-ref: other]") is None


def test_a_note_is_changed_and_none_added(halo: HaloSimulator) -> None:
    ticket, tool = str(halo.ticket()), made(halo, options={"outcome": "Internal"})
    number = tool.write_note(ticket, f"Which domain? {MARK}", None)

    assert tool.write_note(ticket, f"All is live. {MARK}", number) == number
    (note,) = halo.tables["Actions"].values()
    assert (note["note"], note["outcome"]) == (f"All is live. {MARK}", "Internal")


def test_a_note_far_back_on_a_long_ticket_is_found(halo: HaloSimulator) -> None:
    ticket, tool = str(halo.ticket()), made(halo)
    for number in range(130):
        halo.write(1, f"note {number}" if number != 115 else MARK)

    assert tool.find_note(ticket, MARK) == "116"


@pytest.mark.parametrize("status", ["Ordered", " ordered ", "23"])
def test_a_status_is_set_by_name_or_number_and_read_back(halo: HaloSimulator, status: str) -> None:
    made(halo).set_status(str(halo.ticket()), status)

    assert halo.writes == [("Tickets", [{"id": 1, "status_id": 23}])]


def test_a_status_that_the_tenant_does_not_have_is_for_a_person(halo: HaloSimulator) -> None:
    with pytest.raises(ToolFault, match="QUOTEWAY_SOURCES__HALO__TICKET_STATUS") as fault:
        made(halo).set_status(str(halo.ticket()), "Shipped")

    assert (fault.value.passes, halo.writes) == (False, [])


def test_a_status_that_was_left_as_it_was_is_a_fault(halo: HaloSimulator) -> None:
    def refusing(request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and request.url.path == "/api/Tickets":
            return httpx.Response(201, json={"id": 1})
        return halo(request)

    with pytest.raises(ToolFault, match="left the ticket's status as it was"):
        made(refusing).set_status(str(halo.ticket()), "Ordered")


def test_a_write_that_breaks_off_is_not_repeated(halo: HaloSimulator) -> None:
    wrote = 0

    def breaking(request: httpx.Request) -> httpx.Response:
        nonlocal wrote
        answer = halo(request)
        if request.url.path == "/api/Actions":
            wrote += 1
            raise httpx.ReadError("broke off", request=request)
        return answer

    with pytest.raises(ToolFault):
        made(breaking).write_note(str(halo.ticket()), MARK, None)

    assert wrote == 1


@pytest.mark.parametrize(
    ("secret", "authentication"),
    [
        ("bearer:halo-hook", {"authentication_type": 2, "bearer_token": "halo-hook"}),
        ("basic:u:p:w", {"authentication_type": 1, "basic_username": "u", "basic_password": "p:w"}),
    ],
)
def test_the_webhook_is_made_once_with_our_secret_and_its_event(
    halo: HaloSimulator, secret: str, authentication: dict[str, Any]
) -> None:
    tool = made(halo, (secret,))

    first, again = tool.register(URL), tool.register(URL)

    assert ("made" in first, "already" in again) == (True, True)
    (webhook,), (notification,) = halo.tables["Webhook"].values(), halo.tables["Notification"].values()
    assert (webhook["url"], webhook["type"], webhook["method"], webhook["active"]) == (URL, 0, 0, True)
    assert authentication.items() <= webhook.items()
    assert (notification["webhook_id"], notification["eventno"], notification["type"]) == (webhook["id"], "76", -2)
    assert notification["delivery_method"] == 6
    assert tool.check(URL).problems == ()
    assert tool.check("").problems == ()


def test_a_registration_that_broke_off_between_the_two_is_finished(halo: HaloSimulator) -> None:
    tool = made(halo)
    tool.register(URL)
    halo.tables["Notification"].clear()

    assert "no event" in tool.check(URL).problems[0]
    assert "now listens" in tool.register(URL)
    assert (len(halo.tables["Webhook"]), len(halo.tables["Notification"])) == (1, 1)


def test_a_webhook_that_halo_switched_off_is_told_and_switched_on_again(halo: HaloSimulator) -> None:
    tool = made(halo)
    tool.register(URL)
    (webhook,) = halo.tables["Webhook"].values()
    webhook.update(active=False, auto_disable_attempts=10)

    checked = tool.check(URL)

    assert checked.deactivated
    assert "switches itself off after 10 failures" in checked.problems[0]
    assert "is on again" in tool.register(URL)
    assert not tool.check(URL).deactivated


@pytest.mark.parametrize(
    ("change", "problem"),
    [({"url": "https://elsewhere.example"}, "no webhook to us"), ({"authentication_type": 0}, "sends no secret")],
)
def test_what_is_wrong_with_the_webhook_is_told(halo: HaloSimulator, change: dict[str, Any], problem: str) -> None:
    tool = made(halo)
    tool.register(URL)
    next(iter(halo.tables["Webhook"].values())).update(change)

    checked = tool.check(URL)

    assert problem in checked.problems[0]
    assert not checked.deactivated


def test_without_a_secret_no_webhook_is_made(halo: HaloSimulator) -> None:
    with pytest.raises(ToolFault, match="QUOTEWAY_SOURCES__HALO__SECRETS is missing"):
        made(halo, ()).register(URL)

    assert halo.writes == []


def test_the_words_for_statuses_are_shown_where_none_means_accepted(halo: HaloSimulator) -> None:
    tool = made(halo)
    tool.register(URL)
    halo.quotation(halo.ticket(), [], status="Won")

    assert tool.check(URL).notes == (
        "None of the first 1 quotations is accepted; their statuses are Won (QUOTEWAY_SOURCES__HALO__ACCEPTED).",
    )
    assert made(halo, accepted=("won",)).check(URL).notes == ()


def test_checking_writes_nothing(halo: HaloSimulator) -> None:
    made(halo).check(URL)

    assert halo.writes == []
