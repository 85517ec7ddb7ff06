"""Templates for what the simulated AppXite sells, as an administrator writes them down from the portal's own calls."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pipeline.marketplaces.appxite.simulator.catalogue import OFFERS, VIRTUAL_SERVER
from pipeline.marketplaces.appxite.simulator.offers import FormKey, Kind, Offer, Plan

_COMMITTED = "commitmentPeriodBox1"
_MONTHS = {"P1M": 1, "P1Y": 12}
_LABELS = {
    "locationBox1": "Data centre",
    "licenceTierBox1": "Licence tier",
    "hostName": "Host name",
    "tenantDomain": "Microsoft domain",
}


def templates(offers: Iterable[Offer] = OFFERS) -> dict[str, dict[str, Any]]:
    """Contents by file name: one for each offer, plan and commitment."""
    return {
        _file(offer, plan, months): _template(offer, plan, months)
        for offer in offers
        for plan in offer.plans
        for months in _commitments(offer, plan)
    }


def write_templates(folder: Path, offers: Iterable[Offer] = OFFERS) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in templates(offers).items():
        (folder / name).write_text(json.dumps(content, indent=2), encoding="utf-8")


def _commitments(offer: Offer, plan: Plan) -> list[int | None]:
    """No shorter than the plan is billed for."""
    choices = next((key.choices for key in offer.keys if key.key == _COMMITTED), {})
    fitting: list[int | None] = [_MONTHS[one] for one in choices if _MONTHS[one] >= plan.months]
    return fitting or [None]


def _file(offer: Offer, plan: Plan, months: int | None) -> str:
    name = "-".join(offer.name.lower().replace("(", "").replace(")", "").split())
    committed = f"-{months}-months" if months else ""
    return f"{name}-{plan.frequency.lower()}{committed}.json"


def _template(offer: Offer, plan: Plan, months: int | None) -> dict[str, Any]:
    content: dict[str, Any] = {
        "offer": offer.id,
        "name": offer.name,
        "sku": f"{offer.vendor}-{offer.name.split()[0]}".upper(),
        "billing_term": plan.frequency,
        "form": {one.key: _marker(offer, plan, one, months) for one in offer.keys},
        "slots": {one.key: _slot(one) for one in offer.keys if _is_slot(one)},
    }
    if months is not None:
        content["commitment_months"] = months
    if offer.id == VIRTUAL_SERVER.id:
        content["slots"]["licenceTierBox1"]["default"] = "Standard"
    return content


def _is_slot(one: FormKey) -> bool:
    return one.kind in (Kind.TEXT, Kind.DOMAIN) or (one.kind is Kind.CHOICE and one.key != _COMMITTED)


def _marker(offer: Offer, plan: Plan, one: FormKey, months: int | None) -> Any:
    if one.kind is Kind.QUANTITY:
        return "{quantity}"
    if one.kind is Kind.CHARGE_PERIOD:
        return plan.charge_period(offer.id)
    if one.key == _COMMITTED:
        return next(word for word, length in _MONTHS.items() if length == months)
    return f"{{{one.key}}}"


def _slot(one: FormKey) -> dict[str, Any]:
    slot: dict[str, Any] = {"label": _LABELS.get(one.key, one.key), "required": one.required}
    if one.kind is Kind.DOMAIN:
        slot["check"] = "microsoft_domain"
    if one.choices:
        slot["values"] = {name: sent for sent, name in one.choices.items()}
    return slot
