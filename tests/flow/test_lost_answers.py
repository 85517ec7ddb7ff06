"""
The answer to a purchase gets lost or cannot be trusted: the order is adopted, sent again or asked about, never doubled.

All cases of a policy go through one worker at once; each orders for a company of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from pipeline.marketplaces.pax8.simulator import catalogue
from pipeline.marketplaces.pax8.simulator.records import Line
from pipeline.marketplaces.simulation.faults import Fault
from tests.flow.conftest import house_of_a_module
from tests.flow.house import House, Json, asking, done, questions, quote, rests, until
from tests.servers import Databases
from workers.bootstrap import Application
from workers.embedded import EmbeddedValkey

SUBMIT = ("POST", "/v1/orders")
LOST = "It is not known whether Pax8 took the purchase"
ABSENT = "No new order with these lines was found."


@dataclass(frozen=True)
class Case:
    """What happens to the one call that buys, and what becomes of the order."""

    name: str
    how: Json
    state: str
    bought: int
    sends: int = 1
    """How many purchases reach the simulator."""
    says: tuple[str, ...] = ()


def made(name: str, **how: Any) -> Case:
    """The order was made, and nobody is told: it is found and adopted."""
    return Case(f"{name}, and the order was made", {"when": "after", **how}, "done", 1)


def not_made(name: str, **how: Any) -> Case:
    """The order was never made: after the settling period a person is asked."""
    return Case(f"{name}, and no order was made", {"when": "before", **how}, "asking", 0, says=(LOST, ABSENT))


_LOSSES: tuple[tuple[str, Json], ...] = (
    ("no answer in time", {"kind": "hang"}),
    ("a reset connection", {"kind": "reset"}),
    ("a connection that is closed", {"kind": "close"}),
    ("a 500", {"kind": "500"}),
    ("a 503 of an edge with a web page", {"kind": "503", "html": True}),
    ("a 408", {"kind": "408"}),
    ("a 409", {"kind": "409"}),
    ("a web page for an answer", {"kind": "html"}),
    ("half of the JSON", {"kind": "half_json"}),
    ("half of the body", {"kind": "half_body"}),
    ("an empty body", {"kind": "empty"}),
    ("an answer without an id", {"kind": "no_id"}),
    ("an answer about something else", {"kind": "wrong_content"}),
    ("a redirect", {"kind": "redirect", "location": "/v1/orders"}),
)
OF_BOTH_POLICIES = (
    *(made(name, **how) for name, how in _LOSSES),
    Case("an answer a byte at a time", {"kind": "drip", "seconds": 0.05}, "done", 1),
    Case("a reset, and the order is made a second later", {"kind": "late_commit", "seconds": 1.0}, "done", 1),
    Case("a 401", {"kind": "401"}, "done", 1, sends=2),
    Case("a 429", {"kind": "429", "retry_after": 1}, "done", 1, sends=2),
    Case("a 422", {"kind": "422"}, "failed", 0, says=("refused",)),
    Case("a 403", {"kind": "403"}, "failed", 0, says=("refused",)),
)
ASKED = tuple(not_made(name, **how) for name, how in _LOSSES)
SENT_AGAIN = tuple(
    Case(f"{name}, and no order was made", {"when": "before", **how}, "done", 1, sends=2) for name, how in _LOSSES
)


@dataclass
class Street:
    """One policy's house with one worker, and what was put through it."""

    house: House
    application: Application
    begun: dict[str, Begun] = field(default_factory=dict)

    def begin(self, case: Case) -> None:
        customer = self.house.customer()
        fault = self.house.simulator.faults.add(match=SUBMIT, containing=customer.id, **case.how)
        self.begun[case.name] = Begun(self.house.accept(self.application, quote(customer=customer)), customer.id, fault)


@dataclass(frozen=True)
class Begun:
    quote_id: str
    company_id: str
    fault: Fault


@pytest.fixture(scope="module", params=[False, True], ids=["a person decides", "absent orders are sent again"])
def street(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    template_database: Databases,
    valkey_server: EmbeddedValkey,
) -> Iterator[Street]:
    again = {"QUOTEWAY_MARKETPLACES__PAX8__RESEND_WHEN_ABSENT": "true"} if request.param else {}
    folder = tmp_path_factory.mktemp("lost")
    with house_of_a_module(folder, template_database, valkey_server, **again) as (house, application):
        house.start_worker()
        here = Street(house, application)
        for case in (*OF_BOTH_POLICIES, *(SENT_AGAIN if request.param else ASKED)):
            here.begin(case)
        yield here


