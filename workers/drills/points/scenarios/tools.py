"""
What is done for tools: their messages taken in and looked up, keys fetched, lists polled, tickets answered, and the
product map changed. Each run has a simulated tool of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from sqlalchemy import func, update

from events.sources.connectwise.simulator import ConnectWiseSimulator
from events.sources.connectwise.simulator.simulator import CLIENT_ID
from events.sources.mishaps import Mishap
from events.sources.quoted import OUR_MARK
from events.sources.quoter.simulator import QuoterSimulator
from events.sources.tool import Checks, Nudge, Post, WritesNotes
from events.taking import keep_nudges
from pipeline.domain.map_row import MapRow
from pipeline.marketplaces.pax8.simulator import catalogue
from pipeline.operations import mapping
from pipeline.store.product_map import Narrowed
from pipeline.store.tables import ERRANDS
from workers.commands import map_acts
from workers.drills.house import House
from workers.drills.points.hands import Hands
from workers.drills.points.scenario import Case, FarTool, Refused, Scenario, nothing, until_taken

Json = dict[str, Any]
_GOOD, _LATER = 200, 429
_KEY = "LICENCE-1"
_THIRD = "3"
_DAY = "86400"


def _customer(house: House) -> Case:
    """A company that is there, and the id of a quote for it at the run's own tool."""
    customer = house.customer()
    quote_id = f"quot_{uuid4().hex}"
    more = {"tool": f"t{quote_id[-12:]}", "company": customer.name}
    return Case(({"quote": {"id": quote_id}},), (customer.id,), more=more)


def _opportunity(house: House) -> Case:
    """The same at a ConnectWise PSA, which numbers all that it has by itself."""
    case = _customer(house)
    return Case(({"quote": {"id": _THIRD}},), case.companies, more=case.more)


def _quoter(case: Case, quantity: str = "2", mishaps: int = 0) -> FarTool:
    """A quote for the case's company that was won a moment ago."""
    simulator = QuoterSimulator()
    (quote_id,) = case.quote_ids
    contact = {"id": "cont_1", "organization": case.more["company"], "billing_country_iso": "US"}
    simulator.put("contacts", {"first_name": "Dana", "last_name": "Reyes", "email": "dana@example.com", **contact})
    simulator.put("items", {"id": "item_1", "sku": _KEY, "recurring_interval": "Monthly"})
    simulator.quote(
        quote_id,
        [{"item_id": "item_1", "quantity": quantity, "recurring_interval": "Monthly"}],
        accepted_at=datetime.now(UTC).isoformat(),
    )
    post = simulator.win(quote_id)
    simulator.mishaps.add(*[Mishap.BROKEN] * mishaps)

    def told(url: str) -> Json:
        access = {"CLIENT_ID": simulator.client_id, "CLIENT_SECRET": simulator.client_secret}
        access |= {"SECRETS": simulator.hash_key, "BASE_URL": f"{url}/v1"}
        return {"settings": _settings(case, "quoter", access), "post": _post(post)}

    return FarTool(simulator, told)


def _psa(case: Case) -> FarTool:
    """A ConnectWise PSA with an opportunity of this company that was won, and its ticket."""
    simulator = ConnectWiseSimulator()
    company, item = (
        simulator.company(case.more["company"], country={"id": 1, "name": "United States"}),
        simulator.item(_KEY),
    )
    number = simulator.opportunity(company, [simulator.line(item, 2)])
    ticket = simulator.ticket(company, opportunity=number)
    simulator.win(number)

    def told(url: str) -> Json:
        simulator.world.address = url
        access = {"BASE_URL": url, "TENANT": "acme", "CLIENT_ID": CLIENT_ID}
        access |= {"USERNAME": "public", "PASSWORD": "private"}
        post = simulator.world.delivery("opportunity", number).post
        return {"settings": _settings(case, "connectwise", access), "post": _post(post), "ticket": str(ticket)}

    def left() -> tuple[str, ...]:
        """A note of each order, kept up to date, and one for each answer that was not taken."""
        with simulator.world.lock:
            ours = [note["text"] for note in simulator.notes(ticket) if OUR_MARK in note["text"]]
        return tuple(sorted("answer" if " reply: " in text else "order" for text in ours))

    return FarTool(simulator, told, left)


