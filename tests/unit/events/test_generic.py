"""What the generic intake reads, and the sentence for each thing that it does not."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from jsonschema import Draft202012Validator

from events.connections import SourceConnection
from events.sources import Revocation, Unreadable, read_document, schema
from pipeline.domain.quote import AcceptedQuote

CRM = SourceConnection("crm", marketplaces=("pax8",), zone=ZoneInfo("America/Denver"))
Change = Callable[[dict[str, Any]], object]


def message(change: Change = lambda _: None) -> dict[str, Any]:
    """A whole message; `change` alters its data."""
    data: dict[str, Any] = {
        "quote": {"system": "shop", "id": "S-7", "revision": "3", "accepted_at": "2026-11-20T08:00:00+01:00"},
        "customer": {"name": "Fabrikam", "contacts": [{"email": "a@fabrikam.example", "roles": ["admin"]}]},
        "lines": [
            {"id": "a", "sku": "SEAT", "quantity": 4, "unit_cost": {"amount": "7.50", "currency": "EUR"}},
            {
                "id": "b",
                "product_id": "p-2",
                "quantity": 1,
                "parent_line": "a",
                "provisioning": {"site": ["x.example"]},
            },
        ],
    }
    change(data)
    return {"type": "quote.accepted", "data": data}


def read(change: Change = lambda _: None, connection: SourceConnection = CRM) -> AcceptedQuote:
    document = read_document(json.dumps(message(change)).encode(), connection)
    assert isinstance(document, AcceptedQuote)
    return document


def line(**values: Any) -> Change:
    return lambda data: data["lines"][0].update(values)


def quote(**values: Any) -> Change:
    return lambda data: data["quote"].update(values)


def part(**values: Any) -> Change:
    return lambda data: data.update(values)


def test_a_message_is_read_as_it_says() -> None:
    read_quote = read()

    assert (read_quote.key.system, read_quote.key.id, read_quote.key.revision) == ("shop", "S-7", "3")
    assert read_quote.accepted_at == datetime(2026, 11, 20, 7, tzinfo=UTC)
    assert read_quote.lines[0].unit_cost is not None
    assert read_quote.lines[0].unit_cost.amount == Decimal("7.50")
    assert read_quote.lines[1].provisioning == {"site": ("x.example",)}


def test_a_line_may_change_a_subscription_without_naming_a_product() -> None:
    changed = line(sku=None, changes=" sub-9 ")

    found = read(changed).lines[0]

    assert (found.changes, found.adds, found.product_id, found.sku) == ("sub-9", False, "", "")
    assert Draft202012Validator(json.loads(schema())).is_valid(message(changed))


def test_nulls_count_as_missing_unknown_fields_do_no_harm_and_text_is_trimmed() -> None:
    read_quote = read(
        lambda data: data.update(
            quote={"id": " S-7 ", "revision": None, "url": None, "colour": "red"}, ticket=None, notes=None, extra=[1]
        )
    )

    assert read_quote.key.model_dump() == {"system": "crm", "id": "S-7", "revision": ""}


def test_the_connection_names_the_system_of_a_quote_that_names_none() -> None:
    named = SourceConnection("crm", system="salesforce", marketplaces=("pax8",))

    assert read(quote(system=None), named).key.system == "salesforce"


@pytest.mark.parametrize(
    ("connection", "marketplace"),
    [
        pytest.param(SourceConnection("c", marketplaces=("pax8",)), "pax8", id="the only one"),
        pytest.param(
            SourceConnection("c", default_marketplace="limio", marketplaces=("pax8", "limio")),
            "limio",
            id="the default",
        ),
    ],
)
def test_a_line_without_a_marketplace_is_for(connection: SourceConnection, marketplace: str) -> None:
    assert read(connection=connection).lines[0].marketplace == marketplace


def test_a_line_that_could_be_for_several_marketplaces_names_the_setting() -> None:
    with pytest.raises(Unreadable, match="QUOTEWAY_SOURCES__CRM__DEFAULT_MARKETPLACE"):
        read(connection=SourceConnection("crm", marketplaces=("pax8", "limio")))


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        pytest.param("2026-12-01", datetime(2026, 12, 1, 13, tzinfo=UTC), id="a date means six in the morning there"),
        pytest.param("2026-07-01", datetime(2026, 7, 1, 12, tzinfo=UTC), id="also in summer"),
        pytest.param("2026-12-01T10:00:00+02:00", datetime(2026, 12, 1, 8, tzinfo=UTC), id="an offset is kept to"),
        pytest.param("2026-12-01T10:00:00Z", datetime(2026, 12, 1, 10, tzinfo=UTC), id="Z is an offset"),
        pytest.param("2026-12-01T10:00", datetime(2026, 12, 1, 17, tzinfo=UTC), id="without one it is meant there"),
    ],
)
def test_a_date_is_read(text: str, instant: datetime) -> None:
    assert read(line(start_date=text)).lines[0].start_at == instant
    assert read(part(requested_date=text)).requested_at == instant


def test_a_revocation_carries_the_quote_that_it_takes_back() -> None:
    revoked = read_document(json.dumps({**message(), "type": "quote.revoked"}).encode(), CRM)

    assert isinstance(revoked, Revocation)
    assert revoked.quote == read()


def test_a_file_may_hold_the_data_alone() -> None:
    assert read_document(json.dumps(message()["data"]).encode(), CRM, bare=True) == read()


def test_the_door_wants_the_whole_event() -> None:
    with pytest.raises(Unreadable, match="type is required"):
        read_document(json.dumps(message()["data"]).encode(), CRM)


# (what is changed, where the error is, a part of its sentence, whether the schema can tell as well)
BAD: list[Any] = [
    pytest.param(line(quantity=0), ["lines", 0, "quantity"], "whole number", True, id="quantity 0"),
    pytest.param(line(quantity=-1), ["lines", 0, "quantity"], "whole number", True, id="quantity -1"),
    pytest.param(line(quantity=2.5), ["lines", 0, "quantity"], "whole number", True, id="quantity 2.5"),
    pytest.param(line(quantity="ten"), ["lines", 0, "quantity"], "whole number", True, id="quantity ten"),
    pytest.param(line(quantity="10"), ["lines", 0, "quantity"], "whole number", True, id="quantity in quotes"),
    pytest.param(line(quantity=True), ["lines", 0, "quantity"], "whole number", True, id="quantity true"),
    pytest.param(line(quantity=10**12), ["lines", 0, "quantity"], "whole number", True, id="quantity absurd"),
    pytest.param(line(quantity=None), ["lines", 0, "quantity"], "required", True, id="no quantity"),
    pytest.param(line(id=None), ["lines", 0, "id"], "required", True, id="no line id"),
    pytest.param(line(id="  "), ["lines", 0, "id"], "empty", True, id="a blank line id"),
    pytest.param(line(id=5), ["lines", 0, "id"], "must be text", True, id="a line id that is a number"),
    pytest.param(line(sku=None), ["lines", 0], "one of product_id, sku", True, id="no product"),
    pytest.param(line(sku="x" * 201), ["lines", 0, "sku"], "longer than 200", True, id="an overlong sku"),
    pytest.param(
        line(unit_price={"amount": 36, "currency": "USD"}),
        ["lines", 0, "unit_price", "amount"],
        "in quotes",
        True,
        id="a price that is a number",
    ),
    pytest.param(
        line(unit_price={"amount": "1e3", "currency": "USD"}),
        ["lines", 0, "unit_price", "amount"],
        "decimal",
        True,
        id="a price with an exponent",
    ),
    pytest.param(
        line(unit_price={"amount": "NaN", "currency": "USD"}),
        ["lines", 0, "unit_price", "amount"],
        "decimal",
        True,
        id="a price that is no number",
    ),
    pytest.param(
        line(unit_price={"amount": "1", "currency": "usd"}),
        ["lines", 0, "unit_price", "currency"],
        "three capital letters",
        True,
        id="a currency in small letters",
    ),
    pytest.param(line(start_date="soon"), ["lines", 0, "start_date"], "must be a date", True, id="a date in words"),
    pytest.param(
        line(start_date="2026-02-30"), ["lines", 0, "start_date"], "calendar", False, id="the 30th of February"
    ),
    pytest.param(
        line(start_date=20261201), ["lines", 0, "start_date"], "must be a date", True, id="a date as a number"
    ),
    pytest.param(
        line(provisioning={"a": "b"}), ["lines", 0, "provisioning", "a"], "list", True, id="no list of values"
    ),
    pytest.param(line(id="b"), ["lines", 1, "id"], "earlier line", False, id="one line id twice"),
    pytest.param(line(parent_line="z"), ["lines", 0, "parent_line"], "not in the quote", False, id="a parent missing"),
    pytest.param(line(parent_line="a"), ["lines", 0, "parent_line"], "own ancestor", False, id="its own parent"),
    pytest.param(line(parent_line="b"), ["lines", 0, "parent_line"], "own ancestor", False, id="a circle of parents"),
    pytest.param(part(lines=[]), ["lines"], "at least 1", True, id="no lines"),
    pytest.param(part(lines=None), ["lines"], "required", True, id="lines null"),
    pytest.param(part(lines={}), ["lines"], "must be a list", True, id="lines that are an object"),
    pytest.param(part(lines=[7]), ["lines", 0], "must be an object", True, id="a line that is a number"),
    pytest.param(part(customer={}), ["customer"], "one of ref", True, id="a customer without a name"),
    pytest.param(part(customer={"phone": "1"}), ["customer"], "one of ref", True, id="a customer with a phone only"),
    pytest.param(part(customer=None), ["customer"], "required", True, id="no customer"),
    pytest.param(
        part(customer={"name": "x", "contacts": [{"roles": ["boss"]}]}),
        ["customer", "contacts", 0, "roles", 0],
        "must be one of",
        True,
        id="an unknown role",
    ),
    pytest.param(part(quote={}), ["quote", "id"], "required", True, id="no quote id"),
    pytest.param(part(quote="Q"), ["quote"], "must be an object", True, id="a quote that is text"),
    pytest.param(quote(accepted_at="yesterday"), ["quote", "accepted_at"], "must be a date", True, id="no real time"),
    pytest.param(part(ticket={"id": "1"}), ["ticket", "system"], "required", True, id="a ticket without its system"),
]


@pytest.mark.parametrize(("change", "where", "sentence", "in_schema"), BAD)
def test_the_sender_reads_what_is_wrong(change: Change, where: list[str | int], sentence: str, in_schema: bool) -> None:
    del in_schema
    with pytest.raises(Unreadable) as refused:
        read(change)

    found = {tuple(error["loc"]): error["msg"] for error in refused.value.errors}
    assert sentence in found[("data", *where)]


@pytest.mark.parametrize(("change", "where", "sentence", "in_schema"), BAD)
def test_the_schema_refuses_what_the_parser_does(
    change: Change, where: list[str | int], sentence: str, in_schema: bool
) -> None:
    del where, sentence
    assert Draft202012Validator(json.loads(schema())).is_valid(message(change)) is not in_schema


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda _: None, id="the whole message"),
        pytest.param(line(billing_term="Fortnightly"), id="an unknown billing term, which becomes a question"),
        pytest.param(line(quantity=10.0), id="a whole number with a point"),
        pytest.param(line(unit_price=None, start_date=None, provisioning=None, commitment=None), id="nulls"),
        pytest.param(
            lambda data: [each.update(marketplace="nowhere") for each in data["lines"]],
            id="an unknown marketplace, which becomes a question",
        ),
        pytest.param(line(start_date="2020-01-01"), id="a date that has passed"),
        pytest.param(part(customer={"marketplace_ids": {"pax8": "c-1"}}), id="a customer known by the marketplace"),
        pytest.param(
            part(customer={"ref": "R", "name": None, "address": None, "contacts": None}), id="a bare customer"
        ),
        pytest.param(part(anything={"deep": [1]}), id="unknown fields"),
    ],
)
def test_parser_and_schema_take(change: Change) -> None:
    assert read(change).lines
    assert Draft202012Validator(json.loads(schema())).is_valid(message(change))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(json.loads(schema()))


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        pytest.param("quote.sent", "known are quote.accepted and quote.revoked", id="an unknown type"),
        pytest.param("ticket.updated", "PSA connections only", id="a ticket"),
        pytest.param(5, "is not known here", id="a number"),
        pytest.param(["quote.accepted"], "is not known here", id="a list"),
        pytest.param(None, "is required", id="none"),
    ],
)
def test_another_type_is_refused(kind: object, sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        read_document(json.dumps({**message(), "type": kind}).encode(), CRM)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        pytest.param(b"", "is empty", id="nothing"),
        pytest.param(b"{", "must be JSON: line 1", id="half an object"),
        pytest.param(b"[]", "must be a JSON object", id="a list"),
        pytest.param(b'"x"', "must be a JSON object", id="text"),
        pytest.param(b'{"a": "\xe9"}', "UTF-8", id="Latin-1"),
        pytest.param(b'{"a": NaN}', "finite", id="NaN"),
        pytest.param(b'{"a": -Infinity}', "finite", id="infinity"),
        pytest.param(b'{"a": 1, "a": 2}', "twice", id="a field twice"),
        pytest.param(b'{"a": "\\u0000"}', "NUL", id="NUL"),
        pytest.param(b'{"\\u0000": 1}', "NUL", id="NUL in a name"),
        pytest.param(b'{"a": "\\ud800"}', "surrogate", id="half a character"),
        pytest.param(b'{"a": ' + b"[" * 40 + b"]" * 40 + b"}", "deeper than 32", id="deep"),
        pytest.param(b'{"a": ' + b"[" * 400_000, "deeper than 32", id="bottomless"),
        pytest.param(b'{"a": ' + b"9" * 100_000 + b"}", "too long", id="an endless number"),
    ],
)
def test_a_body_that_is_no_plain_json_is_refused(body: bytes, sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        read_document(body, CRM)


def test_errors_repeat_nothing_of_the_message() -> None:
    with pytest.raises(Unreadable) as refused:
        read(line(quantity="secret-value", start_date="secret-value", id=["secret-value"]))

    assert "secret-value" not in json.dumps(refused.value.errors)
