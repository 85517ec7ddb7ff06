"""What persons do: each act on an order that waits for it, and the replay of an event."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from pipeline.domain.catalogue import PlacedOrder
from pipeline.marketplaces.pax8.simulator import catalogue
from pipeline.ports import Purpose
from pipeline.store import event_list, events
from pipeline.store.events import Trouble
from workers.bootstrap import LOCAL
from workers.drills.house import House
from workers.drills.points.hands import Hands
from workers.drills.points.scenario import Case, Refused, Scenario, Step, settled, take_in
from workers.drills.points.scenarios.ways import COMPANIES, CREATE, SUBMIT, known, newcomer, unhappy
from workers.drills.quotes import line

Json = dict[str, Any]
_BY_HAND = {"QUOTEWAY_MARKETPLACES__PAX8__RESEND_WHEN_ABSENT": "false"}
REASON = "the drill wants it"
_GOOD = 200


def act(name: str, body: Callable[[Hands, Case, Json], Json]) -> Step:
    """The act, by the operator API, on the order as it is read just before."""

    def done(hands: Hands, case: Case) -> None:
        (order,) = hands.orders(case.quote_ids[0])
        told = hands.ask(
            "POST",
            f"/api/orders/{order['ref']}/{name}",
            {"version": order["version"], **body(hands, case, order)},
        )
        if told["status_code"] != _GOOD:
            raise Refused(f"{name} was answered {told['status_code']}: {told.get('detail')}")

    return done


def once_more(step: Step) -> Step:
    """A person whose act was cut off looks at the order, and acts again where it does not show."""

    def again(hands: Hands, case: Case) -> None:
        (order,) = hands.orders(case.quote_ids[0])
        if not any(entry["actor"] for entry in order["timeline"]):
            with suppress(Refused):
                step(hands, case)

    return again


def _open(order: Json) -> list[Json]:
    return [one for one in order["questions"] if not one["answered_at"] and not one["withdrawn_at"]]


def _answers(hands: Hands, case: Case, order: Json) -> Json:
    del hands, case
    return {"answers": {one["id"]: one["possible_values"][:1] or ["1 Main St"] for one in _open(order)}}


def _approval(hands: Hands, case: Case, order: Json) -> Json:
    del hands, case
    asked = next(iter(_open(order)), None) or order["questions"][0]
    return {"question": asked["id"], "amount": asked["amount"], "reason": REASON}


def _attempt(hands: Hands, case: Case, order: Json) -> Json:
    del hands, case
    return {"attempt": order["attempts"][0]["id"], "reason": REASON}


def reason(hands: Hands, case: Case, order: Json) -> Json:
    del hands, case, order
    return {"reason": REASON}


def _nothing(hands: Hands, case: Case, order: Json) -> Json:
    del hands, case, order
    return {}


def _now(hands: Hands, case: Case, order: Json) -> Json:
    """A time that has come means now."""
    del hands, case, order
    return {"date": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "reason": REASON}


def _found(hands: Hands, case: Case, order: Json) -> Json:
    del order
    return {"marketplace_order_id": _placed(hands, case)[0].id, "reason": REASON}


class _NoneKnown:
    """Of whom the marketplace's list is read whole."""

    def count(self) -> int:
        return 0

    def unknown(self, order_ids: Iterable[str]) -> frozenset[str]:
        return frozenset(order_ids)

    def learn(self, orders: object) -> None:
        """Nothing is kept."""

    def seen_since(self, moment: datetime) -> tuple[str, ...]:
        del moment
        return ()


def placed(hands: Hands, account: str, company_id: str) -> list[PlacedOrder]:
    """What a person sees at the marketplace."""
    with hands.trigger.quiet():
        marketplace = hands.application.accounts[account].open(Purpose.WORK, lambda _exchange: None)
        return list(marketplace.new_orders(company_id, _NoneKnown()))


def _placed(hands: Hands, case: Case) -> list[PlacedOrder]:
    return placed(hands, "pax8", case.companies[0])


def _turned_up(hands: Hands, case: Case) -> None:
    settled(hands, case)
    hands.drive(until=lambda: bool(_placed(hands, case)))


def _is_scheduled(hands: Hands, case: Case) -> None:
    take_in(hands, case)
    hands.drive(until=lambda: [one["state"] for one in hands.orders(case.quote_ids[0])] == ["scheduled"])


def _asks_for_fields(house: House) -> Case:
    return known(house, lines=[line(product=catalogue.FIREWALL_MANUAL)])


def _dearer(house: House) -> Case:
    cheap = {"amount": str(Decimal("4.00")), "currency": "USD"}
    return known(house, lines=[line(unit_cost=cheap)])


