"""Offers, prices and add-ons as one organisation sees them. None of it tells the keys of an offer's form data."""

from typing import Any

from pipeline.marketplaces.appxite.simulator import assumed, forms
from pipeline.marketplaces.appxite.simulator.catalogue import CATALOGUE_ID
from pipeline.marketplaces.appxite.simulator.offers import Kind, Offer
from pipeline.marketplaces.appxite.simulator.problems import invalid, missing
from pipeline.marketplaces.appxite.simulator.records import Organisation
from pipeline.marketplaces.appxite.simulator.requests import acting_for, body_of, paged
from pipeline.marketplaces.appxite.simulator.world import World
from pipeline.marketplaces.simulation.exchange import Call


def index(world: World, call: Call) -> tuple[int, Any]:
    acting_for(world, call)
    shown = [_offer(offer) for offer in world.offers.values()]
    return 200, paged(call, [assumed.catalogue(CATALOGUE_ID, "Everything", shown)], dict)


def show(world: World, call: Call, offer_id: str) -> tuple[int, Any]:
    return 200, _offer(_find(world, call, offer_id)[1])


def pricing_plan(world: World, call: Call, offer_id: str) -> tuple[int, Any]:
    """Whole, without paging."""
    buyer, offer = _find(world, call, offer_id)
    plans = world.prices.plans(offer, buyer.id)
    return 200, [assumed.plan(one.charge_period(offer.id), float(one.price), world.knobs.currency) for one in plans]


def calculate_price(world: World, call: Call, offer_id: str) -> tuple[int, Any]:
    buyer, offer = _find(world, call, offer_id)
    form = _form(world, call, buyer, offer)
    quantity, plan_id = form[offer.key(Kind.QUANTITY)], form[offer.key(Kind.CHARGE_PERIOD)]["offerRulePricingId"]
    unit = world.prices.of(offer, plan_id, buyer.id)
    return 200, assumed.price(float(unit), quantity, float(unit * quantity), world.knobs.currency)


def order_payload(world: World, call: Call, offer_id: str) -> tuple[int, Any]:
    """The form data back, as `POST /orders/` takes them, or what is wrong with them."""
    buyer, offer = _find(world, call, offer_id)
    return 200, assumed.payload(assumed.AskedItem("", offer.id, _form(world, call, buyer, offer)))


def add_ons(world: World, call: Call, offer_id: str) -> tuple[int, Any]:
    return 200, [assumed.add_on(one.id, one.name) for one in _find(world, call, offer_id)[1].add_ons]


def _form(world: World, call: Call, buyer: Organisation, offer: Offer) -> dict[str, Any]:
    form, plans = assumed.asked_form(body_of(call)), world.prices.plans(offer, buyer.id)
    strict = world.knobs.unknown_form_keys == "refused"
    if wrong := list(forms.faults(offer, plans, form, strict=strict)):
        raise invalid(wrong)
    return form or {}


def _find(world: World, call: Call, offer_id: str) -> tuple[Organisation, Offer]:
    buyer, offer = acting_for(world, call), world.offers.get(offer_id)
    if offer is None:
        raise missing("Offer", offer_id)
    return buyer, offer


def _offer(offer: Offer) -> dict[str, Any]:
    return assumed.offer(offer.id, offer.name, offer.vendor, manual=offer.manual)
