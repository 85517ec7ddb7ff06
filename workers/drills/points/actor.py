"""What a forked process does: play a scenario until it falls or ends, or bring to an end what another has left."""

from __future__ import annotations

import json
import sys
import time
import traceback
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from pipeline.store import orders, views
from pipeline.store.tables import EVENTS
from workers.drills.points.hands import Hands, hands
from workers.drills.points.scenario import Case, Refused, Scenario
from workers.drills.points.scenarios import SCENARIOS
from workers.drills.points.trigger import Passed, Strike, Trigger

Json = dict[str, Any]


def act(job: Json) -> int:
    """Gives the process's exit code; what it found is in `result`, what went wrong in its output."""
    try:
        scenario = SCENARIOS[job["scenario"]]
        case = Case(**job["case"])
        found = _play(scenario, case, job) if job["role"] == "play" else _rescue(scenario, case, job)
        Path(job["result"]).write_text(json.dumps(found))
    except BaseException:  # noqa: BLE001 - the process ends here, whatever it was
        traceback.print_exc()
        return 1
    return 0


def _play(scenario: Scenario, case: Case, job: Json) -> Json:
    target = Passed(**job["target"]) if job.get("target") else None
    also = scenario.also() if scenario.also else lambda _crossing: None
    trigger = Trigger(target, Strike(job.get("strike", Strike.KILL)), also)
    settings = {**scenario.settings, **case.settings, **case.more.get("first", {})}
    with hands({**job["variables"], **settings}, trigger) as mine:
        scenario.before(mine, case)
        trigger.arm()
        try:
            scenario.act(mine, case)
        except Refused:
            if not trigger.stood_still:
                raise
        trigger.arm(armed=False)
    return {"passed": [asdict(one) for one in trigger.passed], "modules": list(sys.modules), "cpu": time.process_time()}


def _rescue(scenario: Scenario, case: Case, job: Json) -> Json:
    """A plain process: without seams, and with the settings that the next one would have."""
    with hands({**job["variables"], **scenario.settings, **case.settings}, None) as mine:
        if job["again"]:
            scenario.again(mine, case)
        mine.drive()
        found = [_order(one) for quote in case.quote_ids for one in _orders(mine, quote)]
        return {"orders": found, "events": _events(mine, job["since"]), "cpu": time.process_time()}


def _orders(mine: Hands, quote_id: str) -> list[Json]:
    database = mine.application.database
    with database.transaction() as connection:
        listed = views.order_list(connection, database, views.Filters(quote=quote_id)).items
        found = [orders.find(connection, item["ref"]) for item in listed]
        return [views.order_view(connection, database, one) for one in found if one is not None]


def _order(order: Json) -> Json:
    asked = [one["kind"] for one in order["questions"] if not one["answered_at"] and not one["withdrawn_at"]]
    # Links may be made as often as somebody likes: what counts is what is filled in.
    acts = [one["outcome"] for one in order["timeline"] if one["actor"] and not one["outcome"].startswith("link_")]
    kept = (
        "ref",
        "quote_id",
        "quote_revision",
        "marketplace",
        "state",
        "stage",
        "unknown_submit",
        "marketplace_order_id",
    )
    return {**{name: order[name] for name in kept}, "asked": sorted(asked), "acts": sorted(acts)}


def _events(mine: Hands, since: str) -> list[str]:
    """How each event of this run stands."""
    came = EVENTS.c.received_at >= datetime.fromisoformat(since)
    with mine.application.database.engine.connect() as connection:
        return sorted(str(one) for one in connection.execute(select(EVENTS.c.status).where(came)).scalars())
