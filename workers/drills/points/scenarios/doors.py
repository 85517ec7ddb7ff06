"""What comes in, what is told, and the clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.exc import OperationalError

from events.inbox import inject
from pipeline.marketplaces.pax8.simulator import catalogue
from pipeline.store.cipher import Cipher
from pipeline.store.database import Database
from pipeline.store.resealing import reseal
from pipeline.store.tables import EVENTS, TOKENS
from workers.bootstrap import LOCAL
from workers.celery_app import make_app
from workers.commands.order_reading import find
from workers.drills.house import BEARER, House
from workers.drills.points.hands import Hands
from workers.drills.points.scenario import Case, Refused, Scenario, go_on, nothing, settled, take_in, until_taken
from workers.drills.points.scenarios.ways import future, known, plain
from workers.drills.quotes import line
from workers.drills.seams import Crossing, Kind, SeamedDatabase, Side

Json = dict[str, Any]
_KEYS = "QUOTEWAY_ENCRYPTION_KEYS"
_LATER = 429
_PUBLISHED = {"QUOTEWAY_FAST_LANE": "false"}
_SOON_OVERDUE = {
    "QUOTEWAY_QUESTIONS__DEADLINE_HOURS": "0.0028",
    "QUOTEWAY_QUESTIONS__ESCALATE_TO": "boss",
    "QUOTEWAY_WORKING_HOURS": "Mon-Sun 00:00-24:00",
}
_OVERDUE_AFTER = 10.5


def _deliver(hands: Hands, case: Case) -> None:
    """A sender sends until it is answered, each time the same."""
    (wanted,) = case.quotes
    sent = {"type": "quote.accepted", "data": wanted}
    headers = {"authorization": f"Bearer {BEARER}", "webhook-id": wanted["quote"]["id"]}
    told = hands.ask("POST", "/in/shop", sent, headers)
    if told["status_code"] == _LATER:
        raise Refused("the delivery is to be sent again")
    if told["status_code"] != 202:
        raise AssertionError(f"the delivery was answered {told}")


def _knock_wrongly(hands: Hands, case: Case) -> None:
    """Somebody without the secret; that is counted, once a second or at the end of the process."""
    del case
    told = hands.ask("POST", "/in/shop", {}, {"authorization": "Bearer wrong"})
    if told["status_code"] != 401:
        raise AssertionError(f"the delivery was answered {told}")
    hands.doors.state.intake.close()


def _announce(hands: Hands, case: Case) -> None:
    del case
    told = hands.ask("POST", "/in/marketplaces/pax8", {}, {"authorization": "announced"})
    if told["status_code"] != 202:
        raise AssertionError(f"the announcement was answered {told}")


def _polls(hands: Hands, case: Case) -> None:
    take_in(hands, case)
    hands.drive(
        until=lambda: (
            [(one["state"], one["stage"]) for one in hands.orders(case.quote_ids[0])] == [("waiting", "poll_status")]
        )
    )


def _scheduled_then(kind: str) -> Callable[[Hands, Case], None]:
    """The first is an order that waits for its date; another event about the same quote has come in."""

    def before(hands: Hands, case: Case) -> None:
        first, second = case.quotes
        application = hands.application
        inject(application.database, _event("quote.accepted", first), application.sources[LOCAL])
        hands.drive(until=lambda: [one["state"] for one in hands.orders(case.quote_ids[0])] == ["scheduled"])
        inject(application.database, _event(kind, second), application.sources[LOCAL])

    return before


def _bought_then_revoked(hands: Hands, case: Case) -> None:
    settled(hands, case)
    application = hands.application
    inject(application.database, _event("quote.revoked", case.quotes[0]), application.sources[LOCAL])


def _event(kind: str, quote: Json) -> bytes:
    import json

    return json.dumps({"type": kind, "data": quote}).encode()


def _revised(house: House) -> Case:
    """Two revisions: the first one in an hour, the second one at once."""
    case = known(house, requested_date=(datetime.now(UTC) + timedelta(hours=1)).isoformat())
    (first,) = case.quotes
    later = {**first["quote"], "revision": "2", "accepted_at": "2026-11-21T09:30:00Z"}
    second = {**first, "quote": later, "requested_date": None}
    return Case((first, second), case.companies)


def _twice(house: House) -> Case:
    case = known(house, requested_date=(datetime.now(UTC) + timedelta(hours=1)).isoformat())
    return Case((*case.quotes, *case.quotes), case.companies)


def _sealed_by_another(house: House) -> Case:
    """The first process lacks the key that its event was sealed with; those that come after it have it."""
    case = plain(house)
    own, other = house.environment[_KEYS].split(",")
    return Case(case.quotes, case.companies, more={"first": {_KEYS: own}, "other": other})


def _sealed(hands: Hands, case: Case) -> None:
    database = Database(hands.application.database.engine, Cipher([case.more["other"]]))
    inject(database, _event("quote.accepted", case.quotes[0]), hands.application.sources[LOCAL])


def _one_task(hands: Hands, case: Case) -> None:
    del case
    hands.tick()
    hands.take()


def _tick(hands: Hands, case: Case) -> None:
    del case
    hands.clock.tick()


def _overdue(hands: Hands, case: Case) -> None:
    settled(hands, case)
    overdue = time.monotonic() + _OVERDUE_AFTER
    hands.drive(until=lambda: time.monotonic() > overdue)


def _ticking(hands: Hands, case: Case) -> None:
    """The clock's own crossings count too."""
    hands.ticks_count = True
    go_on(hands, case)