def _settings(case: Case, kind: str, access: Mapping[str, str]) -> dict[str, str]:
    named = {"KIND": kind, "POLL_SECONDS": _DAY, **access}
    return {f"QUOTEWAY_SOURCES__{case.more['tool'].upper()}__{name}": text for name, text in named.items()}


def _post(post: Post) -> Json:
    return {"headers": dict(post.headers), "query": post.query, "body": post.body.decode("latin-1")}


def _send(hands: Hands, case: Case) -> None:
    """The tool's own webhook."""
    post = case.more["post"]
    path = f"/in/{case.more['tool']}?{post['query']}"
    told = hands.ask("POST", path, post["body"].encode("latin-1"), post["headers"])
    if told["status_code"] == _LATER:
        raise Refused("the delivery is to be sent again")
    if told["status_code"] != _GOOD:
        raise AssertionError(f"the delivery was answered {told}")


def _mapped(hands: Hands, case: Case) -> None:
    """The product map knows what the tool sells."""
    row = MapRow.model_validate(_row(case, _KEY, catalogue.BACKUP.id))
    mapping.put(hands.application.database, row, actor="drill")


def _mapped_and_sent(hands: Hands, case: Case) -> None:
    _mapped(hands, case)
    _send(hands, case)


def _nudged(hands: Hands, case: Case) -> None:
    """The message is in the inbox, and nothing has been looked up yet."""
    (quote_id,) = case.quote_ids
    content = {"opportunity": quote_id} if "ticket" in case.more else {"quote": quote_id, "number": ""}
    keep_nudges(hands.application.database, case.more["tool"], [Nudge("quote", content, "sent once")])


def _mapped_and_nudged(hands: Hands, case: Case) -> None:
    _mapped(hands, case)
    _nudged(hands, case)


def _asked(hands: Hands, case: Case) -> None:
    """A person is asked for the product, which the map does not know."""
    _nudged(hands, case)
    hands.drive()


def _cancelled_on_the_ticket(hands: Hands, case: Case) -> None:
    """And has said on the ticket that nothing is to be ordered; no message tells of it."""
    _asked(hands, case)
    tool = hands.application.tools[case.more["tool"]]
    if isinstance(tool, WritesNotes):
        tool.write_note(case.more["ticket"], "cancel", None)
    _due(hands)


def _first_tick(hands: Hands, case: Case) -> None:
    """What a worker does for tools when it starts: their errands are begun, and all of them are due."""
    del case
    hands.ticks_count = True
    hands.tick()


def _errands(hands: Hands, case: Case) -> None:
    _first_tick(hands, case)
    hands.drive()


def _errands_once(hands: Hands, case: Case) -> None:
    """Each errand is tried, and what has failed is not waited for."""
    _first_tick(hands, case)
    while hands.take():
        pass


def _due(hands: Hands) -> None:
    with hands.application.database.engine.begin() as connection:
        values = {"due_at": func.clock_timestamp(), "taken_until": None}
        connection.execute(update(ERRANDS).where(ERRANDS.c.due_at.is_not(None)).values(values))


def another_day(hands: Hands, case: Case) -> None:
    """All errands are due again, also what somebody has had for too long and what has failed."""
    _due(hands)
    _first_tick(hands, case)


def _check(hands: Hands, case: Case) -> None:
    """A person has the connection checked, beside the timer."""
    name = case.more["tool"]
    tool = hands.application.tools[name]
    if isinstance(tool, Checks):
        hands.application.errands.check_now(name, tool)


