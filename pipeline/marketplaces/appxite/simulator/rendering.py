"""Orders as they read: with the words, the lags and the gaps that the knobs ask for."""

from typing import Any

from pipeline.marketplaces.appxite.simulator import assumed, statuses
from pipeline.marketplaces.appxite.simulator.offers import FINISHED
from pipeline.marketplaces.appxite.simulator.records import Item, Order
from pipeline.marketplaces.appxite.simulator.world import World


def order(world: World, record: Order, *, lagging: bool = False) -> dict[str, Any]:
    """`lagging`: as it was before it was placed."""
    knobs = world.knobs
    words = [None if lagging else item.status(world.now) for item in record.items]
    status = statuses.of_order(words, knobs.mixed_status)
    items = [_item(world, item, word) for item, word in zip(record.items, words, strict=True)]
    content = assumed.order(record.id, _told(world, status) if knobs.status_on != "items" else None, items)
    if status == assumed.PENDING_APPROVAL:
        content |= assumed.approval_links(record.id)
    if knobs.unknown_fields:
        content |= {"PortalUrl": knobs.portal, "Tags": []}
    return content


def _item(world: World, item: Item, word: str | None) -> dict[str, Any]:
    knobs = world.knobs
    operations = statuses.CART_OPERATIONS if word is None else ()
    told = _told(world, word) if knobs.status_on != "order" else None
    subscription_id = item.subscription_id if knobs.tells_subscription_id and word == FINISHED else None
    return assumed.item(item.asked, told, operations, subscription_id)


def _told(world: World, word: str | None) -> str | None:
    return None if word is None else world.knobs.status_reads_as.get(word, word)
