"""The offers on sale in the simulated AppXite, each there for one thing that an order can trip over. Ids are stable."""

from decimal import Decimal

from pipeline.marketplaces.appxite.simulator.offers import (
    CHARGE_PERIOD,
    QUANTITY,
    AddOn,
    FormKey,
    Kind,
    Offer,
    Plan,
    stable_id,
)


def _plan(number: int, price: str, frequency: str = "Monthly", months: int = 1) -> Plan:
    return Plan(stable_id(2, number), Decimal(price), frequency, months)


DUBLIN, VIRGINIA = stable_id(3, 1), stable_id(3, 2)
STANDARD_TIER, PLUS_TIER = stable_id(3, 11), stable_id(3, 12)
RETENTION = AddOn(stable_id(4, 1), "Long Retention")

DEFENDER = Offer(
    stable_id(1, 1),
    "Mail Defence",
    "Bulwark",
    (_plan(1, "2.40"), _plan(2, "25.92", "Annual", 12)),
    limits=(1, 500),
)
"""Nothing but a quantity and a price; more than 500 can be ordered and is not provisioned."""
EXCHANGE = Offer(
    stable_id(1, 2),
    "Exchange Online (Plan 1)",
    "Microsoft",
    (_plan(3, "4.00"), _plan(4, "43.20", "Annual", 12)),
    keys=(
        FormKey("quantityBox2", Kind.QUANTITY),
        CHARGE_PERIOD,
        FormKey("commitmentPeriodBox1", Kind.CHOICE, {"P1M": "1 month", "P1Y": "1 year"}),
    ),
    microsoft=True,
)
"""For customers with a tenant and the agreement accepted; its quantity is behind another key."""
VIRTUAL_SERVER = Offer(
    stable_id(1, 3),
    "Virtual Server",
    "Keepsafe",
    (_plan(5, "38.00"),),
    keys=(
        QUANTITY,
        CHARGE_PERIOD,
        FormKey("locationBox1", Kind.CHOICE, {DUBLIN: "Dublin", VIRGINIA: "Virginia"}),
        FormKey("licenceTierBox1", Kind.CHOICE, {STANDARD_TIER: "Standard", PLUS_TIER: "Plus"}),
        FormKey("hostName", Kind.TEXT, required=False),
    ),
    add_ons=(RETENTION,),
)
"""Asks for the id of a location, never its name, and has an add-on."""
MANAGED_VOICE = Offer(
    stable_id(1, 4),
    "Managed Voice",
    "Parley",
    (_plan(6, "15.00"),),
    manual=True,
)
"""Without automation: somebody has to approve it in the portal."""
CLOUD_DIRECTORY = Offer(
    stable_id(1, 5),
    "Cloud Directory",
    "Microsoft",
    (_plan(7, "6.00"),),
    keys=(QUANTITY, CHARGE_PERIOD, FormKey("tenantDomain", Kind.DOMAIN)),
)
"""Asks for a Microsoft domain that nobody has yet; carts don't check it unless a knob says so."""

OFFERS = (DEFENDER, EXCHANGE, VIRTUAL_SERVER, MANAGED_VOICE, CLOUD_DIRECTORY)
CATALOGUE_ID = stable_id(5, 1)
