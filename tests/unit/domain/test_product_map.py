"""What becomes of a tool's lines by the product map."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.map_row import MapRow
from pipeline.domain.money import Money
from pipeline.domain.offered import OfferedLine, OfferedQuote
from pipeline.domain.product_map import Mapped, accepted_on, keys_of, look_up, read_quantity, to_accepted
from pipeline.domain.quote import QuoteKey, QuoteLine
from pipeline.testing import CONTOSO, NOON

DAY = NOON.date()


def row(key: str = "K-1", product: str = "product-1", days: int = -10, **more: Any) -> MapRow:
    values = {"source": "crm", "key": key, "valid_from": DAY + timedelta(days), "marketplace": "pax8"}
    return MapRow(**{**values, "product_id": product, **more})


def offer(line_id: str = "1", **changed: Any) -> OfferedLine:
    return OfferedLine(**{"id": line_id, "quantity": "3", "keys": ("K-1",), **changed})


def quote(*lines: OfferedLine, **changed: Any) -> OfferedQuote:
    key = QuoteKey(system="crm", id="Q-1")
    return OfferedQuote(**{"key": key, "customer": CONTOSO, "lines": lines, "accepted_at": NOON, **changed})


def mapped(*lines: OfferedLine, rows: tuple[MapRow, ...] = (row(),), implied: str | None = "pax8") -> Mapped:
    return to_accepted(quote(*lines), rows, implied)


def the_line(found: Mapped) -> QuoteLine:
    assert found.quote is not None
    (line,) = found.quote.lines
    return line


# Which row


@pytest.mark.parametrize(
    ("rows", "keys", "product"),
    [
        pytest.param([row()], ["K-1"], "product-1", id="the one row"),
        pytest.param([row()], [" K-1 "], "product-1", id="blanks around a key do not count"),
        pytest.param([row()], ["k-1"], None, id="capitals count"),
        pytest.param([row()], ["K-1-X"], None, id="a part of a key is another one"),
        pytest.param([], ["K-1"], None, id="no row at all"),
        pytest.param([row()], [], None, id="no key at all"),
        pytest.param([row(days=1)], ["K-1"], None, id="from tomorrow on"),
        pytest.param([row(days=0)], ["K-1"], "product-1", id="from that very day on"),
        pytest.param(
            [row(), row(product="newer", days=-1), row(product="next", days=1)], ["K-1"], "newer", id="newest"
        ),
        pytest.param([row(), row("K-2", "second")], ["K-2", "K-1"], "second", id="the most trusted key first"),
        pytest.param([row("K-2", "second")], ["K-1", "K-2"], "second", id="the next key where the first has no row"),
        pytest.param([row("K-1", days=5), row("K-2", "second")], ["K-1", "K-2"], "second", id="none in force yet"),
        pytest.param([row(), row(marketplace="limio")], ["K-1"], None, id="two marketplaces from one day on"),
        pytest.param(
            [row(), row(marketplace="limio"), row("K-2", "second")],
            ["K-1", "K-2"],
            None,
            id="several are not got around",
        ),
        pytest.param(
            [row(), row(product="moved", marketplace="limio", days=-1)], ["K-1"], "moved", id="moved elsewhere"
        ),
    ],
)
def test_the_row_in_force_for_the_first_key_that_has_one(
    rows: list[MapRow], keys: list[str], product: str | None
) -> None:
    found = look_up(rows, keys, DAY)

    assert (found.row.product_id if found.row else None) == product


def test_a_marketplace_that_the_tool_names_decides_between_several() -> None:
    rows = (row(), row(product="there", marketplace="limio"))

    assert the_line(mapped(offer(marketplace="Limio"), rows=rows)).product_id == "there"


def test_the_day_is_that_of_the_acceptance_in_utc() -> None:
    assert accepted_on(datetime.fromisoformat("2026-01-15T20:00:00-07:00")) == date(2026, 1, 16)


def test_without_an_instant_of_acceptance_today_counts_and_without_that_nothing_is_in_force() -> None:
    offered = quote(offer(), accepted_at=None)

    assert the_line(to_accepted(offered, [row()], "pax8", today=DAY)).product_id == "product-1"
    assert the_line(to_accepted(offered, [row()], "pax8")).product_id == ""


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(-3, 3), st.sampled_from(["pax8", "limio"])), unique=True),
    st.permutations("abc"),
)
def test_whatever_is_in_the_map_it_names_one_newest_row_of_the_first_key_that_has_any(
    given_rows: list[tuple[str, int, str]], keys: list[str]
) -> None:
    rows = [row(key, f"{key}{days}{where}", days, marketplace=where) for key, days, where in given_rows]

    found = look_up(rows, keys, DAY)

    begun = [one for one in rows if one.valid_from <= DAY]
    first = next((key for key in keys if any(one.key == key for one in begun)), None)
    newest = max((one.valid_from for one in begun if one.key == first), default=None)
    fitting = [one for one in begun if (one.key, one.valid_from) == (first, newest)]
    assert found.row == (fitting[0] if len(fitting) == 1 else None)
    assert found.key == (first or keys[0])


# What a line becomes


def test_a_mapped_line_has_product_marketplace_and_the_key_that_was_found() -> None:
    line = the_line(mapped(offer(keys=("X", "K-1")), rows=(row(marketplace="limio"),)))

    assert (line.product_id, line.marketplace, line.quantity) == ("product-1", "limio", 3)
    assert (line.sku, line.source_key) == ("K-1", "K-1")


def test_an_unmapped_line_keeps_its_first_key_and_has_no_product() -> None:
    line = the_line(mapped(offer(keys=("X", "Y")), rows=()))

    assert (line.product_id, line.sku, line.source_key, line.marketplace) == ("", "X", "X", "pax8")


def test_a_product_that_the_tool_names_is_used_as_it_is() -> None:
    line = the_line(mapped(offer(product_id="theirs", billing_term="Annual"), rows=(row(billing_term="Monthly"),)))

    assert (line.product_id, line.billing_term, line.source_key) == ("theirs", "Annual", "")
    assert keys_of(quote(offer(product_id="theirs"), offer("2", keys=(" a", "b", "a")))) == ("a", "b")


def test_terms_of_the_map_win_over_the_tool_s_words_and_the_tool_s_answers_over_the_map_s() -> None:
    told = offer(billing_term="mtl", commitment="none", provisioning={"domain": ("own",)})
    default = row(billing_term="annually", commitment="1-Year", provisioning={"domain": "default", "size": ["s", "m"]})

    line = the_line(mapped(told, rows=(default,)))

    assert (line.billing_term, line.commitment) == ("Annual", "1-Year")
    assert line.provisioning == {"domain": ("own",), "size": ("s", "m")}
    words = the_line(mapped(told))
    assert (words.billing_term, words.commitment) == ("mtl", "none")


@pytest.mark.parametrize(
    ("text", "count"),
    [("1", 1), (" 25 ", 25), ("10.0", 10), ("10.000000", 10), ("+4", 4), ("007", 7), ("100000000", 100_000_000)],
)
def test_a_whole_number_above_zero_is_ordered(text: str, count: int) -> None:
    assert read_quantity(text) == count


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2.5", "not a whole number"),
        ("0.0001", "not a whole number"),
        ("0", "is 0"),
        ("0.00", "is 0"),
        ("-3", "below 0"),
        ("-0.5", "below 0"),
        ("1,000", "cannot be read"),
        ("1e3", "cannot be read"),
        ("NaN", "cannot be read"),
        ("٣", "cannot be read"),
        ("10.", "cannot be read"),
        ("ten", "cannot be read"),
        ("", "no quantity"),
        ("100000001", "over 100000000"),
        ("9" * 10_000, "cannot be read"),
    ],
)
def test_any_other_quantity_is_a_person_s(text: str, told: str) -> None:
    found = mapped(offer(quantity=text, description="Backup"), offer("2"))

    (sentence,) = found.left_out
    assert sentence.startswith("Line 1 (Backup): its quantity") or sentence == "Line 1 (Backup): it has no quantity."
    assert told in sentence
    assert len(sentence) < 250
    assert the_line(found).id == "2"


@given(st.text("0123456789+-., eE", max_size=12) | st.decimals(allow_nan=False, allow_infinity=False).map(str))
def test_no_text_is_ordered_as_anything_but_the_whole_number_that_it_is(text: str) -> None:
    count = read_quantity(text)

    if isinstance(count, int):
        assert Decimal(text.strip()) == count > 0


def test_a_skipped_line_is_left_out_without_a_question_and_told() -> None:
    found = mapped(offer(), offer("2", quantity="0", skipped="an unselected option", description="Extra"))

    assert (the_line(found).id, found.left_out) == ("1", ())
    assert found.skipped == ("Line 2 (Extra): an unselected option.",)


def test_a_held_line_is_a_person_s() -> None:
    found = mapped(offer(held="it changes the subscription S-1"))

    assert (found.quote.lines, found.left_out) == ((), ("Line 1 (K-1): it changes the subscription S-1.",))


def test_a_quote_none_of_whose_lines_was_accepted_has_no_lines() -> None:
    found = mapped(offer(skipped="cancelled"))

    assert (found.quote.lines, found.left_out, found.skipped) == ((), (), ("Line 1 (K-1): cancelled.",))


def test_a_quote_without_any_line_is_a_person_s() -> None:
    found = mapped()

    assert (found.quote.lines, found.left_out) == ((), ("It has no lines.",))


def test_a_line_for_nobody_knows_which_marketplace_is_a_person_s() -> None:
    found = mapped(offer(keys=("X",)), offer("2"), implied=None)

    assert the_line(found).marketplace == "pax8"
    assert found.left_out == (
        "Line 1 (X): it is not known at which marketplace to order it: add its key 'X' to the product map.",
    )


def test_the_second_of_two_lines_of_one_id_is_a_person_s() -> None:
    found = mapped(offer(), offer(quantity="7"))

    assert the_line(found).quantity == 3
    assert found.left_out == ("Line 1 (K-1): an earlier line has the same id.",)


def test_a_line_under_a_bundle_s_header_stands_for_itself() -> None:
    found = mapped(offer("head", skipped="a bundle's header"), offer("2", parent_line="head"))

    assert the_line(found).parent_line is None


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([offer("p", held="custom"), offer("c", parent_line="p"), offer("d", parent_line="c")], id="held"),
        pytest.param([offer("c", parent_line="nowhere"), offer("d", parent_line="c")], id="not there"),
        pytest.param([offer("c", parent_line="c")], id="itself"),
        pytest.param([offer("c", parent_line="d"), offer("d", parent_line="c")], id="a circle"),
        pytest.param([offer("p", marketplace="limio", keys=("X",)), offer("c", parent_line="p")], id="elsewhere"),
    ],
)
def test_a_line_whose_parent_cannot_be_meant_is_a_person_s(lines: list[OfferedLine]) -> None:
    found = mapped(*lines, offer("other"))

    assert found.quote is not None
    assert not {line.id for line in found.quote.lines} & {"c", "d"}
    assert found.quote.lines[-1].id == "other"
    assert any(sentence.startswith("Line ") and "c" in sentence for sentence in found.left_out)


def test_all_that_the_tool_told_of_the_acceptance_is_kept() -> None:
    cost = Money(amount=Decimal("31.10"), currency="USD")
    offered = quote(
        offer(unit_cost=cost, unit_price=cost, start_at=NOON, description="E3"),
        number="1001",
        url="https://crm.example/q/1001",
        requested_at=NOON,
        notes="after four",
    )

    found = to_accepted(offered, [row()], "pax8").quote

    assert found is not None
    assert (found.number, found.url, found.requested_at, found.notes) == ("1001", offered.url, NOON, "after four")
    assert (found.key, found.customer, found.accepted_at) == (offered.key, offered.customer, NOON)
    assert (found.lines[0].unit_cost, found.lines[0].start_at, found.lines[0].description) == (cost, NOON, "E3")


# One acceptance, one content


def content(line: OfferedLine, *rows: MapRow) -> str:
    found = mapped(line, rows=rows).quote
    assert found is not None
    return found.content_hash()


def test_a_map_that_has_changed_makes_no_other_content_of_the_same_acceptance() -> None:
    before = content(offer(quantity="3.0"))

    assert before == content(offer(), row()) == content(offer(), row(product="other", billing_term="Annual"))


@pytest.mark.parametrize(
    "other",
    [offer(quantity="4"), offer(keys=("K-2",)), offer(billing_term="Annual"), offer(provisioning={"a": ("b",)})],
    ids=["quantity", "key", "term", "details"],
)
def test_another_offer_is_other_content_whatever_the_map_makes_of_it(other: OfferedLine) -> None:
    assert content(offer(), row()) != content(other, row())
