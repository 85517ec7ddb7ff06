"""Every way in which the simulated AppXite can be made to differ from its best behaviour, apart from faults."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from pipeline.marketplaces.appxite.simulator.assumed import APPROVE_ORDER, MIXED, REJECT_ORDER
from pipeline.marketplaces.simulation.knobs import CommonKnobs

DEMO_CLIENT_ID = "quoteway-demo"
DEMO_CLIENT_SECRET = "only-for-the-simulator"  # noqa: S105 - opens nothing but the simulator
DEMO_SUBSCRIPTION_KEY = "0123456789abcdef0123456789abcdef"
DEMO_PORTAL = "https://portal.appxite.simulator"


@dataclass(slots=True)
class Knobs(CommonKnobs):
    """Beside those that every simulator has. Where the contract leaves something open, the worst is the default."""

    client_id: str = DEMO_CLIENT_ID
    client_secret: str = DEMO_CLIENT_SECRET
    subscription_key: str = DEMO_SUBSCRIPTION_KEY
    portal: str = DEMO_PORTAL
    portal_header: str = "referer"
    """`x-referer` in older documents."""
    bearer_needed: bool = True
    """Whether a token is asked for: one of the two sources leaves it out."""
    denied: list[str] = field(default_factory=lambda: [APPROVE_ORDER, REJECT_ORDER])
    """Labels of the routes for which the client has no permission, answered 403."""
    envelope: Literal["error", "error_text", "gateway", "text"] = "error"
    """How the application (not the gateway before it) says what is wrong."""

    repeated_item_id: Literal["accepted", "refused"] = "accepted"
    """Whether an OrderItemId that was used before makes another cart."""
    place_again: Literal["buys_again", "refused", "ignored"] = "buys_again"
    """What `place_order` does to an item that was placed: another purchase, 409, or 200 and nothing."""
    placing_for_another: Literal["buys_for_header", "buys_for_cart", "refused"] = "buys_for_header"
    """Whose purchase it is when X-On-Behalf-Of isn't the organisation that the cart was made for."""
    reads_across_organisations: bool = False
    """Whether an order can be read on behalf of somebody else."""
    placed_form: Literal["compared", "trusted"] = "compared"
    """Form data at `place_order` that isn't the cart's is refused, or becomes what is bought."""
    unknown_form_keys: Literal["refused", "ignored"] = "refused"
    cart_answers: int = 201
    carts_check_domains: bool = False
    """Whether a cart with a taken Microsoft domain is answered as its own check would be, with 500."""

    status_on: Literal["both", "order", "items"] = "both"
    status_reads_as: dict[str, str] = field(default_factory=dict)
    """Other words for statuses, as `{"provision_finished": "Provisioning Finished"}`."""
    mixed_status: str = MIXED
    """An order of which some items were provisioned and others failed."""
    tells_subscription_id: bool = False
    """Whether a provisioned item names its subscription."""

    cart_read_lag: timedelta = timedelta()
    """A new cart can't be read for so long."""
    order_read_lag: timedelta = timedelta()
    """A placed order reads as a cart for so long."""
    order_list_lag: timedelta = timedelta()
    list_shows_carts: bool = False
    subscription_list_lag: timedelta = timedelta()

    currency: str = "USD"
    hooks: list[str] = field(default_factory=lambda: ["distributor", "seller"])
    """Levels at which notifications are set up; each sends its own."""
    hooks_share_audit_id: bool = False
    hook_authorization: str | None = None
    stranger_probability: float = 0.0
    """Chance that somebody else makes an equal order at the moment of a real one."""
