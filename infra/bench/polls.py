"""How many polls a minute ten thousand orders get that wait at Pax8, within the calls that it allows."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import uuid4

import psycopg
from marketplace import PRODUCT
from measuring import PROCESSES, Figures
from rig import HERE, Rig
from rig import until as come_true
from sqlalchemy import insert

from pipeline.domain.catalogue import Verdict
from pipeline.domain.customer import Customer
from pipeline.domain.facts import CatalogueFacts, CompanyFacts, Facts, LineFacts, LineProgress, PurchaseFacts
from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from pipeline.domain.terms import BillingTerm
from pipeline.store.database import Database
from pipeline.store.tables import ORDERS, QUOTES, REVISIONS
from pipeline.testing import a_line, an_order

ALLOWED = 1000
_WORD = "PendingManual"
_AT_ONCE = 1000
# Half an hour lies between two polls of an order that has been polled so often.
_POLLS = 8
# A poll that had no call left waits for another thing than the marketplace.
_POLLED = "SELECT count(*) FROM orders WHERE waiting_on = 'Pax8'"


def polls(rig: Rig, waiting: int, seconds: int) -> list[Figures]:
    """Without what saves calls, and with it; all orders due at once."""
    placed = rig.market.waiting(waiting)
    script = [str(HERE / "before.py"), "worker"]
    return [
        _polled(rig, "before", placed, seconds, script),
        _polled(rig, "now", placed, seconds, ["-m", "workers.cli", "worker"]),
    ]


def _polled(rig: Rig, name: str, placed: Sequence[Sequence[str]], seconds: int, command: Sequence[str]) -> Figures:
    with rig.run(QUOTEWAY_MARKETPLACES__PAX8__CALLS_PER_MINUTE=str(ALLOWED)) as run:
        with run.application() as application:
            _park(application.database, placed)
        with psycopg.connect(run.database_url, autocommit=True) as connection:
            connection.execute("ANALYZE")
            for number in range(PROCESSES):
                run.start(f"worker-{number}", command, {})
            come_true(lambda: _count(connection), 120, "the first poll")
            before, calls, begun = _count(connection), _calls(rig), time.monotonic()
            time.sleep(seconds)
            done, made, took = _count(connection) - before, _calls(rig) - calls, time.monotonic() - begun
    return {
        "": name,
        "waiting": len(placed),
        "allowed_calls_per_minute": ALLOWED,
        "polls_per_minute": round(done / took * 60),
        "calls_per_minute": round(made / took * 60),
        "calls_per_poll": round(made / max(done, 1), 3),
    }


def _count(connection: psycopg.Connection) -> int:
    return int((connection.execute(_POLLED).fetchone() or (0,))[0])


def _calls(rig: Rig) -> int:
    return int(sum(rig.market.count()["calls"].values()))


def _park(database: Database, placed: Sequence[Sequence[str]]) -> None:
    """Orders of one line that wait for a person at Pax8, as they are after some hours of polls."""
    line = a_line("1", PRODUCT, quantity=2)
    quote = database.seal(an_order(line, customer=Customer(name="Bench")).quote.model_dump_json())
    left = iter(placed)
    while some := list(islice(left, _AT_ONCE)):
        rows = [_rows(database, quote, *ids) for ids in some]
        with database.transaction() as connection:
            for table, nth in ((QUOTES, 0), (REVISIONS, 1), (ORDERS, 2)):
                connection.execute(insert(table), [row[nth] for row in rows])


def _rows(
    database: Database, quote: bytes, order_id: str, subscription_id: str, company: str
) -> Sequence[dict[str, object]]:
    quote_pk, revision_pk, key, now = uuid4(), uuid4(), uuid4(), datetime.now(UTC)
    since = now - timedelta(hours=3)
    facts = _facts(order_id, subscription_id, company, since)
    accepted = {"quote_pk": quote_pk, "revision": "", "state": "current", "snapshot": quote, "content_hash": ""}
    order = {
        "id": key,
        "ref": f"QW-{key.hex[:10]}",
        "quote_pk": quote_pk,
        "revision_pk": revision_pk,
        "line_ids": ["1"],
        "marketplace": "pax8",
        "account": "pax8",
        "customer_key": str(key),
        "company_id": company,
        "company": "Bench",
        "state": OrderState.WAITING,
        "stage": Stage.POLL_STATUS,
        "version": 7,
        "facts": database.seal(facts.model_dump_json(exclude_defaults=True)),
        "due_at": now,
        "entered_at": since,
        "polls": _POLLS,
        "marketplace_order_id": order_id,
    }
    return (
        {"id": quote_pk, "system": "bench", "quote_id": str(quote_pk)},
        {"id": revision_pk, **accepted},
        order,
    )


def _facts(order_id: str, subscription_id: str, company: str, since: datetime) -> Facts:
    bought = LineFacts(line_id="1", product_id=PRODUCT, product_name="", quantity=2, billing_term=BillingTerm.MONTHLY)
    waits = LineProgress(
        subscription_id=subscription_id, status_word=_WORD, verdict=Verdict.WAITS_FOR_MARKETPLACE, since=since
    )
    return Facts(
        company=CompanyFacts(id=company, name="Bench", how=""),
        catalogue=CatalogueFacts(fetched_at=since, lines=(bought,)),
        purchase=PurchaseFacts(marketplace_order_id=order_id, at=since),
        progress={"1": waits},
    )