def _answer(hands: Hands, case: Case) -> None:
    """A person names the product, and has it remembered."""
    (order,) = hands.orders(case.quote_ids[0])
    asked = [one for one in order["questions"] if not one["answered_at"] and not one["withdrawn_at"]]
    answers = {one["id"]: [catalogue.BACKUP.id] for one in asked}
    body = {"version": order["version"], "answers": answers, "remember": True}
    told = hands.ask("POST", f"/api/orders/{order['ref']}/answers", body)
    if told["status_code"] != _GOOD:
        raise Refused(f"the answer was answered {told['status_code']}: {told.get('detail')}")


def _answered(hands: Hands, case: Case) -> None:
    (order,) = hands.orders(case.quote_ids[0])
    if not any(entry["actor"] for entry in order["timeline"]):
        with suppress(Refused):
            _answer(hands, case)


def _row(case: Case, key: str, product_id: str) -> Json:
    day = f"{datetime.now(UTC) - timedelta(days=7):%Y-%m-%d}"
    return {
        "source": case.more["tool"],
        "key": key,
        "valid_from": day,
        "marketplace": "pax8",
        "product_id": product_id,
        "billing_term": "Monthly",
    }


def _map(hands: Hands, case: Case) -> None:
    """By every door that it has: rows put, imported, listed and removed. What is left maps the quote's one product."""
    wrong = [_row(case, key, catalogue.M365_E3.id) for key in ("ONE", "TWO")]
    for row in wrong:
        hands.ask("PUT", "/api/product-map", row)
    right = _row(case, _KEY, catalogue.BACKUP.id)
    table = f"{','.join(right)}\n{','.join(right.values())}\n".encode()
    for query in ("?dry_run=true", ""):
        hands.ask("POST", f"/api/product-map/import{query}", table, {"content-type": "text/csv"})
    _removed(hands, case)


def _removed(hands: Hands, case: Case) -> None:
    database, name = hands.application.database, case.more["tool"]
    listed = hands.ask("GET", f"/api/product-map?source={name}")["items"]
    for row in (row for row in listed if row["key"] == "ONE"):
        hands.ask("DELETE", f"/api/product-map/{row['id']}")
    for kept in map_acts.listed(database, Narrowed(name, "TWO"), 10, "").items:
        map_acts.removed(database, str(kept.id))


def _mapped_then_read(hands: Hands, case: Case) -> None:
    _map(hands, case)
    _nudged(hands, case)


_PUBLISHED = {"QUOTEWAY_FAST_LANE": "false"}
# Whoever works for a while polls, too: where they fell in the midst of it, somebody else does some minutes later.
_polled = partial(Scenario, setup=_customer, before=_mapped, again=another_day)

SCENARIOS = (
    Scenario("tool: webhook", _customer, before=_mapped, act=_send, again=until_taken(_send), tool=_quoter),
    _polled("tool: looked up", before=_mapped_and_nudged, tool=_quoter),
    _polled("tool: nothing to order", before=_nudged, tool=partial(_quoter, quantity="0")),
    _polled("tool: away", before=_mapped_and_nudged, tool=partial(_quoter, mishaps=1)),
    _polled("tool: key fetched later", setup=_opportunity, before=_mapped_and_sent, tool=_psa, fresh=True),
    _polled("tool: polled", act=_errands, settings=_PUBLISHED, tool=_quoter),
    _polled("tool: poll broken off", act=_errands_once, tool=partial(_quoter, mishaps=2)),
    Scenario("tool: checked", _customer, before=_asked, act=_check, again=_check, tool=_quoter),
    _polled(
        "ticket: answered", setup=_opportunity, before=_cancelled_on_the_ticket, act=_errands, tool=_psa, fresh=True
    ),
    Scenario("act: answer remembered", _customer, before=_asked, act=_answer, again=_answered, tool=_quoter),
    Scenario("product map", _customer, before=nothing, act=_map, again=_mapped_then_read, tool=_quoter),
)
