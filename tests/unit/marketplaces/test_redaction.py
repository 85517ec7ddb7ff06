"""Nothing personal and no secret is kept, whatever form it comes in."""

import json
from typing import Any

import pytest

from pipeline.marketplaces.redaction import MOST_CHARACTERS, beginning, redacted, redacted_bytes, scrub

SENTENCES = [
    ("write to canary@canary.example now", "write to ••• now"),
    ("mailto:<canary@canary.example>", "mailto:<•••>"),
    ("call +1 (555) 014-7000 now", "call ••• now"),
    ("call 5550147000", "call •••"),
    ("Authorization: Bearer canary.token-1", "Authorization: Bearer •••"),
    ('{"client_secret": "canary"}', '{"client_secret": "•••"}'),
    ("client_id=canary&x=1", "client_id=•••&x=1"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.sig", "•••"),
    ("line\r\nbreak\x00", "line break "),
]
KEPT = [
    "order 8e42de97-6bfe-4db5-864b-d2e4b18c71e2 of 2026-01-15",
    "quantity 12 is outside of the ranges on sale",
    "at 2026-01-15T09:00:00Z",
    "provisioningDetails[msDomain] is required",
]


@pytest.mark.parametrize(("text", "kept"), SENTENCES)
def test_a_sentence_loses_what_is_personal_or_secret(text: str, kept: str) -> None:
    assert scrub(text) == kept


@pytest.mark.parametrize("text", KEPT)
def test_a_sentence_keeps_what_an_operator_needs(text: str) -> None:
    assert scrub(text) == text


def test_values_that_we_sent_are_taken_out_longest_first() -> None:
    assert scrub("contoso-east and contoso", ("contoso", "contoso-east", "no")) == "••• and •••"


@pytest.mark.parametrize(
    "content",
    [
        {"firstName": "canary"},
        {"contacts": [{"email": "canary", "types": [{"type": "Admin", "primary": True}]}]},
        {"lineItems": [{"provisioningDetails": [{"key": "msDomain", "values": ["canary"]}]}]},
        {"somethingNew": {"deeper": ["canary", {"more": "canary"}]}},
        {"phone": 5550147},
        {"access_token": "canary"},
        {"canary@canary.example": 1},
        ["canary"],
        "canary",
        {"message": "canary@canary.example"},
        {"content": [{"firstName": "canary"}]},
    ],
    ids=str,
)
def test_a_field_is_shown_only_if_it_is_known_to_be_harmless(content: Any) -> None:
    kept = redacted(content)

    assert "canary" not in kept
    assert "5550147" not in kept


def test_what_an_operator_needs_is_shown() -> None:
    content = {"id": "o-1", "lineItems": [{"productId": "p-1", "quantity": 5, "billingTerm": "Monthly"}]}

    assert json.loads(redacted(content)) == content


def test_of_a_list_only_the_number_is_kept() -> None:
    content = {"content": [{"id": str(n)} for n in range(200)], "page": {"totalElements": 5000}}

    assert redacted(content) == '{"content":"200 items","page":{"totalElements":5000}}'


def test_what_is_kept_is_short() -> None:
    assert len(redacted({f"{n}Id": {"id": "x" * 100} for n in range(1000)})) == MOST_CHARACTERS
    assert len(beginning(b"x " * 10_000)) <= 200


@pytest.mark.parametrize("body", [None, b""])
def test_no_body_is_nothing(body: bytes | None) -> None:
    assert redacted_bytes(body) is None


def test_a_body_that_is_no_json_is_scrubbed() -> None:
    assert redacted_bytes(b"<p>canary@canary.example</p>") == "<p>•••</p>"
