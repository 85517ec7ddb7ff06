"""The products on sale in the simulated Pax8, each there for one thing that an order can trip over.

Ids are stable, so that a demo's quotes and tests can name them: `catalogue.M365_E3.id`.
"""

import json
from decimal import Decimal

from pipeline.marketplaces.pax8.simulator.products import (
    MANUAL,
    PENDING_ACTIVATION,
    TRIAL,
    WAITING_FOR_DETAILS,
    Commitment,
    Constraint,
    PriceRow,
    Product,
    ProvisionField,
    Rate,
)


def _id(kind: str, number: int) -> str:
    return f"{kind}0000000-0000-4000-8000-{number:012d}"


def _flat(term: str, cost: str, retail: str, commitment: str | None = None) -> PriceRow:
    return PriceRow(term, (Rate(Decimal(cost), Decimal(retail)),), commitment=commitment)


HAS_NO_TENANT = "No, a Microsoft tenant has to be created for the customer, please"
HAS_A_TENANT = "Yes, the customer has a tenant, and an administrator can sign in to it"
TENANT_FIELDS = (
    ProvisionField(
        "msCustExists",
        "Is there a Microsoft tenant for this customer?",
        "Single-Value",
        possible_values=(HAS_NO_TENANT, HAS_A_TENANT),
    ),
    ProvisionField(
        "msDomain",
        "Prefix of the new .onmicrosoft.com domain",
        description="Only when a tenant has to be created. Leave out the ending: for example.onmicrosoft.com, example",
        needed_when=("msCustExists", HAS_NO_TENANT),
        pattern="[A-Za-z0-9-]{1,27}",
    ),
    ProvisionField(
        "msTenantId",
        "Id of the tenant that there is",
        description="Only when the customer has a tenant",
        needed_when=("msCustExists", HAS_A_TENANT),
    ),
    ProvisionField("mca2020FirstName", "Who accepted the Microsoft Customer Agreement: first name"),
    ProvisionField("mca2020LastName", "Who accepted the Microsoft Customer Agreement: last name"),
    ProvisionField("mca2020Email", "Who accepted the Microsoft Customer Agreement: e-mail address"),
    ProvisionField(
        "mca2020EffectiveDate",
        "Date of acceptance",
        description="(YYYY-MM-DD)",
        pattern=r"\d{4}-\d{2}-\d{2}",
    ),
)

E3_ONE_YEAR = Commitment(_id("c", 1), "1-Year")
E3_THREE_YEARS = Commitment(_id("c", 2), "3-Year")
PREMIUM_MONTHLY = Commitment(_id("c", 3), "Monthly", allows_decrease=True)
PREMIUM_ONE_YEAR = Commitment(_id("c", 4), "1-Year")

