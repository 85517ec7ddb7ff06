"""What became of a write at Limio: accepted only where the answer proves that it is our order."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from pipeline.domain.claim import AnswerClass, ApproveCompany, DropBasket, FillBasket, PlaceOrder
from pipeline.marketplaces.limio.simulator import LimioSimulator, catalogue
from tests.marketplaces.limio.buying import ADA, CHECKOUT, PREVIEW, REFERENCE, SUBMIT, Shop, in_time

Change = Callable[[dict[str, Any]], Any]


def answered(simulator: LimioSimulator, path: str, change: Change) -> Shop:
    """A shop whose calls of this path are carried out, and their answers changed."""

    def handler(request: httpx.Request) -> httpx.Response:
        response = simulator(request)
        if request.url.path == path:
            return httpx.Response(response.status_code, content=json.dumps(change(response.json())))
        return response

    return Shop(simulator, transport=httpx.MockTransport(handler))


def without(*names: str) -> Change:
    return lambda order: {name: value for name, value in order.items() if name not in names}


OURS: dict[str, Change] = {
    "as it is": lambda order: order,
    "an id and our reference alone": lambda order: {"id": order["id"], "external_id": order["external_id"]},
    "a status that nobody knows": lambda order: order | {"status": "awaiting_allocation"},
    "a status that says that it failed": lambda order: order | {"status": "failed"},
}
NOT_PROVED: dict[str, tuple[Change, str]] = {
    "no id": (without("id"), "without the order's id"),
    "no reference": (without("external_id"), "does not say that it is ours"),
    "another order's reference": (lambda order: order | {"external_id": "QW-OTHER"}, "reference is QW-OTHER and not"),
    "nothing": (lambda _: {}, "without the order's id"),
    "a list": (lambda order: [order], "outside its contract"),
}


@pytest.mark.parametrize("change", OURS.values(), ids=OURS.keys())
def test_an_order_with_an_id_and_our_reference_is_ours(simulator: LimioSimulator, change: Change) -> None:
    shop = answered(simulator, SUBMIT[1], change)
    answer = shop.open().send(shop.ready(), in_time())

    assert (answer.kind, answer.ref) == (AnswerClass.ACCEPTED, simulator.world.bought[0].id)


@pytest.mark.parametrize(("change", "evidence"), NOT_PROVED.values(), ids=NOT_PROVED.keys())
def test_a_good_answer_that_does_not_prove_it_is_unknown(
    simulator: LimioSimulator, change: Change, evidence: str
) -> None:
    shop = answered(simulator, SUBMIT[1], change)
    answer = shop.open().send(shop.ready(), in_time())

    assert (answer.kind, answer.ref) == (AnswerClass.UNKNOWN, None)
    assert evidence in answer.details[0]
    assert len(simulator.world.bought) == 1


def test_somebody_elses_order_is_named_in_the_evidence_and_not_taken(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    wanted = shop.ready()
    shop.fault("wrong_content")
    answer = shop.open().send(wanted, in_time())

    assert (answer.kind, answer.ref) == (AnswerClass.UNKNOWN, None)
    assert "EXT-OF-SOMEBODY-ELSE" in answer.details[0]
    assert [f"order {name}," in answer.details[0] for name in answer.named] == [True]


CLASSES: dict[str, tuple[dict[str, Any], AnswerClass, int]] = {
    "502 before": ({"kind": "502"}, AnswerClass.UNKNOWN, 0),
    "502 after": ({"kind": "502", "when": "after"}, AnswerClass.UNKNOWN, 1),
    "reset after": ({"kind": "reset", "when": "after"}, AnswerClass.UNKNOWN, 1),
    "hung after": ({"kind": "hang", "when": "after"}, AnswerClass.UNKNOWN, 1),
    "half an answer": ({"kind": "half_json", "when": "after"}, AnswerClass.UNKNOWN, 1),
    "423": ({"kind": "423"}, AnswerClass.UNKNOWN, 0),
    "404": ({"kind": "404"}, AnswerClass.REJECTED, 0),
    "429": ({"kind": "429"}, AnswerClass.THROTTLED, 0),
    "401": ({"kind": "401"}, AnswerClass.NOT_SENT, 0),
    "no connection": ({"kind": "refuse"}, AnswerClass.NOT_SENT, 0),
    "a redirect": ({"kind": "redirect"}, AnswerClass.UNKNOWN, 0),
}


@pytest.mark.parametrize(("fault", "kind", "bought"), CLASSES.values(), ids=CLASSES.keys())
def test_an_answer_is_one_of_five_and_what_is_not_proved_is_unknown(
    simulator: LimioSimulator, fault: dict[str, Any], kind: AnswerClass, bought: int
) -> None:
    shop = Shop(simulator)
    wanted = shop.ready()
    shop.fault(**fault)

    assert shop.open().send(wanted, in_time()).kind is kind
    assert len(simulator.world.bought) == bought


INELIGIBLE = {
    "another partner's": (catalogue.SOVEREIGN.id, "Sovereign Cloud is not available to Quoteway Demo Partner"),
    "not sold in the country": (catalogue.MAILBOX_UK.id, "Hosted Mailbox UK is not available in US"),
    "not sold by partners": (catalogue.SHOP_ONLY.id, "Shop Starter is not sold through partners"),
}


@pytest.mark.parametrize(("offer", "words"), INELIGIBLE.values(), ids=INELIGIBLE.keys())
def test_who_may_not_buy_is_told_in_limios_own_words(simulator: LimioSimulator, offer: str, words: str) -> None:
    shop = Shop(simulator)
    answer = shop.open().send(shop.ready((offer, 1)), in_time())

    assert (answer.kind, answer.details) == (AnswerClass.REJECTED, (f"Order is not eligible: {words}",))


def test_a_bad_value_is_a_bad_gateway_and_so_its_outcome_is_unknown(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    wanted = shop.ready()
    simulator.world.reprice(catalogue.BACKUP.id)

    assert shop.open().send(wanted, in_time()).kind is AnswerClass.UNKNOWN
    assert simulator.world.bought == []


def test_an_order_is_queued_attributed_and_keeps_its_session_and_reference(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    wanted = shop.ready((catalogue.BACKUP.id, 5), (catalogue.FIREWALL.id, 1))
    shop.open().send(wanted, in_time())

    bought = simulator.world.bought[0]
    assert (bought.external_id, bought.checkout_id, bought.country) == (REFERENCE, wanted.basket, "US")
    assert bought.email == ADA.email
    assert bought.status(simulator.world.now) == "pending"
    assert dict(bought.contents) == {(catalogue.BACKUP.id, 5, None): 1, (catalogue.FIREWALL.id, 1, None): 1}


UNSENDABLE: dict[str, Callable[[PlaceOrder], Any]] = {
    "no session": lambda wanted: wanted.model_copy(update={"basket": ""}),
    "no lines": lambda wanted: wanted.model_copy(update={"lines": ()}),
    "another payload than composed": lambda wanted: wanted.model_copy(
        update={"payload": wanted.payload.model_copy(update={"body": wanted.payload.body.replace(":5", ":6")})}
    ),
    "a session opened for something else": lambda wanted: wanted.model_copy(
        update={
            "filled": wanted.filled
            and wanted.filled.model_copy(
                update={"payload": wanted.payload.model_copy(update={"hash": "of something else"})}
            )
        }
    ),
    "a company to approve": lambda wanted: ApproveCompany(company_id=wanted.company_id),
}


@pytest.mark.parametrize("change", UNSENDABLE.values(), ids=UNSENDABLE.keys())
def test_a_write_that_cannot_be_meant_is_not_sent(
    simulator: LimioSimulator, change: Callable[[PlaceOrder], Any]
) -> None:
    shop = Shop(simulator)
    answer = shop.open().send(change(shop.ready()), in_time())

    assert answer.kind is AnswerClass.NOT_SENT
    assert answer.details[0].startswith("Nothing was sent to Limio: ")
    assert shop.calls(SUBMIT) == 0


def test_a_session_that_was_lost_is_unknown_and_nobody_can_find_it(simulator: LimioSimulator) -> None:
    shop, wanted = Shop(simulator), Shop(simulator).ready()
    assert wanted.filled is not None
    shop.fault("reset", CHECKOUT, when="after")

    assert shop.open().send(wanted.filled, in_time()).kind is AnswerClass.UNKNOWN
    assert shop.open().find_basket(wanted.filled) is None
    assert simulator.world.bought == []


SESSIONS: dict[str, Change] = {
    "no id": lambda _: {},
    "of another order": lambda basket: basket | {"order": {"external_id": "QW-OTHER"}},
}


@pytest.mark.parametrize("change", SESSIONS.values(), ids=SESSIONS.keys())
def test_a_session_that_is_not_proved_to_be_ours_is_not_bought_from(simulator: LimioSimulator, change: Change) -> None:
    filled = Shop(simulator).ready().filled
    assert isinstance(filled, FillBasket)

    assert answered(simulator, CHECKOUT[1], change).open().send(filled, in_time()).kind is AnswerClass.UNKNOWN


def test_a_session_is_left_alone_because_no_call_throws_it_away(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    wanted = shop.ready()
    assert wanted.filled is not None
    before = sum(simulator.traffic.calls.values())
    drop = DropBasket(company_id=wanted.company_id, basket=wanted.basket, filled=wanted.filled)
    answer = shop.open().send(drop, in_time())

    assert (answer.kind, answer.ref) == (AnswerClass.NOT_SENT, None)
    assert sum(simulator.traffic.calls.values()) == before


def say(shop: Shop, match: tuple[str, str], body: Any) -> None:
    shop.fault("wrong_content", match, when="before", body=body)


def try_all(shop: Shop, wanted: PlaceOrder) -> str:
    """The answers of a session, a preview and a purchase."""
    assert wanted.filled is not None
    opened = shop.open()
    return f"{opened.send(wanted.filled, in_time())} {opened.rehearse(wanted)} {opened.send(wanted, in_time())}"


PERSONAL = f"Not for Adalina Lovelacia, {ADA.email}, +1 555 0147, 1 Canary Street, Denverton"
REPEATED: dict[str, Any] = {
    "in a message": {"message": PERSONAL, "success": False, "reasons": [{"message": PERSONAL}]},
    "as an id or a reference": {"id": "order-1", "external_id": PERSONAL, "order": {"external_id": PERSONAL}},
    "in a name": {"name": PERSONAL, "reference": PERSONAL, "status": PERSONAL},
}


@pytest.mark.parametrize("body", REPEATED.values(), ids=REPEATED.keys())
def test_nothing_personal_stays_of_an_order_not_even_where_limio_repeats_it(
    simulator: LimioSimulator, body: Any
) -> None:
    shop = Shop(simulator)
    wanted = shop.ready()
    for match in (CHECKOUT, PREVIEW, SUBMIT):
        say(shop, match, body)

    kept = f"{try_all(shop, wanted)} {shop.exchanges}"
    assert [one for one in ("Adalina", "Lovelacia", "ada@", "Canary", "Denverton", "555") if one in kept] == []
