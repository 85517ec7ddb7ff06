"""Two orders of one customer: what the second is about to write for the company was read before the first wrote it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import pytest

from pipeline.domain.company import Company, CompanyContact, CompanyStatus
from pipeline.domain.order import CompanyPolicy, Policy
from pipeline.testing import FakeMarketplace
from tests.integration.running import a_bench

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
