"""Whether the demo kept the promise: counted at the marketplace, against what was accepted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.domain.state import OrderState
from workers.demo.cases import Case, Ending, Telltale
from workers.demo.marketplace import Purchase, content_of, doubled
from workers.demo.sending import Delivery
from workers.demo.watching import Seen, Watch

WANTED_STATE = {Ending.LIVE: OrderState.DONE, Ending.ASKING: OrderState.ASKING}


@dataclass(frozen=True, slots=True)
class CaseResult:
    """`faults` are sentences; none means that the case ended as it should."""

    case: Case
    order: Seen | None
    purchases: tuple[Purchase, ...]
    faults: tuple[str, ...]

    @property
    def as_expected(self) -> bool:
        return not self.faults


@dataclass(frozen=True, slots=True)
class Verdict:
    """`ordered`, `live` and `doubled` are counted at the marketplace, `accepted` and `asking` here."""

    accepted: int
    ordered: int
    live: int
    asking: int
    doubled: int
    results: tuple[CaseResult, ...]
    faults: tuple[str, ...] = ()

    @property
    def kept(self) -> bool:
        """Whether every case ended as expected and nothing was bought twice."""
        return not self.doubled and not self.faults and all(result.as_expected for result in self.results)


def settled(cases: Sequence[Case], watch: Watch) -> bool:
    """Whether every quote's order has come to the end that is expected of it."""
    orders = [watch.order(case.quote_id) for case in cases]
    return all(order and order.state is WANTED_STATE[case.ending] for case, order in zip(cases, orders, strict=True))


def judge(
    cases: Sequence[Case],
    deliveries: Sequence[Delivery],
    watch: Watch,
    details: Mapping[str, Mapping[str, Any]],
    bought: Sequence[Purchase],
) -> Verdict:
    """`details` is each quote's whole order, as the API shows it, where there is one."""
    results = tuple(_result(case, watch, details.get(case.quote_id), bought) for case in cases)
    wrong = [d for d in deliveries if not d.as_expected]
    return Verdict(
        accepted=sum(delivery.accepted for delivery in deliveries),
        ordered=sum(bool(result.purchases) for result in results),
        live=sum(any(purchase.live for purchase in result.purchases) for result in results),
        asking=sum(result.order is not None and result.order.state is OrderState.ASKING for result in results),
        doubled=doubled(bought, [content_of(case) for case in cases]),
        results=results,
        faults=tuple(f"The webhook of {d.quote_id} was answered {d.status} {d.answer}." for d in wrong),
    )


def _result(case: Case, watch: Watch, detail: Mapping[str, Any] | None, bought: Sequence[Purchase]) -> CaseResult:
    mine = tuple(purchase for purchase in bought if purchase.content == content_of(case))
    order = watch.order(case.quote_id)
    faults = [*_of_ending(case, watch.orders.get(case.quote_id, [])), *_of_purchases(case, order, mine)]
    if not faults and not _shows(case.telltale, detail or {}, watch.states.get(case.quote_id, set())):
        faults.append(f"Nothing shows that {case.telltale}.")
    return CaseResult(case, order, mine, tuple(faults))


def _of_ending(case: Case, orders: Sequence[Seen]) -> list[str]:
    if not orders:
        return ["No order was made of it."]
    if len(orders) > 1:
        return [f"{len(orders)} orders were made of it."]
    order = orders[0]
    if order.state is WANTED_STATE[case.ending]:
        return []
    return [f"It is {order.state} at {order.stage} instead of {WANTED_STATE[case.ending]}. {order.waiting_for}".strip()]


def _of_purchases(case: Case, order: Seen | None, mine: Sequence[Purchase]) -> list[str]:
    if case.ending is Ending.ASKING:
        return ["It was bought before it was settled."] if mine else []
    if len(mine) != 1:
        return [f"It was bought {len(mine)} times."]
    faults = [] if mine[0].live else [f"Its subscriptions are {', '.join(str(word) for word in mine[0].statuses)}."]
    if order and order.marketplace_order_id != mine[0].id:
        faults.append(f"Its order at the marketplace is {mine[0].id}, and we say {order.marketplace_order_id}.")
    return faults


def _shows(telltale: Telltale, detail: Mapping[str, Any], states: set[str]) -> bool:
    match telltale:
        case Telltale.NONE:
            return True
        case Telltale.CONTACTS_ADDED:
            writes = [write for write in detail.get("writes", []) if write["kind"] == "add_contact"]
            return any(write["class"] == "accepted" for write in writes)
        case Telltale.PARENT_IN_ORDER:
            return any(line["parent_line"] for line in detail.get("lines", []))
        case Telltale.ADOPTED:
            classes = [attempt["class"] for attempt in detail.get("attempts", [])]
            return classes == ["unknown"]
        case Telltale.WAITED_FOR_DATE:
            return OrderState.SCHEDULED in states
        case Telltale.ASKS_FOR_PRICE:
            return _asks(detail, "price")
        case Telltale.ASKS_FOR_DETAILS:
            return _asks(detail, "provisioning")


def _asks(detail: Mapping[str, Any], kind: str) -> bool:
    open_ones = [q for q in detail.get("questions", []) if q["answered_by"] is None and not q.get("withdrawn_at")]
    return any(question["kind"] == kind for question in open_ones)
