"""How an order runs at the simulated Limio: statuses by the clock, failures half way, webhooks all the same."""

import base64
from typing import Any

import httpx
import pytest

from pipeline.marketplaces.limio.simulator import Event, LimioSimulator, Webhook, catalogue, offers
from tests.marketplaces.limio.requests import item, order, read, rows, submit


def words(simulator: LimioSimulator, client: httpx.Client, answer: dict[str, Any], *seconds: float) -> list[str]:
    """The order's status at once and after each wait."""
    seen = [read(client, "orders", answer["id"])["status"]]
    for wait in seconds:
        simulator.clock.advance(wait)
        seen.append(read(client, "orders", answer["id"])["status"])
    return seen


def subscription(client: httpx.Client, reference: str) -> dict[str, Any]:
    return next(one for one in rows(client, "subscriptions") if one["reference"] == reference)


def processes(client: httpx.Client, order_id: str) -> dict[str, str]:
    return {one["name"]: one["status"] for one in rows(client, "process") if one["ref"] == order_id}


def test_an_order_waits_runs_and_is_complete(simulator: LimioSimulator, client: httpx.Client) -> None:
    answer = submit(simulator, client)

    assert words(simulator, client, answer, 1, 3, 1) == ["pending", "processing", "processing", "complete"]
    assert subscription(client, answer["subscriptionReference"])["status"] == "active"
    assert set(processes(client, answer["id"]).values()) == {"complete"}


def test_an_order_is_complete_long_before_its_subscription_is_active(
    simulator: LimioSimulator, client: httpx.Client
) -> None:
    answer = submit(simulator, client, item(simulator), item(simulator, catalogue.FIREWALL.id, 1))
    seen = [subscription(client, answer["subscriptionReference"])["status"]]
    for seconds in (5, 3594, 6):
        simulator.clock.advance(seconds)
        client.headers["authorization"] = f"Bearer {simulator.tokens.issue()}"
        seen.append(subscription(client, answer["subscriptionReference"])["status"])

    assert seen == ["initial", "pending", "pending", "active"]
    assert read(client, "orders", answer["id"])["status"] == "complete"


def test_a_critical_failure_stops_the_run_and_leaves_what_was_made(
    simulator: LimioSimulator, client: httpx.Client
) -> None:
    simulator.world.run_next(offers.HALF_DONE)
    answer = submit(simulator, client)

    assert words(simulator, client, answer, 4, 600)[1:] == ["failed", "failed"]
    assert processes(client, answer["id"]) == {
        "salesforce-account": "complete",
        "billing-account": "complete",
        "billing-subscription": "error",
    }
    assert [one["ref"] for one in rows(client, "customers", "zuora")] == [answer["id"]]
    assert rows(client, "subscriptions", "zuora") == []
    assert subscription(client, answer["subscriptionReference"])["status"] == "initial"
    assert [one.id for one in simulator.world.half_done] == [answer["id"]]
    assert {one.service for one in simulator.world.left_behind(simulator.world.bought[0])} == {"salesforce", "zuora"}


def test_the_error_of_a_plug_in_is_told_by_its_process(simulator: LimioSimulator, client: httpx.Client) -> None:
    simulator.world.run_next(offers.FAILED_AT_ONCE)
    answer = submit(simulator, client)
    simulator.clock.advance(2)
    (failed,) = rows(client, "process")

    assert read(client, "process", failed["id"])["data"]["error"] == {"message": "Upstream service returned an error"}
    assert read(client, "process", failed["id"])["data"]["order"] == answer["id"]
    assert simulator.world.half_done == []


def test_an_operator_gets_a_stopped_order_through(simulator: LimioSimulator, client: httpx.Client) -> None:
    simulator.world.run_next(offers.HALF_DONE)
    answer = submit(simulator, client)
    simulator.clock.advance(60)
    simulator.world.mend(answer["id"])

    assert words(simulator, client, answer) == ["complete"]
    assert [len(rows(client, kind, "zuora")) for kind in ("customers", "subscriptions")] == [1, 1]
    assert subscription(client, answer["subscriptionReference"])["status"] == "active"
    assert simulator.world.half_done == []


OTHER_COURSES = {
    "crm_failed": ("complete", "active"),
    "never_done": ("processing", "initial"),
    "never_active": ("complete", "pending"),
    "cancelled": ("complete", "cancelled"),
    "unknown_word": ("awaiting_allocation", "active"),
}


