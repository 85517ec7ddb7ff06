"""The product map on the database's own rows: kept, looked up, imported, and remembered from an answer."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from pipeline.domain.errors import BadAnswer
from pipeline.domain.map_row import MapRow
from pipeline.domain.offered import OfferedLine, OfferedQuote
from pipeline.domain.product_map import keys_of, to_accepted
from pipeline.domain.question import Question, QuestionKind
from pipeline.domain.quote import QuoteKey
from pipeline.operations.answering import answer
from pipeline.operations.mapping import LineOutcome, export_csv, import_csv
from pipeline.store import acceptances, product_map
from pipeline.store.acceptances import Arrival
from pipeline.store.cipher import Cipher, new_key
from pipeline.store.database import Database, make_engine
from pipeline.store.product_map import Narrowed, Outcome, Put
from pipeline.store.tables import ORDERS
from pipeline.store.views import BadCursor
from pipeline.testing import CONTOSO
from tests.integration.operators_world import DOMAIN, World

ACCEPTED = datetime(2026, 1, 15, 12, tzinfo=UTC)
WHICH = Question("product:1", QuestionKind.PRODUCT, "Which product?", line="1")
FILE = b"""source,key,valid_from,marketplace,product_id,billing_term,commitment,provisioning
crm,K-1,2026-01-01,pax8,product-1,Annual,1-Year,msDomain=contoso.example; size=s; size=m
crm,K-2,2026-01-01,pax8,product-2,,,
"""


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = Database(make_engine(database_url), Cipher([new_key()]))
    yield World(database)
    database.close()


def row(key: str = "K-1", product: str = "product-1", day: str = "2026-01-01", **more: Any) -> MapRow:
    values = {"source": "crm", "key": key, "valid_from": day, "marketplace": "pax8", "product_id": product}
    return MapRow(**{**values, **more})


def put(world: World, *rows: MapRow, actor: str = "dana") -> list[Put]:
    with world.database.transaction() as connection:
        return [product_map.put(connection, world.database, one, actor=actor) for one in rows]


def everything(world: World) -> list[MapRow]:
    with world.database.transaction() as connection:
        return list(product_map.everything(connection, world.database))


# Rows


def test_a_row_is_added_then_changed_then_left_as_it_is(world: World) -> None:
    first = row(provisioning={"msDomain": "contoso.example"})
    changed = first.model_copy(update={"product_id": "product-2"})

    (added,), (moved,), (again,) = put(world, first), put(world, changed, actor="eve"), put(world, changed)

    assert [one.outcome for one in (added, moved, again)] == [Outcome.ADDED, Outcome.CHANGED, Outcome.UNCHANGED]
    assert (moved.before, moved.kept.id, again.kept.changed_by) == (first, added.kept.id, "eve")
    assert everything(world) == [changed]


def test_only_the_sources_own_rows_for_the_keys_are_looked_up(world: World) -> None:
    put(world, row(), row(day="2026-02-01"), row("K-2"), row(source="other"), row("k-1"))

    with world.database.transaction() as connection:
        found = product_map.rows_for(connection, world.database, ["crm"], [" K-1", "absent", "a\x00", "\ud800"])
        none = product_map.rows_for(connection, world.database, [], [])

    assert [(one.key, str(one.valid_from)) for one in found] == [("K-1", "2026-01-01"), ("K-1", "2026-02-01")]
    assert none == []


def test_default_provisioning_is_not_readable_in_the_database(world: World) -> None:
    put(world, row(provisioning={"contact": "planted.person@contoso.example"}))

    with world.database.transaction() as connection:
        dumped = connection.execute(text("SELECT t::text FROM product_map t")).scalar_one()

    assert "planted" not in dumped
    assert "K-1" in dumped


def test_a_list_goes_on_where_a_page_ended(world: World) -> None:
    put(world, *(row(f"K-{number}", day=day) for number in range(3) for day in ("2026-01-01", "2026-02-01")))

    seen, cursor = [], ""
    with world.database.transaction() as connection:
        for _ in range(4):
            page = product_map.listed(connection, world.database, Narrowed(source="crm"), 2, cursor)
            seen += [one.row.identity for one in page.items]
            cursor = page.next_cursor or ""
            if not cursor:
                break

    assert len(seen) == len(set(seen)) == 6
    assert seen == sorted(seen)


@pytest.mark.parametrize(
    "cursor", ["x", "e30", "WzFd", "WyJhIiwiYiIsImMiLCJkIl0", "WyJcdWQ4MDAiLCJiIiwiMjAyNi0wMS0wMSIsImQiXQ"]
)
def test_a_cursor_that_no_list_gave_out_is_refused(world: World, cursor: str) -> None:
    with world.database.transaction() as connection, pytest.raises(BadCursor):
        product_map.listed(connection, world.database, cursor=cursor)


def test_a_row_is_named_by_the_beginning_of_its_id_and_removed_once(world: World) -> None:
    (kept,) = (one.kept for one in put(world, row()))

    with world.database.transaction() as connection:
        assert product_map.named(connection, str(kept.id)[:8].upper()) == [kept.id]
        assert product_map.remove(connection, world.database, kept.id) == kept
        assert product_map.remove(connection, world.database, kept.id) is None


# Files


def test_a_file_is_put_into_the_map_and_a_repeat_changes_nothing(world: World) -> None:
    first = import_csv(world.database, FILE, actor="dana", marketplaces={"pax8"})
    again = import_csv(world.database, FILE, actor="eve", marketplaces={"pax8"})

    assert (first.done, [line.outcome for line in first.lines]) == (True, [LineOutcome.ADDED] * 2)
    assert (again.done, again.count(LineOutcome.UNCHANGED)) == (True, 2)
    assert everything(world)[0].provisioning == {"msDomain": ("contoso.example",), "size": ("s", "m")}


def test_a_dry_run_tells_what_each_line_would_do_and_writes_nothing(world: World) -> None:
    put(world, row(product="older"), row("K-2", "product-2"))
    file = (
        FILE
        + b"crm,,2026-01-01,pax8,product-3,,,\ncrm,K-4,2026-01-01,limio,product-4,,,\ncrm,K-5,2026-01-01,pax8,p,,,\n"
    )

    made = import_csv(world.database, file, actor="dana", marketplaces={"pax8"}, dry_run=True)

    assert [(line.line, line.outcome) for line in made.lines] == [
        (2, LineOutcome.CHANGED),
        (3, LineOutcome.UNCHANGED),
        (4, LineOutcome.REFUSED),
        (5, LineOutcome.REFUSED),
        (6, LineOutcome.ADDED),
    ]
    assert (made.done, made.lines[0].before) == (False, row(product="older"))
    assert [line.why for line in made.refused] == [
        "key: must not be empty",
        "marketplace: limio has no account here; there is pax8",
    ]
    assert [one.product_id for one in everything(world)] == ["older", "product-2"]


def test_a_file_with_one_refused_line_changes_nothing(world: World) -> None:
    made = import_csv(world.database, FILE + b"crm,K-3,soon,pax8,product-3,,,\n", actor="dana")

    assert (made.done, len(made.refused)) == (False, 1)
    assert everything(world) == []


def test_what_was_exported_is_imported_as_it_was(world: World) -> None:
    odd = row('K;"1",é', provisioning={"a=b;c": ["1", "2"]}, commitment=" 1-Year ")
    put(world, odd, row("K-2"))

    file = export_csv(world.database)
    with world.database.transaction() as connection:
        connection.execute(text("DELETE FROM product_map"))
    made = import_csv(world.database, file.encode(), actor="dana")

    assert made.done
    assert everything(world)[:1] == [odd] or everything(world)[1:] == [odd]
    assert export_csv(world.database) == file


def test_imports_at_once_take_turns(world: World) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: import_csv(world.database, FILE, actor="dana"), range(4)))

    assert sorted(one.count(LineOutcome.ADDED) for one in made) == [0, 0, 0, 2]
    assert len(everything(world)) == 2


def test_many_lines_are_imported_whole(world: World) -> None:
    head, lines = FILE.split(b"\n")[0], [f"crm,K-{n},2026-01-01,pax8,product,,," for n in range(1200)]

    made = import_csv(world.database, b"\n".join([head, *(line.encode() for line in lines)]), actor="dana")

    assert (made.done, made.count(LineOutcome.ADDED), len(everything(world))) == (True, 1200, 1200)


# Answers that are remembered


def offered(quote_id: str = "", keys: tuple[str, ...] = ("K-1",), at: datetime | None = ACCEPTED) -> OfferedQuote:
    line = OfferedLine(id="1", quantity="2", keys=keys, billing_term="Annual", description="Business Premium")
    return OfferedQuote(
        key=QuoteKey(system="crm-system", id=quote_id or uuid4().hex), customer=CONTOSO, lines=(line,), accepted_at=at
    )


def accept(world: World, quote: OfferedQuote) -> str:
    """Takes it in as a look-up at the source crm does; gives its order's ref, or the sentence where none was made."""
    with world.database.transaction() as connection:
        rows = product_map.rows_for(connection, world.database, ["crm", "crm-system"], keys_of(quote))
        accepted = to_accepted(quote, rows, "pax8").quote
        assert accepted is not None
        arrival = Arrival("crm", "operator", timedelta(hours=24))
        carried = acceptances.accept(connection, world.database, accepted, arrival)
        ref = connection.execute(select(ORDERS.c.ref).where(ORDERS.c.quote_pk == carried.quote_pk)).scalar_one()
        return str(ref) if carried.changed else carried.sentence


