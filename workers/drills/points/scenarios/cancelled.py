"""What has been bought and is cancelled again: foreseen, wished for, carried out, and with answers that are lost."""

from __future__ import annotations

from functools import partial
from typing import Any

import httpx

from pipeline.marketplaces.flexportal.simulator import customers
from pipeline.marketplaces.simulated import Simulated
from pipeline.operations import checking
from workers.drills.house import House
from workers.drills.points.hands import Hands
from workers.drills.points.scenario import Case, Refused, Scenario, nothing, settled
from workers.drills.points.scenarios.asked import act, once_more, reason
from workers.drills.points.scenarios.ways import known

_CANCEL = ("DELETE", "/v1/subscriptions/{subscriptionId}")
_GOOD = 200
_CHECKED = (Simulated.PAX8, Simulated.FLEXPORTAL)


def cancel(hands: Hands, case: Case) -> None:
    """A person looks first at what it would do."""
    (order,) = hands.orders(case.quote_ids[0])
    told = hands.ask("GET", f"/api/orders/{order['ref']}/cancel")
    if told["status_code"] != _GOOD or told["refused"]:
        raise Refused(f"what a cancel would do was answered {told}")
    act("cancel", reason)(hands, case)


def wished(hands: Hands, case: Case, **fault: Any) -> None:
    """It is bought, and to be cancelled; the first cancellation meets the fault, which matches its call."""
    settled(hands, case)
    if fault:
        (order,) = hands.orders(case.quote_ids[0])
        mine = order["lines"][0]["subscription_id"].rpartition("/")[2]
        url = hands.application.settings.marketplaces[order["marketplace"]].base_url or ""
        wish = {"containing": mine, **fault}
        httpx.post(f"{url.removesuffix('/v1')}/_sim/faults", json=wish).raise_for_status()
    cancel(hands, case)


def _two_accounts(house: House) -> Case:
    """One knows companies by their names, the other customers by their e-mail addresses."""
    del house
    return Case(elsewhere={Simulated.FLEXPORTAL: customers.CONTOSO.email})


def _check(hands: Hands, case: Case) -> None:
    """What `quoteway marketplace check` looks at."""
    del case
    found = [one for name in _CHECKED for one in checking.check(hands.application.accounts[name])]
    if wrong := [one.sentence for one in found if one.verdict is checking.Verdict.WRONG]:
        raise Refused(" ".join(wrong))


SCENARIOS = (
    Scenario("cancel: wished for", known, before=settled, act=cancel, again=once_more(cancel)),
    Scenario("cancel: carried out", known, before=wished),
    Scenario("cancel: answer lost", known, before=partial(wished, match=_CANCEL, kind="reset", when="after")),
    Scenario("cancel: request lost", known, before=partial(wished, match=_CANCEL, kind="reset", when="before")),
    Scenario("accounts checked", _two_accounts, act=_check, again=nothing),
)