@pytest.mark.parametrize("course", OTHER_COURSES)
def test_an_order_may_run_another_way(course: str, simulator: LimioSimulator, client: httpx.Client) -> None:
    simulator.world.courses[catalogue.BACKUP.id] = offers.COURSES[course]
    answer = submit(simulator, client)
    simulator.clock.advance(600)

    order_word, subscription_word = OTHER_COURSES[course]
    assert words(simulator, client, answer) == [order_word]
    assert subscription(client, answer["subscriptionReference"])["status"] == subscription_word


def test_a_tenant_may_have_other_words(simulator: LimioSimulator, client: httpx.Client) -> None:
    simulator.knobs.order_words = {"pending": "queued"}

    assert submit(simulator, client)["status"] == "queued"


def test_a_subscription_may_be_made_by_billing_alone(simulator: LimioSimulator, client: httpx.Client) -> None:
    simulator.knobs.subscription_made = "by_billing"
    answer = submit(simulator, client)
    early = rows(client, "subscriptions")
    simulator.clock.advance(4)
    order_read = read(client, "orders", answer["id"])

    assert "subscriptionReference" not in answer
    assert not [one for one in early if one["ref"].startswith(answer["id"])]
    assert subscription(client, order_read["subscriptionReference"])["ref"].startswith(f"{answer['id']}/")
    assert [one.event for one in simulator.world.outbox][:2] == [Event.ORDER_SUBMITTED, Event.SUBSCRIPTION_CREATED]


def test_an_order_that_is_processed_immediately_answers_with_its_result(
    simulator: LimioSimulator, client: httpx.Client
) -> None:
    assert submit(simulator, client, process_immediately=True)["status"] == "complete"
    simulator.world.run_next(offers.HALF_DONE)
    assert submit(simulator, client, process_immediately=True)["status"] == "failed"


def test_an_immediate_order_that_fails_half_way_may_be_a_502_although_it_is_there(
    simulator: LimioSimulator, client: httpx.Client
) -> None:
    simulator.knobs.synchronous_failure = "bad_gateway"
    simulator.world.run_next(offers.HALF_DONE)
    answer = client.post("/partner/order", json=order(simulator, client, process_immediately=True))

    assert (answer.status_code, answer.json()) == (502, {"message": "Bad Gateway"})
    assert len(simulator.world.half_done) == 1


def test_an_immediate_order_keeps_its_answer_as_long_as_its_plug_ins(
    simulator: LimioSimulator, client: httpx.Client
) -> None:
    simulator.knobs.synchronous_takes = 31
    content = order(simulator, client, process_immediately=True)

    with pytest.raises(httpx.ReadTimeout):
        client.post("/partner/order", json=content, timeout=30)
    assert client.post("/partner/order", json=content | {"process_immediately": False}, timeout=30).status_code == 200
    assert len(simulator.world.bought) == 2


def test_webhooks_tell_of_success_whatever_the_plug_ins_do(simulator: LimioSimulator, client: httpx.Client) -> None:
    simulator.world.run_next(offers.HALF_DONE)
    submit(simulator, client)
    at_once = [one.event for one in simulator.world.outbox]
    simulator.clock.advance(60)
    simulator.world.settle()
    last = simulator.world.outbox[-1]

    assert at_once == [Event.ORDER_SUBMITTED, Event.SUBSCRIPTION_CREATED, Event.ENTITLEMENTS_UPDATED]
    assert len(simulator.world.outbox) == 4
    assert (last.event, last.body["record_type"], last.body["status"]) == (Event.ERROR, "process", "error")
    assert (simulator.world.now - last.at).total_seconds() == 56


def test_a_webhook_is_the_bare_object_behind_a_basic_header(simulator: LimioSimulator, client: httpx.Client) -> None:
    answer = submit(simulator, client)
    submitted, created, _ = simulator.world.outbox
    made = subscription(client, answer["subscriptionReference"])

    assert submitted.body == read(client, "orders", answer["id"])
    assert created.body == read(client, "subscriptions", made["id"])
    assert base64.b64decode(submitted.authorization.removeprefix("Basic ")) == b"limio:only-for-the-simulator"


def test_webhooks_may_be_taken_as_they_come_come_twice_or_not_at_all(
    simulator: LimioSimulator, client: httpx.Client
) -> None:
    taken: list[Webhook] = []
    simulator.world.outbox.deliver = taken.append
    simulator.knobs.webhook_times = 2
    submit(simulator, client)
    simulator.knobs.webhooks = False
    submit(simulator, client)

    assert taken == simulator.world.outbox
    assert len(taken) == 6
