"""What AppXite checks in form data. Which keys there are, and what they take, it doesn't publish anywhere."""

from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.marketplaces.appxite.simulator.offers import FormKey, Kind, Offer, Plan

Fault = tuple[str, str]


def faults(offer: Offer, plans: Sequence[Plan], form: dict[str, Any] | None, *, strict: bool) -> Iterator[Fault]:
    """(what is wrong, in which key). `strict` refuses keys that the offer has not."""
    if form is None:
        yield "FormData is required", "FormData"
        return
    keys = {one.key: one for one in offer.keys}
    for one in offer.keys:
        if one.key not in form:
            if one.required:
                yield f"{one.key} is required", one.key
        elif wrong := _wrong(offer, plans, one, form[one.key]):
            yield f"{one.key} {wrong}", one.key
    if strict:
        for unknown in form.keys() - keys.keys():
            yield f"{unknown} is not a key of this offer", unknown


def _wrong(offer: Offer, plans: Sequence[Plan], key: FormKey, given: Any) -> str | None:
    match key.kind:
        case Kind.QUANTITY if isinstance(given, bool) or not isinstance(given, int) or given < 1:
            return "must be a whole number above 0"
        case Kind.CHOICE if given not in key.choices:
            return "must be one of the ids on offer"
        case Kind.TEXT | Kind.DOMAIN if not isinstance(given, str) or not given.strip():
            return "must be a text"
        case Kind.CHARGE_PERIOD:
            return _wrong_period(offer, plans, given)
        case _:
            return None


def _wrong_period(offer: Offer, plans: Sequence[Plan], given: Any) -> str | None:
    if not isinstance(given, dict):
        return "must be an object"
    if given.get("offerId") != offer.id:
        return "is of another offer"
    plan = next((one for one in plans if one.id == given.get("offerRulePricingId")), None)
    if plan is None:
        return "names a price that is not on sale (any more)"
    different = [name for name, value in plan.charge_period(offer.id).items() if given.get(name) != value]
    return f"does not fit its price: {', '.join(different)}" if different else None
