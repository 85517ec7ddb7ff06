"""The demo's offers, each there for one thing that an order can trip over. Ids are stable: `catalogue.BACKUP.id`."""

from decimal import Decimal

from pipeline.marketplaces.limio.simulator.offers import Offer, slow


def _id(number: int) -> str:
    return f"{number:040x}"


BACKUP = Offer(_id(0xA1), "Cloud Backup Standard Monthly", Decimal("7.00"))
"""Live within seconds."""
RETENTION = Offer(_id(0xA2), "Extended Retention", Decimal("2.50"), kind="add_on", needs=(BACKUP.id,))
"""Only beside the backup."""
FIREWALL = Offer(_id(0xA3), "Managed Firewall Annual", Decimal("1200.00"), interval="years", most=50, course=slow(3600))
"""Set up by people: its order is complete long before its subscription is active."""
MAILBOX_UK = Offer(_id(0xA4), "Hosted Mailbox UK", Decimal("4.00"), currency="GBP", countries=("GB", "IE"))
"""Listed and previewed for everybody, sold in two countries."""
SOVEREIGN = Offer(_id(0xA5), "Sovereign Cloud", Decimal("95.00"), partners=("another-partner",))
"""Another partner's alone: not listed, previewed all the same, refused when ordered."""
SHOP_ONLY = Offer(_id(0xA6), "Shop Starter", Decimal("1.00"), sales_channels=("shop",))

OFFERS = (BACKUP, RETENTION, FIREWALL, MAILBOX_UK, SOVEREIGN, SHOP_ONLY)
