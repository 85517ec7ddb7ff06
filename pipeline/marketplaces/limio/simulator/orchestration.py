"""How an order runs: plug-ins one after the other, the first critical failure stops them, nothing is taken back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipeline.marketplaces.limio.simulator import assumed
from pipeline.marketplaces.limio.simulator.offers import BILLING_ACCOUNT, BILLING_SUBSCRIPTION, SALESFORCE, Course
from pipeline.marketplaces.limio.simulator.records import Account, Order, Process, Steps, Subscription

NewId = Callable[[str], str]
"""Makes an id with that kind in front, as Limio's are."""

MADE_BY = {
    SALESFORCE.name: ("salesforce", "customers"),
    BILLING_ACCOUNT.name: (None, "customers"),
    BILLING_SUBSCRIPTION.name: (None, "subscriptions"),
}
"""Which object a plug-in leaves in which service; None is the one that bills."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Immediately: all plug-ins have run by the time of the answer."""

    billing: str
    queued_for: float
    immediately: bool


@dataclass(slots=True)
class Run:
    """What will come of an order. `done_at` is None where it never gets through, `billed_at` where billing doesn't."""

    processes: list[Process] = field(default_factory=list)
    steps: Steps = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    done_at: datetime | None = None
    billed_at: datetime | None = None


def plan(order: Order, course: Course, new_id: NewId, terms: Terms) -> Run:
    """What each plug-in will do, and when."""
    run = Run()
    at = order.created + timedelta(seconds=terms.queued_for)
    if not terms.immediately:
        run.steps += [(order.created, assumed.QUEUED), (at, assumed.RUNNING)]
    for plugin in course.plugins:
        takes = timedelta(seconds=0 if terms.immediately else plugin.seconds)
        ends = None if plugin.outcome == "hangs" else at + takes
        failure = plugin.message if plugin.outcome == "fails" else None
        run.processes.append(Process(new_id("process"), order.id, plugin.name, plugin.critical, at, ends, failure))
        if ends is None:
            run.steps = run.steps or [(at, assumed.RUNNING)]
            return run
        if failure and plugin.critical:
            run.steps.append((ends, assumed.FAILED))
            return run
        at = ends
        if failure is None and plugin.name in MADE_BY:
            run.accounts.append(left_by(plugin.name, order, new_id, terms.billing, at))
            run.billed_at = at if plugin.name == BILLING_SUBSCRIPTION.name else run.billed_at
    run.steps.append((at, course.word))
    run.done_at = at
    return run


def left_by(plugin: str, order: Order, new_id: NewId, billing: str, at: datetime) -> Account:
    service, kind = MADE_BY[plugin]
    chosen = service or billing
    return Account(new_id(chosen), chosen, kind, order.id, order.customer.id, at)


def carry_over(subscription: Subscription, order: Order, done_at: datetime, course: Course) -> None:
    """What a run that gets through does to the subscription, which a change locks until then."""
    if order.kind != assumed.NEW:
        subscription.locked_until = done_at
    if order.kind == assumed.CANCEL:
        subscription.become(done_at, (done_at, "cancelled"))
    elif order.kind in (assumed.CHANGE_OFFER, assumed.UPDATE):
        subscription.contents.append((done_at, order.items))
        subscription.contents.sort(key=lambda one: one[0])
    elif order.kind == assumed.NEW:
        steps = [(done_at + timedelta(seconds=after), word) for after, word in course.then]
        subscription.steps.extend(steps)
