"""Polling Autotask, notes and statuses there, and our webhook."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from events.connections import SourceConnection, SourceKind, ToolAccess
from events.sources.autotask import Autotask
from events.sources.autotask.session import Session
from events.sources.autotask.simulator import AutotaskSimulator
from events.sources.keyring import MemoryKeyRing
from events.sources.mishaps import Mishap
from events.sources.tool import Checks, Nudge, Polled, Pushes, Registers, ToolFault, WritesNotes
from pipeline.marketplaces.transport import Connections

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
EARLIER = NOON - timedelta(hours=1)
URL = "https://quoteway.example/in/autotask"
MARK = "[order-ref: QW-0123456789 state: asking]"
ACCESS = ToolAccess(
    base_url="https://webservices6.autotask.net",
    client_id="CODE",
    username="api@msp.example",
    password=SecretStr("autotask-secret"),
    accepted=("Order Licences",),
    options={"resource": "77"},
)


class Time:
    def __init__(self) -> None:
        self.moment = NOON
        self.waited: list[float] = []

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def autotask(time: Time) -> AutotaskSimulator:
    return AutotaskSimulator(now=time)


def made(
    simulator: Callable[[httpx.Request], httpx.Response],
    time: Time,
    secrets: tuple[str, ...] = ("autotask-hook",),
    **access: Any,
) -> Autotask:
    connection = SourceConnection("autotask", SourceKind.AUTOTASK, secrets, access=replace(ACCESS, **access))
    return Autotask(
        connection,
        Session(connection, Connections(httpx.MockTransport(simulator))),
        MemoryKeyRing(),
        time,
        time.waited.append,
    )


def nudges(tool: Autotask, since: datetime | None = EARLIER) -> list[Nudge]:
    return [nudge for page in tool.poll(since) for nudge in page.nudges]


def tickets(found: list[Nudge]) -> list[int]:
    return [int(nudge.content["ticket"]) for nudge in found]


def test_it_is_all_that_a_psa_can_be_but_changes_no_notes(autotask: AutotaskSimulator, time: Time) -> None:
    tool = made(autotask, time)

    assert isinstance(tool, Pushes)
    assert isinstance(tool, Polled)
    assert isinstance(tool, Checks)
    assert isinstance(tool, Registers)
    assert isinstance(tool, WritesNotes)
    assert not tool.updates_notes
    assert (tool.answers.stored, tool.answers.unreadable, tool.answers.refused) == (200, 200, 401)


def test_tickets_with_any_activity_since_are_found_over_all_pages(autotask: AutotaskSimulator, time: Time) -> None:
    autotask.ticket(lastActivityDate="2026-11-20T00:00:00.000Z")
    autotask.most = 40
    new = [autotask.ticket() for _ in range(100)]
    pages = list(made(autotask, time).poll(EARLIER))

    assert tickets([nudge for page in pages for nudge in page.nudges]) == new
    assert [page.watermark for page in pages] == [None, None, None, NOON]


def test_the_same_state_of_a_ticket_is_the_same_delivery_and_another_is_another(
    autotask: AutotaskSimulator, time: Time
) -> None:
    ticket = autotask.ticket()
    first, again = nudges(made(autotask, time)), nudges(made(autotask, time), NOON)
    time.moment = NOON + timedelta(seconds=1)
    autotask.move(ticket, 20)
    (moved,) = nudges(made(autotask, time))

    assert first == again
    assert moved.delivery_id != first[0].delivery_id


def test_the_first_time_what_happened_long_ago_is_left_alone(autotask: AutotaskSimulator, time: Time) -> None:
    autotask.ticket(status=20)
    time.moment = NOON + timedelta(days=3)
    new = autotask.ticket(status=20)

    assert tickets(nudges(made(autotask, time), None)) == [new]


def test_tickets_that_come_and_go_while_the_list_is_read_push_none_out_of_it(
    autotask: AutotaskSimulator, time: Time
) -> None:
    autotask.most = 10
    first = [autotask.ticket() for _ in range(50)]
    gone = iter([3, 14, 25])

    def shift(_: str) -> None:
        autotask.tables["Tickets"].pop(next(gone, 0), None)
        autotask.ticket() if len(autotask.tables["Tickets"]) < 52 else None

    autotask.before_query = shift
    found = tickets(nudges(made(autotask, time)))

    assert set(first) - {3, 14, 25} <= set(found)
    assert set(autotask.tables["Tickets"]) <= set(found)
    assert len(found) == len(set(found))


@pytest.mark.parametrize("mishap", list(Mishap))
def test_a_page_that_fails_gives_no_watermark(autotask: AutotaskSimulator, time: Time, mishap: Mishap) -> None:
    autotask.most = 10
    for _ in range(15):
        autotask.ticket()
    pages = made(autotask, time).poll(EARLIER)

    assert next(pages).watermark is None
    autotask.mishaps.add(mishap)
    with pytest.raises(ToolFault):
        next(pages)


def test_a_note_is_internal_and_is_found_by_its_mark(autotask: AutotaskSimulator, time: Time) -> None:
    ticket, tool = str(autotask.ticket()), made(autotask, time)
    autotask.write(1, "something else")

    number = tool.write_note(ticket, f"Which domain? {MARK}", None)

    ((method, path, content),) = autotask.writes
    assert (method, path) == ("POST", "/Tickets/1/Notes")
    assert content == {
        "ticketID": 1,
        "title": "Licence order",
        "description": f"Which domain? {MARK}",
        "noteType": 3,
        "publish": 2,
    }
    assert tool.find_note(ticket, MARK) == number == "2"
    assert tool.find_note(ticket, "[order-ref: other]") is None


def test_each_change_is_a_note_of_its_own(autotask: AutotaskSimulator, time: Time) -> None:
    ticket, tool = str(autotask.ticket()), made(autotask, time)
    first = tool.write_note(ticket, MARK, None)

    assert tool.write_note(ticket, f"All is live. {MARK}", first) != first
    assert len(autotask.tables["TicketNotes"]) == 2


@pytest.mark.parametrize("options", [{"publish": "1", "note_type": "5"}, {"publish": "all autotask users"}])
def test_a_tenants_own_kinds_of_note_are_used(autotask: AutotaskSimulator, time: Time, options: dict[str, str]) -> None:
    made(autotask, time, options=options).write_note(str(autotask.ticket()), MARK, None)

    content = autotask.writes[0][2]
    assert (content["publish"], content["noteType"]) == (1, int(options.get("note_type", 3)))


def test_where_no_kind_of_note_is_internal_nothing_is_written(autotask: AutotaskSimulator, time: Time) -> None:
    def without(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/TicketNotes/entityInformation/fields"):
            values = [{"value": "1", "label": "All Autotask Users"}]
            named = [{"name": name, "picklistValues": values} for name in ("publish", "noteType")]
            return httpx.Response(200, json={"fields": named})
        return autotask(request)

    with pytest.raises(ToolFault, match="set publish in QUOTEWAY_SOURCES__AUTOTASK__OPTIONS"):
        made(without, time).write_note(str(autotask.ticket()), MARK, None)

    assert autotask.writes == []


@pytest.mark.parametrize(
    ("patch", "path", "content"),
    [("collection", "/Tickets", {"id": 1, "status": 21}), ("item", "/Tickets/1", {"status": 21})],
)
@pytest.mark.parametrize("status", ["Ordered", "21"])
def test_a_status_is_set_in_the_way_that_the_tenant_has(
    autotask: AutotaskSimulator, time: Time, patch: str, path: str, content: dict[str, int], status: str
) -> None:
    autotask.patch = patch
    made(autotask, time, options={"patch": patch}).set_status(str(autotask.ticket()), status)

    assert autotask.writes == [("PATCH", path, content)]
    assert autotask.tables["Tickets"][1]["status"] == 21


def test_a_status_that_the_tenant_does_not_have_is_for_a_person(autotask: AutotaskSimulator, time: Time) -> None:
    with pytest.raises(ToolFault, match="QUOTEWAY_SOURCES__AUTOTASK__TICKET_STATUS") as fault:
        made(autotask, time).set_status(str(autotask.ticket()), "Shipped")

    assert (fault.value.passes, autotask.writes) == (False, [])


def test_a_status_that_was_left_as_it_was_is_a_fault(autotask: AutotaskSimulator, time: Time) -> None:
    def refusing(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"itemId": 1}) if request.method == "PATCH" else autotask(request)

    with pytest.raises(ToolFault, match="left the ticket's status as it was"):
        made(refusing, time).set_status(str(autotask.ticket()), "Ordered")


def test_what_we_write_is_sent_to_us_and_left_out(autotask: AutotaskSimulator, time: Time) -> None:
    tool = made(autotask, time)
    ticket = autotask.ticket()
    tool.write_note(str(ticket), MARK, None)
    tool.set_status(str(ticket), "Ordered")

    assert tool.read(autotask.sending.ticket(ticket, autotask.api_resource, Status=21)) == []
    assert autotask.tables["Tickets"][ticket]["lastActivityResourceID"] == 77


def test_the_webhook_is_made_once_with_its_field_and_waited_for(autotask: AutotaskSimulator, time: Time) -> None:
    autotask.ready_after = 3
    tool = made(autotask, time)

    first, again = tool.register(URL), tool.register(URL)

    assert f"was made. Its guid is {autotask.sending.guid}." in first
    assert "was there already" in again
    assert time.waited == [0.5, 1.0, 2.0]
    (webhook,), (field,) = autotask.tables["TicketWebhooks"].values(), autotask.tables["WebhookFields"].values()
    assert (webhook["webhookUrl"], webhook["deactivationUrl"], webhook["secretKey"]) == (URL, URL, "autotask-hook")
    assert (field["fieldID"], field["isSubscribedField"], field["webhookID"]) == (12, True, webhook["id"])
    assert tool.check(URL).problems == ()
    assert tool.check("").problems == ()


def test_a_webhook_that_does_not_become_ready_is_said_so_and_checked_later(
    autotask: AutotaskSimulator, time: Time
) -> None:
    autotask.ready_after = 100
    tool = made(autotask, time)

    assert "not made it ready yet" in tool.register(URL)
    assert len(time.waited) == 5
    assert "is not ready" in tool.check(URL).problems[0]


def test_a_registration_that_broke_off_before_the_field_is_finished(autotask: AutotaskSimulator, time: Time) -> None:
    tool = made(autotask, time)
    tool.register(URL)
    autotask.tables["WebhookFields"].clear()
    tool.register(URL)

    assert (len(autotask.tables["TicketWebhooks"]), len(autotask.tables["WebhookFields"])) == (1, 1)


def test_a_webhook_that_autotask_switched_off_is_told_and_switched_on_again(
    autotask: AutotaskSimulator, time: Time
) -> None:
    tool = made(autotask, time)
    tool.register(URL)
    autotask.tables["TicketWebhooks"][1]["isActive"] = False

    checked = tool.check(URL)

    assert checked.deactivated
    assert "25 failures" in checked.problems[0]
    assert "is on again" in tool.register(URL)
    assert not tool.check(URL).deactivated


@pytest.mark.parametrize("secrets", [(), ("x" * 65,)], ids=["none", "too long"])
def test_without_a_key_that_autotask_takes_no_webhook_is_made(
    autotask: AutotaskSimulator, time: Time, secrets: tuple[str, ...]
) -> None:
    with pytest.raises(ToolFault, match="QUOTEWAY_SOURCES__AUTOTASK__SECRETS"):
        made(autotask, time, secrets).register(URL)

    assert autotask.writes == []


@pytest.mark.parametrize(
    ("access", "problem"),
    [
        ({"accepted": ()}, "No ticket status means accepted: set QUOTEWAY_SOURCES__AUTOTASK__ACCEPTED to one of"),
        ({"accepted": ("Sold",)}, "Autotask has no ticket status Sold"),
        ({"options": {}}, "Set resource=77 in QUOTEWAY_SOURCES__AUTOTASK__OPTIONS"),
        ({"base_url": "https://webservices2.autotask.net"}, "to https://webservices6.autotask.net"),
    ],
)
def test_settings_that_cannot_be_meant_are_told(
    autotask: AutotaskSimulator, time: Time, access: dict[str, Any], problem: str
) -> None:
    made(autotask, time).register(URL)
    (told,) = made(autotask, time, **access).check(URL).problems

    assert problem in told


def test_a_missing_webhook_is_told_and_checking_writes_nothing(autotask: AutotaskSimulator, time: Time) -> None:
    checked = made(autotask, time).check(URL)

    assert "no webhook to us" in checked.problems[0]
    assert (checked.deactivated, autotask.writes) == (False, [])
