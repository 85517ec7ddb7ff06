"""Every way in which the simulated FlexPortal can be made to differ from its best behaviour, apart from faults."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Literal

from pipeline.marketplaces.simulation.knobs import CommonKnobs

DEMO_API_KEY = "only-for-the-simulator"
DEMO_TENANT = "quoteway-demo"


@dataclass(slots=True)
class Knobs(CommonKnobs):
    """Beside those that every simulator has. `token_lifetime` counts for nothing: a key has no end."""

    api_key: str = DEMO_API_KEY
    tenant_id: str = DEMO_TENANT
    region: Literal["eu", "us", "qatar"] = "eu"
    wrong_region: Literal["NO_TENANT_ACCESS", "NOT_FOUND"] = "NO_TENANT_ACCESS"
    """What a host of another region says of a tenant that it does not have."""
    permissions: Collection[str] | None = None
    """Those that the key has, as `assumed.permission` names them; None for all."""

    calls_per_minute: int | None = 100
    """Of the plan Starter. None is Growth's."""

    natural_key_window: timedelta = timedelta(seconds=60)
    """For so long an equal order is answered with the one that there is. Nobody says how long that is."""
    duplicate_status: int = 201
    emails_fold_case: bool = True
    country_codes: Literal["refused", "kept"] = "refused"
    """`DE` where a country's name is asked for."""
    filterable_fields: Collection[str] = ("externalOrderId",)
    """The custom fields that the tenant has configured for `customField_<name>=`."""
    unknown_filter: Literal["ignored", "refused"] = "ignored"
    """What becomes of the same filter with a field that is not configured; ignored, it finds everything."""

    confirmation_required: bool = True
    """False: subscriptions are made for pending orders as well."""
    extensions_fulfil_themselves: bool = True
    """An extension that is confirmed lengthens the subscriptions of its order; False leaves that to a person."""
    warehouse_restocks: bool = True
    """Whether the warehouse gets new devices when it fulfils an order and has too few."""

    pricing: Literal["list", "map"] = "list"
    """`[{"contractLength": 24, ...}]`, or `{"24": ...}` as the prose has it."""
    variant_sku_name: Literal["variantSku", "sku"] = "variantSku"
    subscription_names: Literal["schema", "example"] = "schema"
    """`assetSerialNumber` and `customerId`, or `serialNumber` and `orderItemIndex`."""
    paging: Literal["cursor", "pages"] = "cursor"
    """`pages` for the older revision: `data` and `pagination`, and neither `hasMore` nor `nextCursor` beside them."""

    order_list_lag: timedelta = timedelta()
    order_read_lag: timedelta = timedelta()
    customer_list_lag: timedelta = timedelta()
    rental_list_lag: timedelta = timedelta()
    asset_list_lag: timedelta = timedelta()
    """The list of assets shows each as it was so long ago."""

    currency: str = "EUR"
    tax_rate: Decimal = Decimal("0.19")
    stranger_probability: float = 0.0
    """Chance that somebody orders the same for the customer in the dashboard at the moment of a real order."""