def _forbidden(house: House) -> Case:
    case = known(house)
    house.simulator.faults.add(
        match=("GET", "/v1/companies/{companyId}"), containing=case.companies[0], kind=403, times=1
    )
    return case


def _in_an_hour(house: House) -> Case:
    return known(house, requested_date=(datetime.now(UTC) + timedelta(hours=1)).isoformat())


def _absent(house: House) -> Case:
    return unhappy(house, kind="reset", when="before")


def _late(house: House) -> Case:
    case = known(house)
    house.simulator.faults.add(
        match=SUBMIT, containing=case.companies[0], kind="late_commit", seconds=9.0, then="reset"
    )
    return case


def _unreadable(hands: Hands, case: Case) -> None:
    """An event that could not be read, for a reason that is gone by now."""
    take_in(hands, case)
    database = hands.application.database
    with hands.trigger.quiet(), database.transaction() as connection:
        newest = event_list.listed(connection, database, limit=1, before=None, status=None, source=LOCAL)[0]
        trouble = Trouble(({"loc": ["data"], "msg": "could not be read then"},), refused=False)
        events.mark_unreadable(connection, database, newest.id, trouble)


def _replay(hands: Hands, case: Case) -> None:
    del case
    for event in hands.ask("GET", "/api/events?status=unreadable")["items"]:
        told = hands.ask("POST", f"/api/events/{event['id']}/replay", {"confirm": True})
        if told["status_code"] != _GOOD:
            raise Refused(f"the replay was answered {told}")


def _dismiss(hands: Hands, case: Case) -> None:
    del case
    for event in hands.ask("GET", "/api/events?status=unreadable")["items"]:
        told = hands.ask("POST", f"/api/events/{event['id']}/dismiss", {})
        if told["status_code"] != _GOOD:
            raise Refused(f"the dismissal was answered {told}")


def _retried_once(hands: Hands, case: Case) -> None:
    (order,) = hands.orders(case.quote_ids[0])
    if not any(entry["outcome"] == "retried" for entry in order["timeline"]):
        with suppress(Refused):
            act("retry", _nothing)(hands, case)


def _replayed(hands: Hands, case: Case) -> None:
    with suppress(Refused):
        _replay(hands, case)


def _dismissed(hands: Hands, case: Case) -> None:
    with suppress(Refused):
        _dismiss(hands, case)


def _failed_again(house: House) -> Case:
    """A purchase that is lost, and refused when it is sent again."""
    case = _absent(house)
    house.simulator.faults.add(match=SUBMIT, containing=case.companies[0], kind=422)
    return case


def _resent(hands: Hands, case: Case) -> None:
    settled(hands, case)
    act("resend", _attempt)(hands, case)
    hands.drive()


def person(
    name: str, setup: Callable[[House], Case], body: Callable[[Hands, Case, Json], Json], **more: Any
) -> Scenario:
    done = act(name.split(",", maxsplit=1)[0], body)
    return Scenario(f"act: {name}", setup, **{"before": settled, "act": done, "again": once_more(done), **more})


def _company_lost(house: House) -> Case:
    """A company whose making was lost, and which a person has made by hand meanwhile."""
    case = newcomer(house)
    house.simulator.faults.add(match=COMPANIES, containing=case.names[0], kind="reset", when="before")
    return Case(case.quotes, (house.customer().id,), case.names)


def _names_it(hands: Hands, case: Case, order: Json) -> Json:
    del hands
    return {"answers": {one["id"]: [case.companies[0]] for one in _open(order)}}


def _named_it(hands: Hands, case: Case) -> None:
    settled(hands, case)
    act("answers", _names_it)(hands, case)


SCENARIOS = (
    person("answers", _asks_for_fields, _answers),
    person("approve", _dearer, _approval),
    person("retry", _forbidden, _nothing),
    person("resend", _absent, _attempt, settings=_BY_HAND),
    person("retry, given up", _failed_again, _nothing, before=_resent, again=_retried_once, settings=_BY_HAND),
    person("adopt", _late, _found, before=_turned_up, settings=_BY_HAND),
    person("cancel", _asks_for_fields, reason),
    person("cancel, unknown", _absent, reason, settings=_BY_HAND),
    person("reschedule", _in_an_hour, _now, before=_is_scheduled),
    Scenario("company named by a person", _company_lost, before=_named_it, settings={**_BY_HAND, **CREATE}),
    Scenario("act: replay", known, before=_unreadable, act=_replay, again=_replayed),
    Scenario("act: dismiss", known, before=_unreadable, act=_dismiss, again=_dismissed),
)
