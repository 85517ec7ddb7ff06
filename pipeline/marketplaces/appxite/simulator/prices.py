"""Plans on sale, and what becomes of them when somebody changes a price."""

from decimal import Decimal

from pipeline.marketplaces.appxite.simulator.offers import Offer, Plan

CENT = Decimal("0.01")


class Prices:
    """The plans of each offer, for everybody or for one organisation. Plans of old prices are not on sale any more."""

    def __init__(self) -> None:
        self._changed: dict[tuple[str, str | None], tuple[Plan, ...]] = {}
        self._ever: dict[str, Plan] = {}

    def plans(self, offer: Offer, organisation_id: str | None = None) -> tuple[Plan, ...]:
        general = self._changed.get((offer.id, None), offer.plans)
        return self._changed.get((offer.id, organisation_id), general)

    def change(self, offer: Offer, organisation_id: str | None, plans: tuple[Plan, ...]) -> None:
        self._changed[offer.id, organisation_id] = plans
        self._ever.update({plan.id: plan for plan in plans})

    def of(self, offer: Offer, plan_id: str, organisation_id: str) -> Decimal:
        """Of one unit by that plan, also where it is not on sale any more; 0 where there never was such a plan."""
        plans = {plan.id: plan for plan in (*offer.plans, *self._ever.values(), *self.plans(offer, organisation_id))}
        return plans[plan_id].price if plan_id in plans else Decimal()
