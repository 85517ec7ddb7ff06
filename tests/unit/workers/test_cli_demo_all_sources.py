"""The verdict of the demo of all sources: one good end, and each way in which it is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from events.connections import SourceKind
from pipeline.domain.quote import Ticket
from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from pipeline.marketplaces.pax8.simulator import catalogue, customers
from workers.demo.all_sources.play import Acceptance, Play, Wanted
from workers.demo.all_sources.verdict import Evidence, Talk, judge, settled
from workers.demo.marketplace import Purchase
from workers.demo.watching import Seen, Watch

WANTED = Wanted(customers.CONTOSO, catalogue.BACKUP, 5, "Monthly", ticket=Ticket(system="connectwise", id="7"))
LIVE = "[order-ref: QW-1 state: live version: 9]"
BOUGHT = Purchase("M-1", WANTED.content, ("Active",))
ORDER = Seen("QW-1", "opportunity 3", OrderState.DONE, Stage.NOTIFY, False, "", "M-1")


def _play(kind: SourceKind, quote: str) -> Play:
    return Play(kind, WANTED, quote, quote, lambda _: {}, lambda: None)


ACCEPTANCES = (
    Acceptance((_play(SourceKind.CONNECTWISE, "opportunity 3"), _play(SourceKind.CONNECTWISE_CPQ, "quote 3301"))),
)
GOOD = Evidence(
    watch=Watch({"opportunity 3": [ORDER]}),
    answered={"connectwise": 200},
    read={"connectwise": ("made 1 order",), "connectwise_cpq": ("the same acceptance as QW-1, which came",)},
    talk={"opportunity 3": Talk((f"{LIVE}\nIt is live.",), "Ordered")},
    bought=(BOUGHT,),
)


def test_two_channels_of_one_acceptance_that_is_live_once_keep_the_promise() -> None:
    found = judge(ACCEPTANCES, GOOD)

    counts = (found.accepted, found.joined, found.ordered, found.live, found.doubled, found.noted)
    assert (found.kept, counts) == (True, (2, 1, 1, 1, 0, 1))
    assert [(one.how, one.note) for one in found.results] == [
        ("pushed", "connectwise 7: live"),
        ("polled, joined", "connectwise 7: live"),
    ]
    assert settled(ACCEPTANCES, GOOD)


def _talk(*notes: str, status: str = "Ordered") -> Callable[[Evidence], Evidence]:
    return lambda seen: replace(seen, talk={"opportunity 3": Talk(notes, status)})


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda seen: replace(seen, bought=(BOUGHT, replace(BOUGHT, id="M-2"))), id="bought twice"),
        pytest.param(lambda seen: replace(seen, bought=()), id="not bought"),
        pytest.param(lambda seen: replace(seen, bought=(replace(BOUGHT, statuses=("Cancelled",)),)), id="not live"),
        pytest.param(
            lambda seen: replace(seen, bought=(BOUGHT, Purchase("M-2", ("somebody", ()), ()))), id="nobody's purchase"
        ),
        pytest.param(lambda seen: replace(seen, watch=Watch({"opportunity 3": [ORDER, ORDER]})), id="two orders"),
        pytest.param(lambda seen: replace(seen, watch=Watch()), id="no order"),
        pytest.param(
            lambda seen: replace(seen, watch=Watch({"opportunity 3": [replace(ORDER, state=OrderState.ASKING)]})),
            id="it asks",
        ),
        pytest.param(lambda seen: replace(seen, answered={"connectwise": 401}), id="a webhook was refused"),
        pytest.param(lambda seen: replace(seen, read={"connectwise": ("made 1 order",)}), id="a channel unheard"),
        pytest.param(_talk(), id="no note"),
        pytest.param(_talk(LIVE, LIVE), id="a note twice"),
        pytest.param(_talk(LIVE.replace("QW-1", "QW-2")), id="another order's note"),
        pytest.param(_talk(LIVE, status="New"), id="the status stays"),
    ],
)
def test_anything_else_breaks_it(spoil: Callable[[Evidence], Evidence]) -> None:
    assert not judge(ACCEPTANCES, spoil(GOOD)).kept
