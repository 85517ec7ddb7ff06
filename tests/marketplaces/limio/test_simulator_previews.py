"""Previews at the simulated Limio: money in the words of a billing plug-in, and no word on anything else."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from pipeline.marketplaces.limio.simulator import LimioSimulator, catalogue
from tests.marketplaces.limio.requests import item, order


def preview(simulator: LimioSimulator, client: httpx.Client, **fields: Any) -> httpx.Response:
    wanted = {"orderItems": [item(simulator), item(simulator, catalogue.FIREWALL.id, 1)]} | fields
    return client.post("/partner/order/preview", json=wanted)


def test_zuoras_preview_holds_invoices_in_units_of_the_currency(
    simulator: LimioSimulator, client: httpx.Client
) -> None:
    simulator.knobs.tax_rate = 0.2
    told = preview(simulator, client).json()
    (invoice,) = told["previewResult"]["invoices"]

    assert (invoice["amountWithoutTax"], invoice["taxAmount"], invoice["amount"]) == (1235.0, 247.0, 1482.0)
    assert [one["amountWithoutTax"] for one in invoice["invoiceItems"]] == [35.0, 1200.0]


def test_stripes_preview_is_one_invoice_in_hundredths(simulator: LimioSimulator, client: httpx.Client) -> None:
    simulator.knobs.billing_plugin, simulator.knobs.tax_rate = "stripe", 0.2
    told = preview(simulator, client).json()

    assert (told["currency"], told["subtotal"], told["tax"], told["total"]) == ("usd", 123500, 24700, 148200)
    assert [one["amount"] for one in told["lines"]["data"]] == [3500, 120000]


def test_another_plug_ins_preview_holds_no_total_that_can_be_read(
    simulator: LimioSimulator, client: httpx.Client
) -> None:
    simulator.knobs.billing_plugin = "other"

    assert set(preview(simulator, client).json()) == {"summary", "schedule"}


def test_a_preview_makes_nothing(simulator: LimioSimulator, client: httpx.Client) -> None:
    content = order(simulator, client)
    simulator.world.writes.clear()
    answer = client.post("/partner/order/preview", json=content)

    assert answer.status_code == 200
    assert (simulator.world.orders, simulator.world.writes, list(simulator.world.outbox)) == ([], [], [])
    assert simulator.world.baskets[content["checkoutId"]].completed_at is None


def test_a_preview_needs_neither_checkout_nor_payment_nor_customer(
    simulator: LimioSimulator, client: httpx.Client
) -> None:
    assert client.post("/order/preview", json={"orderItems": [item(simulator)]}).status_code == 200


@pytest.mark.parametrize(
    "wanted",
    [
        {"orderItems": []},
        {"orderItems": [{"offer": {"id": "x", "version": "y"}}]},
        {"orderItems": [{"offer": {"id": catalogue.BACKUP.id, "version": catalogue.BACKUP.version}, "quantity": 0}]},
        {
            "orderItems": [
                {"offer": {"id": one.id, "version": one.version}} for one in (catalogue.BACKUP, catalogue.MAILBOX_UK)
            ]
        },
    ],
    ids=["nothing", "an unknown offer", "none of it", "two currencies"],
)
def test_what_cannot_be_calculated_is_a_502(
    wanted: dict[str, Any], simulator: LimioSimulator, client: httpx.Client
) -> None:
    assert preview(simulator, client, **wanted).status_code == 502


def test_a_preview_calculates_with_the_version_that_is_asked_for(
    simulator: LimioSimulator, client: httpx.Client
) -> None:
    old = item(simulator, quantity=1)
    simulator.world.reprice(catalogue.BACKUP.id, price=Decimal("9.00"))

    def total(one: dict[str, Any]) -> float:
        told = preview(simulator, client, orderItems=[one]).json()
        amount: float = told["previewResult"]["invoices"][0]["amount"]
        return amount

    assert (total(old), total(item(simulator, quantity=1))) == (7.0, 9.0)
