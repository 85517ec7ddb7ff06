"""What is asked of the claims of one customer reads none of the others', however many there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text

from pipeline.domain.stage import Stage
from pipeline.store import claims
from pipeline.testing import FakeMarketplace
from tests.integration.running import Bench, a_bench, everything

_MANY = """
INSERT INTO claims (id, order_id, account, key, kind, write, closing, closed_at)
SELECT gen_random_uuid(), order_id, account, 'company-' || n, kind, write, closing, closed_at
FROM claims, generate_series(1, 5000) n WHERE kind = 'place_order'
"""
_READ = "SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'claims'"


@pytest.fixture
def bench(database_url: str) -> Iterator[Bench]:
    shop = FakeMarketplace().sells("backup")
    shop.knows("company")
    with a_bench(database_url, marketplace=shop) as one:
        one.runner.run(one.order(), Stage.RESOLVE_COMPANY, everything)
        with one.database.transaction() as connection:
            assert connection.execute(text(_MANY)).rowcount == 5000
            connection.execute(text("ANALYZE claims"))
        yield one


LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ASKED: dict[str, Callable[[Connection], Any]] = {
    "whether a person closed one lately": lambda connection: claims.closed_by_a_person(
        connection, "pax8", "company-7", timedelta(days=1)
    ),
    "whether one has closed since": lambda connection: claims.closed_since(
        connection, "pax8", "company-7", "place_order", LONG_AGO
    ),
    "who holds the open one": lambda connection: claims.holder(connection, "pax8", "company-7"),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_it_reads_only_the_claims_of_its_key(bench: Bench, ask: Callable[[Connection], Any]) -> None:
    with bench.database.transaction() as connection:
        before = connection.execute(text(_READ)).scalar_one()
        ask(connection)

        assert connection.execute(text(_READ)).scalar_one() == before