def _as_told(street: Street, case: Case) -> None:
    begun = street.begun[case.name]

    order = street.house.wait(street.application, begun.quote_id, rests, 90)

    assert begun.fault.hits == 1
    assert order["state"] == case.state, order
    bought = street.house.bought(begun.company_id)
    assert len(bought) == case.bought
    assert len(order["attempts"]) == case.sends
    assert order["marketplace_order_id"] == (bought[0].id if bought else None)
    told = questions(order) + order["waiting_for"]
    assert all(sentence in told for sentence in case.says), told


@pytest.mark.parametrize("case", OF_BOTH_POLICIES, ids=lambda case: case.name)
def test_an_answer_that_is_lost_or_a_refusal(case: Case, street: Street) -> None:
    _as_told(street, case)


@pytest.mark.parametrize("street", [False], indirect=True, ids=["a person decides"])
@pytest.mark.parametrize("case", ASKED, ids=lambda case: case.name)
def test_what_cannot_be_found_is_asked_about(case: Case, street: Street) -> None:
    _as_told(street, case)


@pytest.mark.parametrize("street", [True], indirect=True, ids=["absent orders are sent again"])
@pytest.mark.parametrize("case", SENT_AGAIN, ids=lambda case: case.name)
def test_what_cannot_be_found_is_sent_again(case: Case, street: Street) -> None:
    _as_told(street, case)


only_sending_again = pytest.mark.parametrize("street", [True], indirect=True, ids=["absent orders are sent again"])


@only_sending_again
def test_a_strangers_order_that_was_there_before_is_not_ours(street: Street) -> None:
    customer = street.house.customer()
    street.house.simulator.world.stranger_order(customer.id, [Line(catalogue.BACKUP.id, 2, "Monthly")])
    street.house.simulator.faults.add(match=SUBMIT, containing=customer.id, kind="reset", when="after")

    order = street.house.wait(
        street.application, street.house.accept(street.application, quote(customer=customer)), rests
    )

    assert done(order)
    assert [order["marketplace_order_id"]] == [one.id for one in street.house.bought(customer.id)]


@only_sending_again
def test_a_strangers_equal_order_of_the_same_minute_is_asked_about_with_both_ids(street: Street) -> None:
    customer = street.house.customer()
    hung = street.house.simulator.faults.add(match=SUBMIT, containing=customer.id, kind="hang", when="after")
    quote_id = street.house.accept(street.application, quote(customer=customer))
    until(lambda: hung.hits)
    twin = street.house.simulator.world.stranger_order(customer.id, [Line(catalogue.BACKUP.id, 2, "Monthly")])

    order = street.house.wait(street.application, quote_id, rests)

    ours = street.house.bought(customer.id)
    assert asking(order)
    assert len(ours) == 1
    assert {ours[0].id, twin.id} <= set(questions(order).replace(",", " ").replace(".", " ").split())


@only_sending_again
def test_a_strangers_other_order_does_not_hinder_the_adoption(street: Street) -> None:
    customer = street.house.customer()
    hung = street.house.simulator.faults.add(match=SUBMIT, containing=customer.id, kind="hang", when="after")
    quote_id = street.house.accept(street.application, quote(customer=customer))
    until(lambda: hung.hits)
    street.house.simulator.world.stranger_order(customer.id, [Line(catalogue.BACKUP.id, 3, "Monthly")])

    order = street.house.wait(street.application, quote_id, rests)

    assert done(order)
    assert order["marketplace_order_id"] == street.house.bought(customer.id)[0].id


@only_sending_again
def test_an_order_that_the_list_shows_late_is_waited_for(street: Street) -> None:
    customer = street.house.customer()
    street.house.simulator.faults.add(match=SUBMIT, containing=customer.id, kind="reset", when="after")
    # Longer than until the first look, so that this one finds nothing.
    street.house.simulator.knobs.order_list_lag = timedelta(seconds=5.5)

    order = street.house.wait(
        street.application, street.house.accept(street.application, quote(customer=customer)), rests
    )

    street.house.simulator.knobs.order_list_lag = timedelta()
    assert done(order)
    assert [order["marketplace_order_id"]] == [one.id for one in street.house.bought(customer.id)]


@only_sending_again
def test_two_lost_purchases_of_equal_lines_for_one_company_stay_apart(street: Street) -> None:
    customer = street.house.customer()
    street.house.simulator.faults.add(match=SUBMIT, containing=customer.id, kind="reset", when="after", times=2)
    ids = [street.house.accept(street.application, quote(customer=customer)) for _ in range(2)]

    orders = [street.house.wait(street.application, quote_id, rests, 60) for quote_id in ids]

    assert all(done(order) for order in orders)
    bought = {one.id for one in street.house.bought(customer.id)}
    assert {order["marketplace_order_id"] for order in orders} == bought
    assert len(bought) == 2
