"""Times, and subscriptions by name and by customer."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from pipeline.domain.catalogue import Verdict
from pipeline.domain.errors import NotFound
from pipeline.marketplaces.limio.assumed import instant
from pipeline.marketplaces.limio.simulator import LimioSimulator, catalogue, customers
from tests.marketplaces.limio.buying import Shop

BACKUP, RETENTION = catalogue.BACKUP.id, catalogue.RETENTION.id
INSTANTS = {
    "2026-01-15T09:00:00.000Z": datetime(2026, 1, 15, 9, tzinfo=UTC),
    "2026-01-15T10:00:00+01:00": datetime(2026, 1, 15, 9, tzinfo=UTC),
    "2026-01-15T09:00:00": None,
    "2026-01-15": None,
    "yesterday": None,
    None: None,
}


@pytest.mark.parametrize(("text", "moment"), INSTANTS.items())
def test_a_time_without_its_zone_is_none(text: str | None, moment: datetime | None) -> None:
    assert instant(text) == moment


def test_a_line_is_read_by_its_own_name_too_and_a_subscription_by_limios(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    ref = shop.buy((BACKUP, 5), (RETENTION, 2))
    simulator.clock.advance(60)
    made = simulator.world.bought[0].subscription
    assert made is not None

    assert shop.open().subscription(f"{ref}/2").product_id == RETENTION
    assert shop.open().subscription(made.id).quantity == Decimal(5)
    with pytest.raises(NotFound):
        shop.open().subscription(f"{ref}/3")


def test_a_customers_subscriptions_come_one_for_each_item(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    shop.buy((BACKUP, 5), (RETENTION, 2))
    simulator.clock.advance(60)

    found = shop.open().subscriptions(customers.CONTOSO.id)
    assert [(one.product_id, one.verdict) for one in found] == [(BACKUP, Verdict.LIVE), (RETENTION, Verdict.LIVE)]
    assert [one.product_id for one in shop.open().subscriptions(customers.CONTOSO.id, RETENTION)] == [RETENTION]
    assert len(shop.open().subscriptions(customers.WINGTIP_TWO_PARENTS.id)) == 2