def _whole_clock(hands: Hands, case: Case) -> None:
    """The clock as a worker runs it: a thread that begins and ends."""
    clock = hands.clock_with(hands.wire)
    clock.start()
    hands.drive(seconds=20)
    clock.stop()
    del case


def _broker_gone(hands: Hands, case: Case) -> None:
    """Nothing can be published: what was to be is due again soon."""
    url = hands.application.redis_url
    away = make_app("redis://127.0.0.1:9/0")
    away.conf.broker_connection_timeout = 1
    wire = hands.wire_to(url, away)
    with hands.application.database.engine.connect() as connection:
        event: UUID = connection.execute(select(EVENTS.c.id).where(EVENTS.c.due_at.is_not(None))).scalar_one()
    hands.clock_ticks_in_vain(wire)
    hands.work_with(wire).read_event(event)
    del case


def _no_token(hands: Hands, case: Case) -> None:
    with hands.application.database.engine.begin() as connection:
        connection.execute(delete(TOKENS))
    take_in(hands, case)


def _resealed(hands: Hands, case: Case) -> None:
    """All that is sealed is sealed anew, with the other key in front."""
    del case
    database = hands.application.database
    own, other = (key.get_secret_value() for key in hands.application.settings.encryption_keys)
    for _ in reseal(SeamedDatabase(hands.trigger, database.engine, Cipher([other, own]))):
        pass


def _read_all(hands: Hands, case: Case) -> None:
    """Everything that only shows."""
    (order,) = hands.orders(case.quote_ids[0])
    (event, *_) = hands.ask("GET", "/api/events")["items"]
    for path in (
        f"/api/orders/{order['ref']}",
        f"/api/events/{event['id']}",
        "/api/health",
        "/metrics",
        "/health/ready",
    ):
        hands.ask("GET", path)
    hands.ask("POST", "/api/plan", case.quotes[0])
    stranger = {**case.quotes[0], "customer": {"name": "Nobody's", "ref": "NOBODY"}}
    hands.ask("POST", "/api/plan", stranger)
    by_sku = [{**one, "product_id": None, "sku": catalogue.BACKUP.sku} for one in stranger["lines"]]
    hands.ask("POST", "/api/plan", {**stranger, "lines": by_sku})
    find(hands.application.database, order["ref"])


def _refused_notice(house: House) -> Case:
    case = plain(house)
    return Case(case.quotes, case.companies, more={"refuse": 1})


def _knock(hands: Hands, case: Case) -> None:
    from workers.watchdog import Ear, Watchdog

    del case
    Watchdog(hands.wire, Ear("drill"), ("events",), 1, 1).look(time.monotonic())


def _not_proved(place: str) -> Callable[[], Callable[[Crossing], None]]:
    """The first commit at this place is made, and its answer is lost."""

    def make() -> Callable[[Crossing], None]:
        left = [1]

        def cut(crossing: Crossing) -> None:
            here = crossing.kind is Kind.COMMIT and crossing.side is Side.AFTER and crossing.place.startswith(place)
            if here and left and left.pop():
                raise OperationalError("COMMIT", None, ConnectionError("cut off by the drill"))

        return cut

    return make


SCENARIOS = (
    Scenario("door: delivery", plain, before=nothing, act=_deliver, again=until_taken(_deliver)),
    Scenario("door: wrong secret", plain, before=nothing, act=_knock_wrongly, again=_knock_wrongly),
    Scenario(
        "door: announcement",
        lambda house: known(house, lines=[line(product=catalogue.ENDPOINT_VOLUME)]),
        before=_polls,
        act=_announce,
        again=_announce,
        settings={"QUOTEWAY_POLL_INTERVALS": "8"},
    ),
    Scenario("door: pages", plain, before=settled, act=_read_all),
    Scenario("event: newer revision", _revised, before=_scheduled_then("quote.accepted")),
    Scenario("event: revoked", _twice, before=_scheduled_then("quote.revoked")),
    Scenario("event: revoked when bought", plain, before=_bought_then_revoked),
    Scenario("event: cannot be read yet", _sealed_by_another, before=_sealed, act=_one_task),
    Scenario("clock: ticks", future, act=_ticking, settings=_PUBLISHED),
    Scenario("clock: as a thread", plain, before=settled, act=_whole_clock),
    Scenario(
        "clock: escalation",
        lambda house: known(house, lines=[line(product=catalogue.FIREWALL_MANUAL)]),
        before=_overdue,
        act=_tick,
        again=_tick,
        settings=_SOON_OVERDUE,
    ),
    Scenario("clock: broker away", plain, act=_broker_gone, settings=_PUBLISHED),
    Scenario("notice: refused at first", _refused_notice),
    Scenario("watchdog", plain, before=nothing, act=_knock),
    Scenario("no token", plain, before=_no_token),
    Scenario("first start", plain, fresh=True),
    Scenario("keys rotate", plain, before=settled, act=_resealed, fresh=True),
    Scenario("claim's commit not proved", plain, also=_not_proved("pipeline.claiming:Claiming.claim:")),
    Scenario("answer's commit not proved", plain, also=_not_proved("pipeline.recording:Recording.record:")),
)
