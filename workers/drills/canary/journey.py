"""The plants' way through the house: accepted, asked about, answered, filled in, put off, cancelled, refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from workers.drills.canary.mistakes import Refusals, mistakes, refusals, unreadable
from workers.drills.canary.plants import Mint
from workers.drills.canary.quotes import Planted
from workers.drills.canary.sending import World
from workers.drills.house import House, until
from workers.drills.quotes import Json, asking, ended


@dataclass(frozen=True, slots=True)
class Journey:
    """
    `orders` are those of the planted quotes as the API shows them at the end, with what was exchanged. `links` are the
    secret parts of the addresses by which a customer's contact has answered.
    """

    refused: Refusals
    orders: tuple[Json, ...]
    links: tuple[str, ...]


def travel(house: House, world: World, mint: Mint, planted: Planted, seconds: float = 60.0) -> Journey:
    """Sends all plants in, does what persons do, and waits until each planted order has ended."""
    _spoil(house)
    for quote in planted.all():
        world.accept(quote)
    said = list(unreadable(mint, world, planted.straight[0]))
    *told, (last, filled_in) = zip(planted.asking, planted.answers, strict=True)
    for quote, answers in told:
        _answer(world, _one(world, quote, asking, seconds), answers)
    link = _fill_in(world, mint, _one(world, last, asking, seconds), filled_in)
    dated = [_one(world, quote, lambda order: order["state"] == "scheduled", seconds) for quote in planted.dated]
    _put_off(world, mint, dated)
    said += mistakes(world, [plant.value for plant in mint.made], dated[0], planted.straight[0])
    whole = [_one(world, quote, ended, seconds) for quote in planted.all()]
    refused = refusals(iter(said))
    orders = tuple(world.get(f"/api/orders/{order['ref']}?exchanges=true") for order in whole)
    return Journey(refused, orders, (link,))


def _spoil(house: House) -> None:
    """Trouble at the marketplace, so that there is something to write into logs and journals."""
    faults = house.simulator.faults
    faults.add(kind=500, match=("GET", "/v1/companies*"), times=2)
    faults.add(kind="half_json", match=("GET", "/v1/products*"), times=1)
    faults.add(kind=500, match=("POST", "/v1/companies/*/contacts"), times=1)
    faults.add(kind="reset", match=("POST", "/v1/orders"), when="after", times=2)


def _one(world: World, quote: Json, wanted: Callable[[Json], bool], seconds: float) -> Json:
    """The quote's order, once it is as wanted."""

    def found() -> list[Json]:
        return [order for order in world.orders(quote) if wanted(order)]

    made: list[Json] = until(found, seconds, lambda: world.orders(quote))
    return made[0]


def _answer(world: World, order: Json, answers: dict[str, str]) -> None:
    given = _by_question(world, order, answers)
    world.act(order["ref"], "answers", answers={question: [value] for question, value in given.items()})


def _fill_in(world: World, mint: Mint, order: Json, answers: dict[str, str]) -> str:
    """As the customer's contact does, by a link; gives what is secret of its address."""
    email = mint.plant("address of a link", f"{mint.word()}@{mint.word()}.example")
    given = _by_question(world, order, answers)
    url = world.link(order["ref"], email=email, questions=list(given))
    world.fill(url, given)
    return url.rpartition("/")[2]


def _by_question(world: World, order: Json, answers: dict[str, str]) -> dict[str, str]:
    """Each answer goes to the question whose key names its field."""
    whole = world.get(f"/api/orders/{order['ref']}")
    return {
        question["id"]: value
        for question in whole["questions"]
        for field, value in answers.items()
        if field in question["key"]
    }


def _put_off(world: World, mint: Mint, dated: Iterable[Json]) -> None:
    first, *_ = orders = list(dated)
    reason = mint.plant("reason", f"the customer {mint.word()} asked")
    world.act(first["ref"], "reschedule", date="2031-02-03", reason=reason)
    for order in orders:
        reason = mint.plant("reason", f"the customer {mint.word()} withdrew")
        world.act(order["ref"], "cancel", reason=reason)