def remember(world: World, ref: str, product: str = "product-9", question: Question = WHICH) -> dict[str, Any]:
    version = world.ask(ref, question)
    given = {world.question(ref, question.key): [product]}
    return answer(world.desk, ref, version, given, actor="dana", remember=True)


def product_of(world: World, ref: str) -> str:
    return str(world.view(ref)["lines"][0]["product_id"])


def test_an_answer_is_remembered_for_quotes_accepted_since(world: World) -> None:
    ref = accept(world, offered())
    view = remember(world, ref)

    assert everything(world) == [row(product="product-9", day="2026-01-15")]
    assert "It is remembered for 'K-1' of crm from 2026-01-15 on." in view["timeline"][-1]["notes"][0]
    assert view["state"] == "running"
    later, earlier = (accept(world, offered(at=ACCEPTED + timedelta(days))) for days in (30, -1))
    assert (product_of(world, later), product_of(world, earlier)) == ("product-9", "")


def test_the_same_acceptance_read_again_after_that_is_a_duplicate(world: World) -> None:
    ref = accept(world, offered("Q-1"))
    remember(world, ref)

    sentence = accept(world, offered("Q-1"))

    assert not sentence.startswith("QW-")
    assert not [one for one in world.view(ref)["questions"] if one["answered_by"] is None]