BACKUP = Product(
    _id("a", 1),
    "Cloud Backup Standard",
    "Keepsafe",
    (_flat("Monthly", "4.50", "7.00"), _flat("Annual", "48.60", "75.60")),
    sku="KPS-BAK-STD",
    summary="Backup of a workstation: nothing to ask, live at once.",
)
M365_E3 = Product(
    _id("a", 2),
    "Microsoft 365 E3",
    "Microsoft",
    (
        _flat("Monthly", "32.40", "36.00", "1-Year"),
        _flat("Monthly", "30.60", "34.00", "3-Year"),
        _flat("Annual", "388.80", "432.00", "1-Year"),
        _flat("Annual", "367.20", "408.00", "3-Year"),
        _flat("3-Year", "1101.60", "1224.00", "3-Year"),
    ),
    sku="MST-M365-E3",
    vendor_sku=json.dumps({"productId": "CFQ7TTC0LFLX", "skuId": 1, "segment": "Commercial"}),
    summary="Office, Windows and security for large organisations.",
    requires_commitment=True,
    commitments=(E3_ONE_YEAR, E3_THREE_YEARS),
    fields=TENANT_FIELDS,
)
M365_BUSINESS_PREMIUM = Product(
    _id("a", 3),
    "Microsoft 365 Business Premium",
    "Microsoft",
    (_flat("Monthly", "23.76", "26.40", "Monthly"), _flat("Monthly", "19.80", "22.00", "1-Year")),
    sku="MST-M365-BP",
    vendor_sku="CFQ7TTC0LCHC:0002",
    summary="Office, devices and security for up to 300 people.",
    requires_commitment=True,
    commitments=(PREMIUM_MONTHLY, PREMIUM_ONE_YEAR),
    fields=TENANT_FIELDS,
)
_BASE_PLAN = Constraint("Requires a base plan", (M365_E3.id, M365_BUSINESS_PREMIUM.id))
TEAMS_PHONE = Product(
    _id("a", 4),
    "Microsoft Teams Phone",
    "Microsoft",
    (_flat("Monthly", "7.20", "8.00"), _flat("Annual", "86.40", "96.00")),
    sku="MST-TMS-PHN",
    vendor_sku="CFQ7TTC0LH0T:0001",
    summary="An add-on to either of two base plans.",
    constraints=(_BASE_PLAN,),
)
COMPLIANCE = Product(
    _id("a", 5),
    "Compliance Archive",
    "Keepsafe",
    (_flat("Monthly", "2.70", "4.20"),),
    sku="KPS-CMP-ARC",
    summary="An add-on with two constraints: a base plan, and the backup.",
    constraints=(_BASE_PLAN, Constraint("Requires the backup", (BACKUP.id,))),
)
ENDPOINT_VOLUME = Product(
    _id("a", 6),
    "Endpoint Protection",
    "Bulwark",
    (
        PriceRow(
            "Monthly",
            (
                Rate(Decimal("3.00"), Decimal("5.00"), end=24, bounds="unset"),
                Rate(Decimal("2.50"), Decimal("4.50"), 25, 99),
                Rate(Decimal("2.00"), Decimal("4.00"), 100, None, bounds="null"),
            ),
            "Volume",
        ),
    ),
    sku="BWK-EP",
    summary="Priced by volume: all units at the band of the whole quantity.",
)
STORAGE_TIERED = Product(
    _id("a", 7),
    "Cloud Storage",
    "Keepsafe",
    (
        PriceRow(
            "Monthly",
            (
                Rate(Decimal("0.10"), Decimal("0.16"), 1, 100),
                Rate(Decimal("0.08"), Decimal("0.13"), 101, 1000),
                Rate(Decimal("0.05"), Decimal("0.09"), 1001, None, bounds="null"),
            ),
            "Tiered",
            unit="GB",
        ),
    ),
    sku="KPS-STO",
    summary="Priced in tiers: band after band.",
)
AZURE_MARK_UP = Product(
    _id("a", 8),
    "Azure Plan",
    "Microsoft",
    (PriceRow("Monthly", (Rate(Decimal("1.00"), Decimal("1.15"), 1, 1),), "Mark-Up"),),
    sku="MST-AZR",
    summary="Usage with a mark-up: quantity 1 only.",
)
SITE_LICENCE = Product(
    _id("a", 9),
    "Network Monitoring Site Licence",
    "Lookout",
    (
        PriceRow(
            "Annual",
            (
                Rate(Decimal("900.00"), Decimal("1200.00"), 1, 50, "Flat Rate"),
                Rate(Decimal("1500.00"), Decimal("2000.00"), 51, 250, "Flat Rate"),
            ),
            unit="Site",
        ),
    ),
    sku="LKT-SITE",
    summary="A flat rate for a range of quantities, up to 250.",
)
FIREWALL_MANUAL = Product(
    _id("a", 10),
    "Managed Firewall",
    "Bulwark",
    (_flat("Monthly", "80.00", "120.00"),),
    sku="BWK-FW",
    summary="Set up by a person at the vendor.",
    fields=(
        ProvisionField("siteAddress", "Address of the site"),
        ProvisionField(
            "services",
            "Services to switch on",
            "Multi-Value",
            possible_values=("Web filter, categories only", "Web filter, full inspection", "VPN"),
        ),
        ProvisionField("cutOverDate", "Cut-over", description="(YYYY-MM-DD)", required=False),
    ),
    walk=MANUAL,
)
SECURITY_TRIAL = Product(
    _id("a", 11),
    "Mail Security Trial",
    "Bulwark",
    (_flat("Trial", "0.00", "0.00"),),
    sku="BWK-MS-T",
    summary="Thirty days for nothing.",
    walk=TRIAL,
)
ONBOARDING = Product(
    _id("a", 12),
    "Migration Onboarding",
    "Lookout",
    (_flat("One-Time", "250.00", "400.00"),),
    sku="LKT-ONB",
    summary="Paid for once.",
)
HANDSET_ACTIVATION = Product(
    _id("a", 13),
    "Voice Line",
    "Parley",
    (_flat("Activation", "12.00", "18.00"), _flat("Monthly", "12.00", "18.00")),
    sku="PRL-VL",
    summary="Waits for its activation; billing begins then.",
    walk=PENDING_ACTIVATION,
)
DOMAIN_WAITING = Product(
    _id("a", 14),
    "Domain Registration",
    "Parley",
    (_flat("Annual", "9.00", "14.00"),),
    sku="PRL-DOM",
    summary="Accepted without its details, which are missed afterwards.",
    fields=(ProvisionField("domainName", "Domain to register", required=False),),
    walk=WAITING_FOR_DETAILS,
)

PRODUCTS = (
    BACKUP,
    M365_E3,
    M365_BUSINESS_PREMIUM,
    TEAMS_PHONE,
    COMPLIANCE,
    ENDPOINT_VOLUME,
    STORAGE_TIERED,
    AZURE_MARK_UP,
    SITE_LICENCE,
    FIREWALL_MANUAL,
    SECURITY_TRIAL,
    ONBOARDING,
    HANDSET_ACTIVATION,
    DOMAIN_WAITING,
)
