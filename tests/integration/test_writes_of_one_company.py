"""Orders of one customer: what one is about to write for the company was read before another one wrote it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

import pytest
from sqlalchemy import update

from pipeline.domain.company import Company, CompanyContact, CompanyStatus
from pipeline.domain.order import CompanyPolicy, Policy
from pipeline.store.tables import ORDERS
from pipeline.testing import FakeByEmail, FakeMarketplace
from tests.integration.running import Bench, a_bench, nothing, purchases

T = TypeVar("T")


@dataclass
class Overtaken(FakeMarketplace):
    """Once its companies, or the contacts of one, have been read, `meanwhile` happens before the reader has them."""

    after: str = ""
    meanwhile: list[Callable[[], object]] = field(default_factory=list)

    def companies(self) -> Sequence[Company]:
        return self._read("companies", super().companies())

    def contacts(self, company_id: str) -> Sequence[CompanyContact]:
        return self._read("contacts", super().contacts(company_id))

    def _read(self, what: str, found: T) -> T:
        if what == self.after and self.meanwhile:
            self.meanwhile.pop()()
        return found


@pytest.mark.parametrize(
    ("after", "written"),
    [
        pytest.param("companies", "create_company", id="a company is made once"),
        pytest.param("contacts", "add_contact", id="a contact is added once"),
    ],
)
def test_what_another_order_wrote_since_it_was_read_is_not_written_again(
    after: str, written: str, database_url: str
) -> None:
    shop = Overtaken(after=after)
    shop.sells("backup")
    if after == "contacts":
        shop.knows("company", status=CompanyStatus.INACTIVE)
    with a_bench(database_url, Policy(create_companies=CompanyPolicy.ALWAYS), shop) as bench:
        slow, quick = bench.order(), bench.order()
        shop.meanwhile.append(lambda: bench.go(quick))

        bench.go(slow)
        bench.make_due(slow)
        bench.go(slow)

        assert [bench.row(order).state for order in (quick, slow)] == ["done", "done"]
        assert Counter(write.kind for write in shop.sent) == {written: 1, "place_order": 2}


def to_submit(bench: Bench, order: UUID) -> None:
    while bench.row(order).stage != "submit":
        bench.go(order, nothing)


def test_however_many_buy_for_a_new_customer_first_nobody_is_asked_about_the_last(database_url: str) -> None:
    shop = FakeByEmail(prices_at_rehearsal=False).sells("backup")
    with a_bench(database_url, Policy(create_companies=CompanyPolicy.ALWAYS), shop) as bench:
        *others, last = [bench.order() for _ in range(5)]
        for other in others:
            to_submit(bench, last)
            assert bench.go(other).state == "done"
            assert bench.go(last, nothing).stage == "fetch_catalogue"

        assert bench.go(last).state == "done"
        assert bench.outcomes(last).count(("submit", "went_back")) == 4
        assert purchases(shop) == 5


def test_what_has_become_too_old_while_it_stood_behind_others_is_no_loop(database_url: str) -> None:
    shop = FakeMarketplace().sells("backup")
    shop.knows("company")
    with a_bench(database_url, Policy(fresh=timedelta(0)), shop) as bench:
        order = bench.order()
        to_submit(bench, order)
        with bench.database.transaction() as connection:
            connection.execute(update(ORDERS).where(ORDERS.c.id == order).values(returns=2, polls=1))

        assert bench.go(order, nothing).stage == "fetch_catalogue"