def test_of_a_row_that_is_there_only_the_product_changes(world: World) -> None:
    put(world, row(product="gone", day="2026-01-15", commitment="1-Year", provisioning={"size": "s"}))

    remember(world, accept(world, offered()))

    assert everything(world) == [
        row(product="product-9", day="2026-01-15", commitment="1-Year", provisioning={"size": "s"})
    ]


def test_where_several_were_mapped_the_answer_decides_from_then_on(world: World) -> None:
    put(world, row(), row(marketplace="limio"))

    remember(world, accept(world, offered()))

    assert product_of(world, accept(world, offered())) == "product-9"


def test_what_would_still_be_several_is_not_remembered_and_not_answered(world: World) -> None:
    put(world, row(day="2026-01-15"), row(day="2026-01-15", marketplace="limio"))
    ref = accept(world, offered())

    with pytest.raises(BadAnswer, match="mapped to several products from 2026-01-15 on"):
        remember(world, ref)

    assert world.view(ref)["questions"][0]["answered_by"] is None
    assert {one.product_id for one in everything(world)} == {"product-1"}


@pytest.mark.parametrize(
    ("product", "told"),
    [
        pytest.param("x" * 201, "product_id: is longer than 200 characters", id="too long for a product"),
        pytest.param("a\nb", "product_id: holds a character", id="a line break"),
    ],
)
def test_an_answer_that_is_no_product_s_id_is_not_remembered(world: World, product: str, told: str) -> None:
    with pytest.raises(BadAnswer, match=told):
        remember(world, accept(world, offered()), product)

    assert everything(world) == []


def test_only_answers_about_products_that_a_tool_has_a_key_for_are_remembered(world: World) -> None:
    with pytest.raises(BadAnswer, match="Only the answer to the question about a line's product"):
        remember(world, accept(world, offered()), question=DOMAIN)
    with pytest.raises(BadAnswer, match="the product map takes no part in what this quote's source sends"):
        remember(world, world.accept())
    with pytest.raises(BadAnswer, match="the product map takes no part"):
        remember(world, accept(world, offered(keys=())))

    assert everything(world) == []


def test_without_an_instant_of_acceptance_it_is_remembered_from_today_on(world: World) -> None:
    remember(world, accept(world, offered(at=None)))

    (kept,) = everything(world)
    assert abs(kept.valid_from - datetime.now(UTC).date()) <= timedelta(days=1)
    assert isinstance(kept.valid_from, date)
