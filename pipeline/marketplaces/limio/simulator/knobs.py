"""Every way in which the simulated Limio can be made to differ from its best behaviour, apart from faults."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from pipeline.marketplaces.simulation.knobs import CommonKnobs

DEMO_CLIENT_ID = "quoteway-demo"
DEMO_CLIENT_SECRET = "only-for-the-simulator"  # noqa: S105 - opens nothing but the simulator
PARTNER_SCOPE = "partner"
ANSWER_FIELDS = ("id", "order_reference", "status", "external_id", "subscriptionReference", "owner")


@dataclass(slots=True)
class Knobs(CommonKnobs):
    """Beside those that every simulator has. Lists where the control plane sets them, tuples here."""

    client_id: str = DEMO_CLIENT_ID
    client_secret: str = DEMO_CLIENT_SECRET
    client_in: Literal["body", "header", "either"] = "either"
    """Where a token is asked for with the client's name and secret; older pages have them in a Basic header."""
    scopes: tuple[str, ...] = (PARTNER_SCOPE,)
    """Of the client. Without `partner` none of the partner's endpoints open."""
    scope_must_be_asked: bool = False
    """A token that was asked for without `scope` has none, instead of all of the client's."""

    answer_fields: tuple[str, ...] = ANSWER_FIELDS
    """Of an accepted order's answer, each of which is optional."""
    subscription_made: Literal["with_order", "by_billing"] = "with_order"
    """Whether the subscription stands there as `initial` at once, or only when billing has made it."""

    bad_payload: Literal["split", "400", "502"] = "split"
    """How a bad order is refused: what lacks by 400 and what billing can't use by 502, or all of it by one of them."""
    bad_gateway_says_why: bool = False
    """Otherwise a 502 for a bad order and one that passes by itself read the same."""
    stale_version: Literal["refused", "old_price"] = "refused"
    repeated_basket: Literal["buys_again", "refused", "same_order"] = "buys_again"
    """What becomes of a second order from one checkout."""
    checkout_must_exist: bool = True

    billing_plugin: Literal["zuora", "stripe", "other"] = "zuora"
    """Decides how a preview reads; nobody can read a total from that of `other`."""
    tax_rate: float = 0.0

    queued_for: float = 1.0
    """Seconds of the clock before a queued order's first plug-in begins."""
    synchronous_takes: float = 0.0
    """Real seconds that an order with `process_immediately` keeps its answer."""
    synchronous_failure: Literal["told", "bad_gateway"] = "told"
    """What such an order answers where a critical plug-in failed: its status, or a 502 although it is there."""

    order_list_lag: timedelta = timedelta()
    order_read_lag: timedelta = timedelta()
    subscription_read_lag: timedelta = timedelta()
    basket_lag: timedelta = timedelta()
    """How long a basket still reads as not completed after an order was made from it."""
    newest_first: bool = True
    list_shows_external_id: bool = False
    """Rows of lists are summaries, without it."""
    reads_by_reference: bool = False
    """Whether a single object is found by its `reference` as well as by its id."""
    query_more_lifetime: timedelta = timedelta(minutes=5)
    largest_answer: int = 6_000_000
    """Bytes; a page of the catalogue above it is a 502."""

    webhooks: bool = True
    webhook_user: str = "limio"
    webhook_password: str = "only-for-the-simulator"  # noqa: S105 - opens nothing but the simulator
    webhook_times: int = 1

    stranger_probability: float = 0.0
    """Chance that somebody else makes an equal order at the moment of a real one."""
    order_words: dict[str, str] = field(default_factory=dict)
    """Other words for an order's status, by those of `assumed`."""
