"""The net below HaloPSA's webhooks: nothing is lost, whatever changes while it is read."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from pydantic import SecretStr

from events.connections import SourceConnection, SourceKind, ToolAccess
from events.sources.halopsa import HaloPsa
from events.sources.halopsa.session import Session
from events.sources.halopsa.simulator import HaloSimulator
from events.sources.keyring import MemoryKeyRing
from events.sources.mishaps import Mishap
from events.sources.tool import Moved, NotAccepted, Nudge, Revoked, ToolFault
from pipeline.domain.offered import OfferedQuote
from pipeline.marketplaces.transport import Connections

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
EARLIER = NOON - timedelta(hours=1)
LINES: list[dict[str, Any]] = [{"item_id": 88, "quantity": 10, "unitprice": 36.0}]
ACCESS = ToolAccess(base_url="https://halo.example", client_id="halo-client", client_secret=SecretStr("halo-secret"))


class Time:
    def __init__(self) -> None:
        self.moment = NOON

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def halo(time: Time) -> HaloSimulator:
    return HaloSimulator(now=time)


def made(halo: Callable[[httpx.Request], httpx.Response], now: Time, **access: Any) -> HaloPsa:
    zone = access.pop("zone", ZoneInfo("UTC"))
    connection = SourceConnection("halo", SourceKind.HALOPSA, zone=zone, access=replace(ACCESS, **access))
    session = Session(connection, Connections(httpx.MockTransport(halo)))
    return HaloPsa(connection, session, MemoryKeyRing(), now)


def nudges(tool: HaloPsa, since: datetime | None = EARLIER) -> list[Nudge]:
    return [nudge for page in tool.poll(since) for nudge in page.nudges]


def named(found: list[Nudge], kind: str) -> list[str]:
    return [str(nudge.content[kind]) for nudge in found if kind in nudge.content]


def accepted(halo: HaloSimulator, count: int = 1) -> None:
    for _ in range(count):
        halo.accept(halo.quotation(halo.ticket(), LINES))


def test_accepted_and_declined_quotations_are_found_and_drafts_are_not(halo: HaloSimulator, time: Time) -> None:
    accepted(halo)
    halo.decline(halo.quotation(halo.ticket(), LINES))
    halo.quotation(halo.ticket(), LINES)

    assert named(nudges(made(halo, time)), "quotation") == ["1", "2"]


def test_a_sales_order_is_found_for_the_quotation_that_it_names(halo: HaloSimulator, time: Time) -> None:
    accepted(halo)

    assert named(nudges(made(halo, time)), "order") == ["1"]


def test_changed_tickets_are_found_for_what_people_write_to_them(halo: HaloSimulator, time: Time) -> None:
    old = halo.ticket(lastupdate="2026-11-20T00:00:00")
    new = halo.ticket()

    assert named(nudges(made(halo, time)), "ticket") == [str(new)]
    assert old != new


def test_every_page_is_read_and_the_last_one_moves_the_watermark_to_the_beginning(
    halo: HaloSimulator, time: Time
) -> None:
    accepted(halo, 250)
    halo.before_page = lambda *_: setattr(time, "moment", time.moment + timedelta(seconds=1))
    pages = list(made(halo, time).poll(EARLIER))

    assert len(named([n for page in pages for n in page.nudges], "quotation")) == 250
    assert [page.watermark for page in pages if page.watermark] == [NOON]
    assert pages[-1].watermark == NOON


def test_what_changed_within_the_overlap_before_the_watermark_is_found_again_as_the_same(
    halo: HaloSimulator, time: Time
) -> None:
    accepted(halo)
    first = nudges(made(halo, time))
    time.moment = NOON + timedelta(minutes=5)

    assert nudges(made(halo, time), NOON) == first
    time.moment = NOON + timedelta(minutes=40)
    assert nudges(made(halo, time), NOON + timedelta(minutes=30)) == []


def test_a_change_of_the_same_quotation_is_another_delivery(halo: HaloSimulator, time: Time) -> None:
    accepted(halo)
    before = nudges(made(halo, time))[0]
    halo.decline(1)
    after = nudges(made(halo, time))[0]

    assert before.content == after.content
    assert before.delivery_id != after.delivery_id


def test_the_first_time_what_was_accepted_long_ago_is_left_alone(halo: HaloSimulator, time: Time) -> None:
    accepted(halo)
    time.moment = NOON + timedelta(days=3)
    accepted(halo)

    assert named(nudges(made(halo, time), None), "quotation") == ["2"]


def test_a_quotation_accepted_before_the_connection_began_is_left_to_a_person_however_it_comes(
    halo: HaloSimulator, time: Time
) -> None:
    accepted(halo)
    time.moment = NOON + timedelta(days=3)
    tool = made(halo, time)
    list(tool.poll(None))
    time.moment = NOON + timedelta(days=4)
    halo.put("Quotation", {"id": 1, "lastupdate": "2026-11-25T12:00:00", "note": "shipped"})
    accepted(halo)

    (nudge,) = [each for each in nudges(tool, NOON + timedelta(days=3)) if each.content == {"quotation": "1"}]
    for content in (nudge.content, {"ticket": "1"}, {"order": "1"}):
        (found,) = [each for each in tool.look_up(content) if not isinstance(each, Moved)]
        assert isinstance(found, NotAccepted)
    assert isinstance(tool.look_up({"quotation": "2"})[0], OfferedQuote)


def begun(halo: HaloSimulator, time: Time, **access: Any) -> HaloPsa:
    """A connection that began at noon, with a quotation that was sent and none that was accepted."""
    halo.quotation(halo.ticket(), LINES)
    tool = made(halo, time, **access)
    list(tool.poll(None))
    time.moment = NOON + timedelta(hours=2)
    return tool


@pytest.mark.parametrize("date", ["2026-11-21", "2026-11-21T00:00:00", None], ids=["a day", "midnight", "none"])
def test_what_is_accepted_later_on_the_first_day_is_offered_though_only_the_day_is_told(
    halo: HaloSimulator, time: Time, date: str | None
) -> None:
    tool = begun(halo, time)
    halo.accept(1)
    halo.put("Quotation", {"id": 1, "accepteddate": date})

    (found,) = tool.look_up({"quotation": "1"})

    assert isinstance(found, OfferedQuote)
    assert [line.held for line in found.lines] == [""]


def test_what_is_dated_long_before_the_connection_and_was_not_accepted_then_is_asked_about(
    halo: HaloSimulator, time: Time
) -> None:
    tool = begun(halo, time)
    halo.accept(1)
    halo.put("Quotation", {"id": 1, "accepteddate": "2026-11-02"})

    (found,) = tool.look_up({"quotation": "1"})

    assert isinstance(found, OfferedQuote)
    assert all("before this connection began" in line.held for line in found.lines)


@pytest.mark.parametrize("date", ["2026-11-21", None], ids=["a day", "none"])
def test_what_was_accepted_already_on_the_first_day_stays_old(
    halo: HaloSimulator, time: Time, date: str | None
) -> None:
    accepted(halo)
    halo.put("Quotation", {"id": 1, "accepteddate": date})
    tool = begun(halo, time)
    halo.put("Quotation", {"id": 1, "lastupdate": "2026-11-21T13:00:00", "note": "shipped"})

    assert isinstance(tool.look_up({"quotation": "1"})[0], NotAccepted)


def test_what_is_taken_back_and_accepted_again_is_new(halo: HaloSimulator, time: Time) -> None:
    accepted(halo)
    halo.put("Quotation", {"id": 1, "accepteddate": None})
    tool = begun(halo, time)
    halo.decline(1)
    assert isinstance(tool.look_up({"quotation": "1"})[0], Revoked)
    halo.put("Quotation", {"id": 1, "status": "Accepted"})

    assert isinstance(tool.look_up({"quotation": "1"})[0], OfferedQuote)


@pytest.mark.parametrize("zone", ["America/Denver", "Asia/Tokyo"])
def test_times_without_an_offset_hide_no_row_in_whatever_zone_they_are_meant(
    halo: HaloSimulator, time: Time, zone: str
) -> None:
    accepted(halo, 2)
    local = NOON.astimezone(ZoneInfo(zone)).replace(tzinfo=None).isoformat()
    halo.put("Quotation", {"id": 1, "lastupdate": local, "accepteddate": local})
    tool = made(halo, time, zone=ZoneInfo(zone))

    assert named(nudges(tool), "quotation") == ["1", "2"]


def test_a_row_that_tells_only_its_day_is_found_all_day(halo: HaloSimulator, time: Time) -> None:
    accepted(halo)
    halo.put("Quotation", {"id": 1, "lastupdate": None, "accepteddate": "2026-11-21"})

    assert named(nudges(made(halo, time)), "quotation") == ["1"]


def test_a_row_without_a_date_is_found_and_its_quotation_decides(halo: HaloSimulator, time: Time) -> None:
    accepted(halo)
    time.moment = NOON + timedelta(days=3)
    for row in halo.tables["Quotation"].values():
        row["lastupdate"] = None

    def undated(request: httpx.Request) -> httpx.Response:
        """Lists that name no date at all."""
        answer = halo(request)
        if request.url.path != "/api/Quotation":
            return answer
        body = answer.json()
        return httpx.Response(
            200, json={**body, "quotations": [{**row, "accepteddate": None} for row in body["quotations"]]}
        )

    tool = made(undated, time)
    (nudge,) = [each for each in nudges(tool, None) if "quotation" in each.content]
    (found,) = tool.look_up(nudge.content)

    assert isinstance(found, NotAccepted)
    assert "before this connection was first read" in found.sentence


@pytest.mark.parametrize("page", [2, 3])
def test_a_quotation_that_slips_to_a_page_read_already_is_found(halo: HaloSimulator, time: Time, page: int) -> None:
    accepted(halo, 250)
    cut = False

    def delete_one(resource: str, number: int) -> None:
        nonlocal cut
        if (resource, number, cut) == ("Quotation", page, False):
            cut = True
            del halo.tables["Quotation"]["7"]

    halo.before_page = delete_one
    found = named(nudges(made(halo, time)), "quotation")

    assert set(halo.tables["Quotation"]) <= set(found)
    assert len(found) == len(set(found))


def test_a_quotation_that_is_added_while_the_list_is_read_is_found(halo: HaloSimulator, time: Time) -> None:
    accepted(halo, 150)
    halo.before_page = lambda resource, number: accepted(halo) if (resource, number) == ("Quotation", 2) else None

    assert set(halo.tables["Quotation"]) <= set(named(nudges(made(halo, time)), "quotation"))


def test_a_ticket_that_moves_to_the_top_while_the_list_is_read_is_in_this_look_or_the_next(
    halo: HaloSimulator, time: Time
) -> None:
    for _ in range(150):
        halo.ticket()

    def touch(resource: str, number: int) -> None:
        if (resource, number) == ("Tickets", 2):
            time.moment = NOON + timedelta(seconds=20)
            halo.write(1, "approve")

    halo.before_page = touch
    pages = list(made(halo, time).poll(EARLIER))
    mark = pages[-1].watermark
    halo.before_page = None
    later = nudges(made(halo, time), mark)

    assert {str(n) for n in range(1, 151)} == set(named([n for p in pages for n in p.nudges] + later, "ticket"))
    assert "1" in named(later, "ticket")


def test_old_tickets_are_not_read_to_the_end(halo: HaloSimulator, time: Time) -> None:
    halo.ignores_filters = True
    for _ in range(1000):
        halo.ticket(lastupdate="2020-01-01T00:00:00")
    asked: list[int] = []
    halo.before_page = lambda resource, number: asked.append(number) if resource == "Tickets" else None

    assert named(nudges(made(halo, time)), "ticket") == []
    assert asked == [1]


def test_a_filter_by_change_is_used_where_the_option_names_one(halo: HaloSimulator, time: Time) -> None:
    asked: list[str] = []

    def simulator(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.url.path} {request.url.params.get('changed_after', '')}")
        return halo(request)

    nudges(made(simulator, time, options={"quotation_filter": "changed_after"}))

    assert "/api/Quotation 2026-11-21T10:45:00Z" in asked
    assert "/api/SalesOrder " in asked


@pytest.mark.parametrize("mishap", [each for each in Mishap if each is not Mishap.UNAUTHORIZED])
def test_a_page_that_fails_gives_no_watermark(halo: HaloSimulator, time: Time, mishap: Mishap) -> None:
    accepted(halo, 150)
    halo.before_page = lambda resource, number: (
        halo.mishaps.add(mishap) if (resource, number) == ("Quotation", 1) else None
    )
    pages = made(halo, time).poll(EARLIER)

    assert next(pages).watermark is None
    with pytest.raises(ToolFault):
        next(pages)


@pytest.mark.parametrize(
    "content",
    [{}, {"quotations": None}, {"quotations": [1]}, {"record_count": 3}, 5, None, "text"],
    ids=lambda content: f"{content}",
)
def test_a_page_without_its_list_is_a_fault_and_no_empty_page(time: Time, content: Any) -> None:
    def simulator(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"access_token": "t"} if request.url.path == "/auth/token" else content)

    with pytest.raises(ToolFault):
        nudges(made(simulator, time))


def test_a_list_that_never_ends_is_a_fault(time: Time) -> None:
    def simulator(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/auth/token":
            return httpx.Response(200, json={"access_token": "t"})
        return httpx.Response(200, json={"record_count": 10**9, "quotations": [{"id": 1}]})

    with pytest.raises(ToolFault, match="does not end"):
        nudges(made(simulator, time))


def test_a_halo_without_sales_orders_is_read_all_the_same(halo: HaloSimulator, time: Time) -> None:
    def without(request: httpx.Request) -> httpx.Response:
        return httpx.Response(404) if request.url.path == "/api/SalesOrder" else halo(request)

    accepted(halo)
    tool = made(without, time)

    assert named(nudges(tool), "quotation") == ["1"]
    assert len(tool.look_up({"ticket": "1"})) == 2


def test_the_overlap_spans_two_looks_where_they_are_far_apart(halo: HaloSimulator, time: Time) -> None:
    accepted(halo)
    time.moment = NOON + timedelta(hours=2)

    assert named(nudges(made(halo, time, poll_seconds=3600.0), NOON + timedelta(hours=1, minutes=50)), "quotation") == [
        "1"
    ]
